/**
 * A folder of sealed keys: `<id>.key`, mode 0600, in a folder of mode 0700. Keys are added, and never replaced but by the
 * same key under another pass-phrase.
 */
import { createPublicKey } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDigestText } from '../crypto/digest.js';
import { bytesFromHex } from '../crypto/hex.js';
import type { PublicKey } from '../crypto/public-key.js';
import { reasonOf, WritError } from '../errors.js';
import { stringAt } from '../json/read.js';
import { FileSigner } from './file-signer.js';
import { parseKeyFile, type KeyInfo } from './key-file.js';
import type { PrivateKey } from './private-key.js';
import { openKey, sealKey, type OpenedKey, type SealOptions } from './seal.js';
import { createPrivateFile, readPrivateFile, replacePrivateFile } from './secret-file.js';

const SUFFIX = '.key';
/** More keys than a person keeps: a folder with more is not a key store. */
const MAX_KEYS = 10_000;

export class KeyStore {
  readonly #dir: string;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * Opens, or makes, the key store in `dir`.
   *
   * @throws WritError KEYSTORE_PERMISSIONS when others can use the folder, KEYSTORE_IO
   */
  static async open(dir: string): Promise<KeyStore> {
    const found = await makeFolder(dir);
    const shown = (found.mode & 0o777).toString(8).padStart(4, '0');
    if ((found.mode & 0o077) !== 0) {
      throw new WritError(
        'KEYSTORE_PERMISSIONS',
        `the key folder ${dir} has mode ${shown}, others can use it`,
        {
          hint: `run: chmod 700 ${dir}`,
        },
      );
    }
    return new KeyStore(dir);
  }

  /**
   * What every key file says of itself, oldest first; needs no pass-phrase, and is not proved.
   *
   * @throws WritError KEYSTORE_PERMISSIONS, KEYSTORE_FORMAT, KEYSTORE_SECRET for a file that cannot be read,
   *   KEYSTORE_IO
   */
  async list(): Promise<readonly KeyInfo[]> {
    const ids = (await this.#names())
      .filter(name => name.endsWith(SUFFIX))
      .map(name => name.slice(0, -SUFFIX.length));
    if (ids.length > MAX_KEYS)
      throw new WritError('KEYSTORE_FORMAT', `${this.#dir} has more than ${MAX_KEYS} keys`);
    const keys: KeyInfo[] = [];
    for (const id of ids) keys.push(await this.info(id));
    return keys.sort(
      (a, b) => a.created.getTime() - b.created.getTime() || (a.publicKey.id < b.publicKey.id ? -1 : 1),
    );
  }

  /**
   * What one key file says of itself.
   *
   * @param id - 64 hex digits
   * @throws WritError KEYSTORE_NOT_FOUND, and as {@link list}
   */
  async info(id: string): Promise<KeyInfo> {
    const { publicKey, role, repository, created } = parseKeyFile(
      await this.exportSealed(id),
      this.#pathOf(id),
    );
    if (publicKey.id === id) return { publicKey, role, repository, created };
    throw new WritError('KEYSTORE_FORMAT', `${this.#pathOf(id)} holds the key ${publicKey.id}`);
  }

  /**
   * Seals `key` into a new file; durable when it resolves.
   *
   * @throws WritError KEYSTORE_EXISTS when the store has the key; KEYSTORE_PASSPHRASE and KEYSTORE_FORMAT as
   *   {@link sealKey}; KEYSTORE_SECRET when it cannot be written
   */
  async add(key: PrivateKey, passphrase: string, options: SealOptions = {}): Promise<KeyInfo> {
    return this.#put(key.publicKey.id, await sealKey(key, passphrase, options));
  }

  /**
   * Opens one key.
   *
   * @throws WritError KEYSTORE_NOT_FOUND, KEYSTORE_PASSPHRASE, and as {@link list}
   */
  async load(id: string, passphrase: string): Promise<OpenedKey> {
    const opened = await openKey(await this.exportSealed(id), passphrase, this.#pathOf(id));
    if (opened.publicKey.id === id) return opened;
    throw new WritError('KEYSTORE_FORMAT', `${this.#pathOf(id)} holds the key ${opened.publicKey.id}`);
  }

  /** A signer with one key, for the role that the key is for; errors as {@link load}. */
  async signer(id: string, passphrase: string): Promise<FileSigner> {
    const { privateKey, role } = await this.load(id, passphrase);
    return new FileSigner(privateKey, role);
  }

  /**
   * The key file as it is, to be moved to another machine: whoever has it still needs the pass-phrase.
   *
   * @throws WritError KEYSTORE_NOT_FOUND, KEYSTORE_PERMISSIONS, KEYSTORE_SECRET
   */
  async exportSealed(id: string): Promise<Uint8Array> {
    const bytes = isDigestText('sha256', id) ? await readPrivateFile(this.#pathOf(id)) : undefined;
    if (bytes !== undefined) return bytes;
    const shown = JSON.stringify(id.slice(0, 80));
    throw new WritError('KEYSTORE_NOT_FOUND', `the key store ${this.#dir} has no key ${shown}`);
  }

  /**
   * Takes a key file of another key store as it is, without its pass-phrase; durable when it resolves.
   *
   * @param source - names it in messages
   * @throws WritError KEYSTORE_FORMAT when it is no key file, KEYSTORE_EXISTS when the store has the key;
   *   KEYSTORE_SECRET when it cannot be written
   */
  async importSealed(bytes: Uint8Array, source: string): Promise<KeyInfo> {
    const { id } = parseKeyFile(bytes, source).publicKey;
    return this.#put(id, Buffer.from(bytes).toString('utf8'));
  }

  /**
   * Seals a key with another pass-phrase, in place of the file that there is; durable when it resolves.
   *
   * @throws WritError KEYSTORE_PASSPHRASE, KEYSTORE_NOT_FOUND, and as {@link list}; KEYSTORE_SECRET when it cannot be
   *   written: the file that there was then still is
   */
  async reseal(id: string, passphrase: string, next: string): Promise<KeyInfo> {
    const { privateKey, role, repository, created } = await this.load(id, passphrase);
    const options = { created, ...(role && { role }), ...(repository !== undefined && { repository }) };
    await replacePrivateFile(this.#pathOf(id), await sealKey(privateKey, next, options));
    return this.info(id);
  }

  /**
   * Removes a key for good; nothing when there is none.
   *
   * @throws WritError KEYSTORE_IO
   */
  async remove(id: string): Promise<void> {
    try {
      if (isDigestText('sha256', id)) await rm(this.#pathOf(id), { force: true });
    } catch (cause) {
      throw new WritError('KEYSTORE_IO', `the key ${id} cannot be removed: ${reasonOf(cause)}`, { cause });
    }
  }

  async #put(id: string, file: string): Promise<KeyInfo> {
    if (await createPrivateFile(this.#pathOf(id), file)) return this.info(id);
    throw new WritError('KEYSTORE_EXISTS', `the key store ${this.#dir} has the key ${id} already`);
  }

  #pathOf(id: string): string {
    return join(this.#dir, `${id}${SUFFIX}`);
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#dir);
    } catch (cause) {
      throw new WritError('KEYSTORE_IO', `the key folder ${this.#dir} cannot be read: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }
}

async function makeFolder(dir: string): Promise<{ mode: number }> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return await stat(dir);
  } catch (cause) {
    throw new WritError('KEYSTORE_IO', `the key folder ${dir} cannot be made: ${reasonOf(cause)}`, { cause });
  }
}

/** The public key as PEM (SubjectPublicKeyInfo), which other tools read. The JSON form is `key.toJson()`. */
export function publicKeyPem(key: PublicKey): string {
  const text = stringAt(key.keyval, 'public', 'keyval');
  if (key.scheme !== 'ed25519')
    return createPublicKey(text).export({ format: 'pem', type: 'spki' }).toString();
  const x = Buffer.from(bytesFromHex(text) ?? []).toString('base64url');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x };
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' }).toString();
}
