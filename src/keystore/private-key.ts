/** A private key in memory. It signs, and it never prints itself. */
import {
  constants,
  createPrivateKey,
  generateKeyPair,
  sign as signMessage,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { publicKeyOf, type PublicKey } from '../crypto/public-key.js';
import { WritError } from '../errors.js';

/** The schemes that writ makes keys for. */
export const KEY_SCHEMES = ['ed25519', 'ecdsa-sha2-nistp256', 'rsassa-pss-sha256'] as const;

/** RSA keys live as long as a root does: 3072 bits are 128 bits of strength, NIST SP 800-57 part 1, table 2. */
const RSA_BITS = 3072;
/** As long as the digest: what every verifier accepts, also those that fix the length. */
const PSS_SALT_BYTES = 32;
const REDACTED = '[PrivateKey: redacted]';

const generate = promisify(generateKeyPair);

export class PrivateKey {
  /** The other half: its `scheme` says how this key signs. */
  readonly publicKey: PublicKey;
  readonly #key: KeyObject;

  /**
   * @param key - an Ed25519, P-256 or RSA private key
   * @throws WritError KEY_TYPE, KEY_WEAK
   */
  constructor(key: KeyObject) {
    this.publicKey = publicKeyOf(key);
    this.#key = key;
  }

  /**
   * The signature over `message`: 64 bytes for Ed25519, DER for ECDSA, PSS with MGF1-SHA-256 and a salt of 32
   * bytes for RSA. A key signs documents through {@link FileSigner}, which reads them first.
   */
  sign(message: Uint8Array): Uint8Array {
    return new Uint8Array(this.#sign(message));
  }

  /** The secret itself, as PKCS #8 DER, for sealing. */
  toPkcs8(): Uint8Array {
    return new Uint8Array(this.#key.export({ format: 'der', type: 'pkcs8' }));
  }

  toJSON(): string {
    return REDACTED;
  }

  toString(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }

  #sign(message: Uint8Array): Buffer {
    switch (this.publicKey.scheme) {
      case 'ed25519':
        return signMessage(null, message, this.#key);
      case 'ecdsa-sha2-nistp256':
        return signMessage('sha256', message, { key: this.#key, dsaEncoding: 'der' });
      default:
        return signMessage('sha256', message, {
          key: this.#key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: PSS_SALT_BYTES,
        });
    }
  }
}

/**
 * A new random key.
 *
 * @throws WritError KEY_TYPE for an unknown scheme
 */
export async function generateKey(scheme: string): Promise<PrivateKey> {
  return new PrivateKey(await generateKeyObject(scheme));
}

async function generateKeyObject(scheme: string): Promise<KeyObject> {
  switch (scheme) {
    case 'ed25519':
      return (await generate('ed25519')).privateKey;
    case 'ecdsa-sha2-nistp256':
      return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
    case 'rsassa-pss-sha256':
      return (await generate('rsa', { modulusLength: RSA_BITS })).privateKey;
    default:
      throw new WritError(
        'KEY_TYPE',
        `there is no key scheme ${JSON.stringify(scheme)}: use ${KEY_SCHEMES.join(', ')}`,
      );
  }
}

/**
 * Reads the PKCS #8 DER of a private key.
 *
 * @throws WritError KEY_FORMAT when it cannot be read, KEY_TYPE, KEY_WEAK
 */
export function privateKeyFromPkcs8(der: Uint8Array): PrivateKey {
  return new PrivateKey(readPkcs8(der));
}

function readPkcs8(der: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new WritError('KEY_FORMAT', 'a private key is not PKCS #8 DER', { cause });
  }
}

/**
 * Reads a private key in PEM, as openssl writes it.
 *
 * @throws WritError KEY_FORMAT when it cannot be read, or is sealed; KEY_TYPE, KEY_WEAK
 */
export function privateKeyFromPem(pem: Uint8Array): PrivateKey {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: Buffer.from(pem), format: 'pem' });
  } catch (cause) {
    throw new WritError('KEY_FORMAT', 'it is neither a key file of writ nor an open private key in PEM', {
      cause,
      hint: 'open one that has a pass-phrase with `openssl pkey -in FILE`, and import what that prints',
    });
  }
  return new PrivateKey(key);
}
