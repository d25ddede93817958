import { constants, sign, type KeyObject } from 'node:crypto';
import { WritError } from '../errors.js';

/** A signature, and how it was made: what Notary v1 writes. */
export interface NotarySignatureBytes {
  /** `eddsa`, `ecdsa` or `rsapss`. */
  readonly method: string;
  readonly bytes: Uint8Array;
}

/** The length that Notary gives the salt of RSA-PSS. */
const SALT_BYTES = 32;

/**
 * The signature of Notary v1 by a private key: Ed25519; ECDSA as r‖s over SHA-256 whatever the curve; RSA-PSS over
 * SHA-256 with a salt of 32 bytes. theupdateframework/notary, tuf/data/keys.go.
 *
 * @throws WritError KEY_TYPE for other keys
 */
export function signAsNotary(key: KeyObject, payload: Uint8Array): NotarySignatureBytes {
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return { method: 'eddsa', bytes: new Uint8Array(sign(null, payload, key)) };
    case 'ec':
      return {
        method: 'ecdsa',
        bytes: new Uint8Array(sign('sha256', payload, { key, dsaEncoding: 'ieee-p1363' })),
      };
    case 'rsa': {
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      return {
        method: 'rsapss',
        bytes: new Uint8Array(sign('sha256', payload, { key, padding, saltLength: SALT_BYTES })),
      };
    }
    default:
      throw new WritError(
        'KEY_TYPE',
        `Notary does not sign with a key of type ${key.asymmetricKeyType ?? key.type}`,
      );
  }
}
