/**
 * Ed25519 (RFC 8032): `keyval.public` is the 32 bytes in hex. Signatures are verified without cofactor, as
 * OpenSSL does; therefore public keys on which implementations disagree are refused when they are read.
 */
import { createPublicKey, verify as verifySignature, type KeyObject } from 'node:crypto';
import { WritError } from '../../errors.js';
import { bytesFromHex, hexFromBytes } from '../hex.js';
import type { ImportedKey, Scheme } from './scheme.js';

export const KEY_BYTES = 32;
/** The prime of the field, RFC 8032 §5.1. */
const P = 2n ** 255n - 19n;
/** y of four of the eight points of small order; the others have y = 0, 1, −1 and −Y8. */
const Y8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([0n, 1n, P - 1n, Y8, P - Y8]);
/** DER of SubjectPublicKeyInfo up to the key, RFC 8410 §4. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export const ED25519: Scheme = {
  name: 'ed25519',
  keytypes: ['ed25519'],
  importPublic,
  exportPublic: key => (key.asymmetricKeyType === 'ed25519' ? rawHex(key) : undefined),
};

function importPublic(text: string, path: string): ImportedKey {
  const raw = bytesFromHex(text);
  if (raw?.length !== KEY_BYTES) {
    throw new WritError('KEY_FORMAT', `${path} must be ${KEY_BYTES} bytes in hex`);
  }
  return importRawEd25519(raw, path);
}

/**
 * @param raw - the 32 bytes of the key
 * @throws WritError KEY_WEAK for a point on which implementations disagree
 */
export function importRawEd25519(raw: Uint8Array, path: string): ImportedKey {
  refuseOddPoints(raw, path);
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
  return {
    material: `ed25519:${hexFromBytes(raw)}`,
    verify: (message, signature) => verifySignature(null, message, key, signature),
  };
}

/** Under a key of small order one signature fits many messages; a y beyond the prime is a second name of a key. */
function refuseOddPoints(raw: Uint8Array, path: string): void {
  const y = BigInt(`0x${hexFromBytes(raw.toReversed())}`) & (2n ** 255n - 1n);
  if (y >= P) throw new WritError('KEY_WEAK', `${path} is not the canonical encoding of a point`);
  if (SMALL_ORDER_Y.has(y)) throw new WritError('KEY_WEAK', `${path} is a point of small order`);
}

function rawHex(key: KeyObject): string {
  return hexFromBytes(key.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length));
}
