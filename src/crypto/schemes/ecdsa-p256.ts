/**
 * ECDSA on P-256 with SHA-256 (FIPS 186-5): `keyval.public` is PEM, the signature is DER (ECDSA-Sig-Value).
 * Metadata names the key type `ecdsa` today and named it like the scheme before; both mean the same.
 */
import { verify as verifySignature, type KeyObject } from 'node:crypto';
import { WritError } from '../../errors.js';
import type { ImportedKey, Scheme } from './scheme.js';
import { jwkOf, readSpki, writeSpki } from './spki.js';

export const ECDSA_P256: Scheme = {
  name: 'ecdsa-sha2-nistp256',
  keytypes: ['ecdsa', 'ecdsa-sha2-nistp256'],
  importPublic,
  exportPublic: key => (isP256(key) ? writeSpki(key) : undefined),
};

function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

function importPublic(text: string, path: string): ImportedKey {
  const key = readSpki(text, path);
  if (!isP256(key)) throw new WritError('KEY_FORMAT', `${path} must be a key on the curve P-256`);
  const { x, y } = jwkOf(key);
  return {
    material: `p256:${x}.${y}`,
    verify: (message, signature) =>
      verifySignature('sha256', message, { key, dsaEncoding: 'der' }, signature),
  };
}
