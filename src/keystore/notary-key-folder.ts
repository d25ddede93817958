/**
 * The private keys of a Notary trust folder, as `notary` and `docker` keep them: `private/<id>.key`, one PEM block
 * each, the role and the repository in its headers. theupdateframework/notary, trustmanager/keys.go.
 */
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDigestText } from '../crypto/digest.js';
import { parseKeyId, type KeyId } from '../crypto/key-id.js';
import { parsePem, writePem, type PemBlock } from '../crypto/pem.js';
import { reasonOf, WritError } from '../errors.js';
import { openPemKey, isSealedKey, sealPkcs8 } from './notary-pkcs8.js';
import { NotaryPrivateKey } from './notary-private-key.js';
import { readSealedFile, replacePrivateFile } from './secret-file.js';

/** What a key file says of its key; nothing of it is proved. */
export interface NotaryKeyUse {
  /** `root`, `targets`, `snapshot`, or any name for keys of delegations; empty where the file does not say. */
  readonly role: string;
  /** The repository; empty for keys that may be used for any. */
  readonly gun: string;
}

export interface NotaryKeyInfo extends NotaryKeyUse {
  readonly id: KeyId;
}

const FOLDER = 'private';
const SUFFIX = '.key';
const MAX_KEYS = 10_000;
/** Folders below: old versions had one for each repository. */
const MAX_FILES = 100_000;

export class NotaryKeyFolder {
  /** `private` of the trust folder. */
  readonly location: string;

  /** @param trustFolder - `~/.notary`, `~/.docker/trust`; made when the first key is added */
  constructor(trustFolder: string) {
    this.location = join(trustFolder, FOLDER);
  }

  /**
   * What the key files say, by id; needs no pass-phrase. Files that hold no key are left out.
   *
   * @throws WritError KEYSTORE_IO, KEYSTORE_SECRET, KEYSTORE_FORMAT for more than 10,000 keys
   */
  async list(): Promise<readonly NotaryKeyInfo[]> {
    const keys: NotaryKeyInfo[] = [];
    for (const [id, file] of await this.#files()) {
      const block = await readBlock(file);
      if (block !== undefined) keys.push({ id: parseKeyId(id), ...useOf(block) });
    }
    return keys.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /**
   * The file of one key: sealed, to be moved elsewhere.
   *
   * @returns undefined when there is none
   * @throws WritError as {@link list}
   */
  async read(id: string): Promise<PemBlock | undefined> {
    const file = (await this.#files()).get(id);
    return file === undefined ? undefined : readBlock(file);
  }

  /**
   * Opens one key.
   *
   * @param passphrase - not used for a key that is not sealed
   * @throws WritError KEYSTORE_NOT_FOUND, KEYSTORE_PASSPHRASE; KEYSTORE_FORMAT for a file that holds another key
   */
  async open(id: string, passphrase: string | undefined): Promise<NotaryPrivateKey> {
    const block = await this.read(id);
    if (block === undefined) {
      throw new WritError('KEYSTORE_NOT_FOUND', `signing key not found: ${id.slice(0, 80)}`);
    }
    const key = openNotaryKey(block, passphrase);
    if (key.id === id) return key;
    throw new WritError('KEYSTORE_FORMAT', `the file of the key ${id} holds the key ${key.id}`);
  }

  /**
   * Seals a key into its file; replaces it where it is there already, with another pass-phrase maybe.
   *
   * @throws WritError KEYSTORE_SECRET when it cannot be written
   */
  async save(key: NotaryPrivateKey, use: NotaryKeyUse, passphrase: string): Promise<void> {
    await this.saveBlock(key.id, await sealNotaryKey(key, use, passphrase));
  }

  /**
   * Puts a sealed block into the folder as it is.
   *
   * @throws WritError KEYSTORE_FORMAT for a name that is no key id, or a block that is not sealed
   */
  async saveBlock(id: string, block: PemBlock): Promise<void> {
    if (!isDigestText('sha256', id) || isSealedKey(block) !== true) {
      throw new WritError(
        'KEYSTORE_FORMAT',
        `only sealed keys are kept, by their id; ${JSON.stringify(id)} is none`,
      );
    }
    const file = (await this.#files()).get(id) ?? join(this.location, `${id}${SUFFIX}`);
    await replacePrivateFile(file, writePem(block));
  }

  /**
   * Removes a key for good; nothing when there is none.
   *
   * @throws WritError KEYSTORE_IO
   */
  async remove(id: string): Promise<void> {
    const file = (await this.#files()).get(id);
    if (file === undefined) return;
    try {
      await rm(file, { force: true });
    } catch (cause) {
      throw new WritError('KEYSTORE_IO', `the key ${id} cannot be removed: ${reasonOf(cause)}`, { cause });
    }
  }

  /** Key id → its file, wherever below the folder it lies. */
  async #files(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const names = await listFiles(this.location);
    for (const name of names) {
      const id = basename(name, SUFFIX);
      if (name.endsWith(SUFFIX) && isDigestText('sha256', id)) found.set(id, join(this.location, name));
    }
    if (found.size > MAX_KEYS) {
      throw new WritError('KEYSTORE_FORMAT', `${this.location} has more than ${MAX_KEYS} keys`);
    }
    return found;
  }
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { recursive: true })).slice(0, MAX_FILES);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new WritError('KEYSTORE_IO', `the key folder ${folder} cannot be read: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

async function readBlock(file: string): Promise<PemBlock | undefined> {
  const bytes = await readSealedFile(file);
  if (bytes === undefined) return undefined;
  return parsePem(Buffer.from(bytes).toString('utf8')).find(block => isSealedKey(block) !== undefined);
}

const useOf = ({ headers }: PemBlock): NotaryKeyUse => ({
  role: headers.get('role') ?? '',
  gun: headers.get('gun') ?? '',
});

/** The key of a PEM block. @throws WritError as {@link openPemKey}; KEY_TYPE, KEY_WEAK */
export const openNotaryKey = (block: PemBlock, passphrase: string | undefined): NotaryPrivateKey =>
  new NotaryPrivateKey(openPemKey(block, passphrase));

const OF_ONE_REPOSITORY: ReadonlySet<string> = new Set(['targets', 'snapshot', 'timestamp']);

/** Whether the keys of a role are for one repository; all others may be used for any. trustmanager/keys.go. */
export const isOfOneRepository = (role: string): boolean => OF_ONE_REPOSITORY.has(role);

/**
 * The sealed PEM block of a key; it names the repository for the roles that have one.
 *
 * @throws WritError KEYSTORE_FORMAT for a role or repository that cannot stand in one line
 */
export async function sealNotaryKey(
  key: NotaryPrivateKey,
  { role, gun }: NotaryKeyUse,
  passphrase: string,
): Promise<PemBlock> {
  if (/\p{Cc}/u.test(role + gun)) {
    throw new WritError('KEYSTORE_FORMAT', 'the role and the repository of a key have no control characters');
  }
  return {
    type: 'ENCRYPTED PRIVATE KEY',
    headers: new Map([
      ['role', role],
      ['gun', isOfOneRepository(role) ? gun : ''],
    ]),
    bytes: await sealPkcs8(key.toPkcs8(), passphrase),
  };
}
