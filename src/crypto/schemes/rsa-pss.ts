/**
 * RSASSA-PSS with SHA-256 and MGF1 with SHA-256 (RFC 8017 §8.1): `keyval.public` is PEM. TUF fixes no length
 * of the salt, so any verifies.
 */
import { constants, verify as verifySignature, type KeyObject } from 'node:crypto';
import { WritError } from '../../errors.js';
import type { ImportedKey, Scheme } from './scheme.js';
import { jwkOf, readSpki, writeSpki } from './spki.js';

/** NIST SP 800-131A: shorter moduli are disallowed. */
const MIN_BITS = 2048;
/** Beyond this, one signature costs more to verify than an answer may take. */
const MAX_BITS = 8192;

export const RSA_PSS: Scheme = {
  name: 'rsassa-pss-sha256',
  keytypes: ['rsa'],
  importPublic,
  exportPublic: key => (key.asymmetricKeyType === 'rsa' ? writeSpki(key) : undefined),
};

function importPublic(text: string, path: string): ImportedKey {
  const key = readSpki(text, path);
  checkRsaKey(key, path);
  const { n, e } = jwkOf(key);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const saltLength = constants.RSA_PSS_SALTLEN_AUTO;
  return {
    material: `rsa:${n}.${e}`,
    verify: (message, signature) =>
      verifySignature('sha256', message, { key, padding, saltLength }, signature),
  };
}

/** @throws WritError KEY_FORMAT for a key of another kind or too long a one, KEY_WEAK */
export function checkRsaKey(key: KeyObject, path: string): void {
  if (key.asymmetricKeyType !== 'rsa') throw new WritError('KEY_FORMAT', `${path} must be an RSA key`);
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_BITS) {
    throw new WritError('KEY_WEAK', `${path} has ${modulusLength} bits, fewer than ${MIN_BITS}`);
  }
  if (modulusLength > MAX_BITS) {
    throw new WritError('KEY_FORMAT', `${path} has ${modulusLength} bits, more than ${MAX_BITS}`);
  }
  // With exponent 1 the padded message is its own signature; an even one is no RSA key.
  if (publicExponent < 3n || publicExponent % 2n === 0n) {
    throw new WritError('KEY_WEAK', `${path} has the public exponent ${publicExponent}`);
  }
}
