/** Reading what a signer is asked to sign. */
import { WritError } from '../errors.js';
import { asObject } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import { readSigned } from '../tuf/format/tuf1.js';
import { typeOfRole, type RoleName } from '../tuf/role-name.js';

const CONTROL = /[\0-\x1f]/g;

export interface Payload {
  readonly version: number;
  readonly expires: Date;
}

/**
 * The version and expiry of the `signed` part that `payload` is, all of it read by the strict reader that
 * clients use: what no client could read is not signed.
 *
 * @param payload - at most 8 MiB of JSON
 * @throws WritError KEYSTORE_REFUSED
 */
export function readPayload(role: RoleName, payload: Uint8Array): Payload {
  try {
    return readSigned(typeOfRole(role), asObject(parseStrict(asJson(payload)), 'signed'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('KEYSTORE_REFUSED', `this is no metadata of ${role} to sign: ${reason}`, { cause });
  }
}

/**
 * Canonical JSON leaves control characters in strings as they are (the line ends of a PEM), which JSON must escape. They
 * stand nowhere else in it: escaped, what is between strings is refused by the reader.
 */
function asJson(payload: Uint8Array): Uint8Array {
  if (!payload.some(byte => byte < 0x20)) return payload;
  const text = Buffer.from(payload).toString('latin1');
  const escaped = text.replace(CONTROL, char => `\\u00${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return Buffer.from(escaped, 'latin1');
}
