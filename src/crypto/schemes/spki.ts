/** PEM files of SubjectPublicKeyInfo, shared by the schemes that write their keys so. */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { WritError } from '../../errors.js';

/** Longer than any key that we take: RSA with 8192 bits has 1,5 kB. */
const MAX_CHARACTERS = 16_384;
// One block and nothing else: node would also take a certificate, or a private key.
const ONE_PUBLIC_KEY = /^\s*-----BEGIN PUBLIC KEY-----\r?\n[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/;

/**
 * The key in `text`, exactly one PEM block `PUBLIC KEY`.
 *
 * @throws WritError KEY_FORMAT
 */
export function readSpki(text: string, path: string): KeyObject {
  if (text.length > MAX_CHARACTERS || !ONE_PUBLIC_KEY.test(text)) {
    throw new WritError('KEY_FORMAT', `${path} must be one PEM block "PUBLIC KEY"`);
  }
  try {
    return createPublicKey({ key: text, format: 'pem' });
  } catch (cause) {
    throw new WritError('KEY_FORMAT', `${path} is not a public key that can be read`, { cause });
  }
}

/** `key` as PEM, without the line break at the end, as securesystemslib writes it. */
export function writeSpki(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'spki' }).toString().trimEnd();
}

/** The members of `key` as JWK: its numbers in one normal form. */
export function jwkOf(key: KeyObject): JsonWebKey {
  return key.export({ format: 'jwk' });
}
