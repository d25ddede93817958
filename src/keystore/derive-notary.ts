/** Online keys of Notary repositories: derived as those of TUF repositories are, signing as Notary signs. */
import { createECDH, createPrivateKey, hkdfSync, type KeyObject } from 'node:crypto';
import { notaryKeyOf, type NotaryKey } from '../crypto/notary-key.js';
import { WritError } from '../errors.js';
import { refuseOtherPayload } from '../tuf/notary/online-payload.js';
import { MASTER_SECRET_BYTES, ed25519FromSeed } from './derive.js';
import { signAsNotary, type NotarySignatureBytes } from './notary-signature.js';

export type NotaryKeyAlgorithm = 'ed25519' | 'ecdsa';
export type NotaryOnlineRole = 'snapshot' | 'timestamp';

/** Signs for one online key of a Notary repository. */
export interface NotarySigner {
  readonly key: NotaryKey;
  /** @throws WritError KEYSTORE_REFUSED for what is no metadata of its role */
  readonly sign: (payload: Uint8Array) => NotarySignatureBytes;
}

const CONTEXT = 'writ/notary/v1';
/** The order of P-256, FIPS 186-5 and SP 800-186 §3.2.1.3. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * The signer of an online role of one repository: HKDF-SHA256 (RFC 5869) of the master secret with the algorithm, the
 * repository, the role and the generation as info, separated by NUL (which none of them can hold).
 *
 * @param master - 32 secret bytes
 * @param generation - 1 and up; another generation is another key
 * @throws WritError KEY_FORMAT when the secret has another length
 */
export function deriveNotarySigner(
  master: Uint8Array,
  gun: string,
  role: NotaryOnlineRole,
  algorithm: NotaryKeyAlgorithm,
  generation: number,
): NotarySigner {
  if (master.length !== MASTER_SECRET_BYTES) {
    throw new WritError(
      'KEY_FORMAT',
      `the online secret has ${master.length} bytes, not ${MASTER_SECRET_BYTES}`,
    );
  }
  const info = [CONTEXT, algorithm, gun, role, String(generation)].join('\0');
  // 16 bytes more than the order has: taken modulo it, no value is more likely than another. FIPS 186-5 §A.2.1.
  const secret = Buffer.from(hkdfSync('sha256', master, new Uint8Array(0), info, 48));
  const privateKey =
    algorithm === 'ed25519' ? ed25519FromSeed(secret.subarray(0, 32)) : p256FromSecret(secret);
  return notarySignerOf(privateKey, role);
}

/**
 * The signer of an online role with a key that node holds.
 *
 * @param privateKey - Ed25519, ECDSA on a NIST curve, or RSA
 * @throws WritError KEY_TYPE for other kinds, KEY_WEAK for weak ones
 */
export function notarySignerOf(privateKey: KeyObject, role: NotaryOnlineRole): NotarySigner {
  const key = notaryKeyOf(privateKey);
  return {
    key,
    sign: payload => {
      refuseOtherPayload(role, payload);
      return signAsNotary(privateKey, payload);
    },
  };
}

/**
 * The private key of P-256 that a secret makes.
 *
 * @param secret - 48 uniform bytes
 */
export function p256FromSecret(secret: Uint8Array): KeyObject {
  const scalar = (BigInt(`0x${Buffer.from(secret).toString('hex')}`) % (N - 1n)) + 1n;
  const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex');
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(d);
  const point = curve.getPublicKey();
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: text(d),
    x: text(point.subarray(1, 33)),
    y: text(point.subarray(33)),
  };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}
