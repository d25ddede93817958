/** A private key of Notary v1 in memory. It signs, and it never prints itself. */
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { notaryKeyOf, type NotaryKey } from '../crypto/notary-key.js';
import type { KeyId } from '../crypto/key-id.js';
import { issueRootCertificate } from './certificate.js';
import { signAsNotary, type NotarySignatureBytes } from './notary-signature.js';

const REDACTED = '[NotaryPrivateKey: redacted]';

const generate = promisify(generateKeyPair);

export class NotaryPrivateKey {
  /** The other half, bare: its id is the name of the key's file. */
  readonly publicKey: NotaryKey;
  readonly #key: KeyObject;

  /**
   * @param key - a private key: Ed25519, ECDSA on a NIST curve, or RSA
   * @throws WritError KEY_TYPE, KEY_WEAK, KEY_FORMAT
   */
  constructor(key: KeyObject) {
    this.publicKey = notaryKeyOf(key);
    this.#key = key;
  }

  get id(): KeyId {
    return this.publicKey.id;
  }

  /** The signature over canonical bytes of a `signed` part; see {@link signAsNotary}. */
  sign(payload: Uint8Array): NotarySignatureBytes {
    return signAsNotary(this.#key, payload);
  }

  /**
   * A certificate of ten years that this key signs for itself: what a root key is in a root.
   *
   * @param gun - becomes the common name
   * @returns PEM
   * @throws WritError KEY_TYPE for an Ed25519 key, of which Notary makes no root
   */
  rootCertificate(gun: string, notBefore: Date): string {
    return issueRootCertificate(this.#key, gun, notBefore);
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
}

/** A new key of the one kind that Notary makes: ECDSA on P-256. */
export async function generateNotaryKey(): Promise<NotaryPrivateKey> {
  return new NotaryPrivateKey((await generate('ec', { namedCurve: 'P-256' })).privateKey);
}
