/**
 * Online keys are derived, never stored: one secret of the service gives every repository its own snapshot and
 * timestamp key, also for repositories that do not exist yet, and asking for keys stores nothing.
 */
import { createPrivateKey, hkdfSync, sign, type KeyObject } from 'node:crypto';
import { publicKeyOf } from '../crypto/public-key.js';
import { WritError } from '../errors.js';
import type { RoleName } from '../tuf/role-name.js';
import type { Signer } from '../tuf/ports.js';
import { readPayload } from './payload.js';

export const MASTER_SECRET_BYTES = 32;
const SEED_BYTES = 32;
const CONTEXT = 'writ/online/v1';
/** DER of PrivateKeyInfo up to the seed, RFC 8410 §7. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The signer of an online role of one repository: Ed25519, its seed HKDF-SHA256 (RFC 5869) of the master secret
 * with `writ/online/v1`, the repository, the role and the generation as info, separated by NUL (which none of
 * them can hold).
 *
 * @param master - 32 secret bytes
 * @param generation - 1 and up; another generation is another key
 * @returns a signer for `role` alone: it refuses (KEYSTORE_REFUSED) another role, and what is no metadata of its type
 * @throws WritError KEY_FORMAT when the secret has another length
 */
export function deriveOnlineSigner(
  master: Uint8Array,
  repository: string,
  role: RoleName,
  generation: number,
): Signer {
  if (master.length !== MASTER_SECRET_BYTES) {
    throw new WritError(
      'KEY_FORMAT',
      `the online secret has ${master.length} bytes, not ${MASTER_SECRET_BYTES}`,
    );
  }
  const info = [CONTEXT, repository, role, String(generation)].join('\0');
  const seed = Buffer.from(hkdfSync('sha256', master, new Uint8Array(0), info, SEED_BYTES));
  const privateKey = ed25519FromSeed(seed);
  const key = publicKeyOf(privateKey);
  return {
    key,
    // Ed25519 is deterministic: the same document gives the same signature.
    sign: async (asked, payload) => {
      if (asked !== role) {
        throw new WritError('KEYSTORE_REFUSED', `the online key of ${role} does not sign ${asked}`);
      }
      readPayload(role, payload);
      return new Uint8Array(sign(null, payload, privateKey));
    },
  };
}

/** The private key of a seed of 32 bytes. */
export const ed25519FromSeed = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
