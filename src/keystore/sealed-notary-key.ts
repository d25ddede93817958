/**
 * Online keys of Notary repositories that were made elsewhere: they cannot be derived, so they are kept, sealed under a
 * key that is derived from the secret of the service. AES-256-GCM, NIST SP 800-38D.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { notaryKeyOf } from '../crypto/notary-key.js';
import { parseKeyId, type KeyId } from '../crypto/key-id.js';
import { WritError } from '../errors.js';
import { asObject, integerAt, stringAt } from '../json/read.js';
import type { JsonObject, JsonValue } from '../json/types.js';
import { notarySignerOf, type NotaryOnlineRole, type NotarySigner } from './derive-notary.js';

/** What a key is for: sealed for one role of one repository, it opens for no other. */
export interface SealedKeyOwner {
  readonly gun: string;
  readonly role: NotaryOnlineRole;
}

export interface SealedNotaryKey {
  /** The id of the bare public key. */
  readonly id: KeyId;
  /** A generation of the secret that it is sealed under. */
  readonly generation: number;
  readonly nonce: Uint8Array;
  /** PKCS #8 DER, encrypted, and the tag. */
  readonly ciphertext: Uint8Array;
}

const CONTEXT = 'writ/notary/sealed/v1';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * @param master - 32 secret bytes
 * @param privateKey - Ed25519, ECDSA on a NIST curve, or RSA
 * @throws WritError KEY_TYPE, KEY_WEAK
 */
export function sealNotaryKey(
  master: Uint8Array,
  generation: number,
  owner: SealedKeyOwner,
  privateKey: KeyObject,
): SealedNotaryKey {
  const { id } = notaryKeyOf(privateKey);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, wrappingKey(master, owner), nonce);
  cipher.setAAD(Buffer.from(id));
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' });
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  secret.fill(0);
  return { id, generation, nonce, ciphertext };
}

/** @throws WritError KEYSTORE_FORMAT when it was sealed for something else or under another secret, or changed */
export function openNotaryKey(
  master: Uint8Array,
  owner: SealedKeyOwner,
  { id, nonce, ciphertext }: SealedNotaryKey,
): NotarySigner {
  const end = Math.max(0, ciphertext.length - TAG_BYTES);
  try {
    const decipher = createDecipheriv(CIPHER, wrappingKey(master, owner), nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(id));
    decipher.setAuthTag(ciphertext.subarray(end));
    const secret = Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()]);
    const key = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
    secret.fill(0);
    return notarySignerOf(key, owner.role);
  } catch (cause) {
    throw new WritError(
      'KEYSTORE_FORMAT',
      `the imported key ${id} for the ${owner.role} of ${owner.gun} cannot be opened`,
      { cause, hint: 'restore the online secret that it was imported under, or rotate the key' },
    );
  }
}

const wrappingKey = (master: Uint8Array, { gun, role }: SealedKeyOwner): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', master, new Uint8Array(0), [CONTEXT, gun, role].join('\0'), 32));

export const writeSealedKey = ({ id, generation, nonce, ciphertext }: SealedNotaryKey): JsonObject => ({
  id,
  generation,
  nonce: Buffer.from(nonce).toString('base64'),
  ciphertext: Buffer.from(ciphertext).toString('base64'),
});

/** @throws WritError JSON_TYPE, KEY_ID */
export function readSealedKey(value: JsonValue): SealedNotaryKey {
  const json = asObject(value, 'key');
  return {
    id: parseKeyId(stringAt(json, 'id', 'key')),
    generation: integerAt(json, 'generation', 'key', 1),
    nonce: Buffer.from(stringAt(json, 'nonce', 'key'), 'base64'),
    ciphertext: Buffer.from(stringAt(json, 'ciphertext', 'key'), 'base64'),
  };
}
