/** Sealing a private key under a pass-phrase: scrypt and AES-256-GCM (NIST SP 800-38D). */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { WritError } from '../errors.js';
import type { RoleName } from '../tuf/role-name.js';
import { DEFAULT_COST, deriveKey, SALT_BYTES } from './kdf.js';
import {
  additionalData,
  formatKeyFile,
  NONCE_BYTES,
  parseKeyFile,
  TAG_BYTES,
  type KeyFile,
  type KeyInfo,
} from './key-file.js';
import { privateKeyFromPkcs8, type PrivateKey } from './private-key.js';

const CIPHER = 'aes-256-gcm';

export interface SealOptions {
  readonly role?: RoleName;
  readonly repository?: string;
  /** When the key was made; now by default. */
  readonly created?: Date;
  /** The cost of scrypt, within the bounds of reading; N = 2^17, r = 8, p = 1 by default. */
  readonly cost?: { readonly n: number; readonly r: number; readonly p: number };
}

export interface OpenedKey extends KeyInfo {
  readonly privateKey: PrivateKey;
}

/**
 * The key file of `privateKey`: text, for a file of mode 0600.
 *
 * @param passphrase - 1 to 1,024 bytes of UTF-8 in Unicode form NFC
 * @throws WritError KEYSTORE_PASSPHRASE for one of another length, KEYSTORE_FORMAT for a cost out of bounds
 */
export async function sealKey(
  privateKey: PrivateKey,
  passphrase: string,
  options: SealOptions = {},
): Promise<string> {
  const header = {
    publicKey: privateKey.publicKey,
    role: options.role,
    repository: options.repository,
    created: options.created ?? new Date(),
    kdf: { ...(options.cost ?? DEFAULT_COST), salt: new Uint8Array(randomBytes(SALT_BYTES)) },
    nonce: new Uint8Array(randomBytes(NONCE_BYTES)),
  };
  const key = await deriveKey(passphrase, header.kdf);
  const secret = privateKey.toPkcs8();
  const cipher = createCipheriv(CIPHER, key, header.nonce);
  cipher.setAAD(additionalData(header));
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  key.fill(0);
  secret.fill(0);
  return formatKeyFile({ ...header, ciphertext });
}

/**
 * Opens a key file.
 *
 * @param bytes - at most 64 KiB
 * @param source - names it in messages
 * @throws WritError KEYSTORE_FORMAT; KEYSTORE_PASSPHRASE when the pass-phrase is wrong or anything in the file was
 *   changed, which cannot be told apart
 */
export async function openKey(bytes: Uint8Array, passphrase: string, source = 'the key'): Promise<OpenedKey> {
  const file = parseKeyFile(bytes, source);
  const key = await deriveKey(passphrase, file.kdf);
  const secret = decrypt(file, key, source);
  key.fill(0);
  const privateKey = privateKeyFromPkcs8(secret);
  secret.fill(0);
  if (privateKey.publicKey.material !== file.publicKey.material) {
    throw new WritError('KEYSTORE_FORMAT', `${source} holds another key than its public half says`);
  }
  const { publicKey, role, repository, created } = file;
  return { privateKey, publicKey, role, repository, created };
}

function decrypt(file: KeyFile, key: Uint8Array, source: string): Buffer {
  const end = file.ciphertext.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, file.nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(file));
  decipher.setAuthTag(file.ciphertext.subarray(end));
  const secret = decipher.update(file.ciphertext.subarray(0, end));
  try {
    return Buffer.concat([secret, decipher.final()]);
  } catch {
    throw new WritError('KEYSTORE_PASSPHRASE', `the pass-phrase does not open ${source}`);
  }
}
