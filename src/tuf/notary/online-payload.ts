import { WritError } from '../../errors.js';
import { asObject } from '../../json/read.js';
import { parseStrict } from '../../json/strict.js';
import { NOTARY1 } from '../format/notary1.js';

/**
 * What every holder of an online key looks at before it signs: that it is metadata of the role.
 *
 * @throws WritError KEYSTORE_REFUSED
 */
export function refuseOtherPayload(role: 'snapshot' | 'timestamp', payload: Uint8Array): void {
  try {
    NOTARY1.readSigned(role, asObject(parseStrict(payload), 'signed'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('KEYSTORE_REFUSED', `this is no metadata of ${role} to sign: ${reason}`, { cause });
  }
}
