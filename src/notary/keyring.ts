/** The private keys of a trust folder while a program runs: each is opened once, and only when it must sign. */
import { isWritError, WritError } from '../errors.js';
import type { NotaryKeyFolder, NotaryKeyUse } from '../keystore/notary-key-folder.js';
import { generateNotaryKey, type NotaryPrivateKey } from '../keystore/notary-private-key.js';
import type { NotaryLog } from './log.js';
import type { PassphraseSource } from './pass-phrases.js';

export class Keyring {
  readonly folder: NotaryKeyFolder;
  readonly #passphrases: PassphraseSource;
  readonly #log: NotaryLog;
  readonly #opened = new Map<string, NotaryPrivateKey>();

  constructor(folder: NotaryKeyFolder, passphrases: PassphraseSource, log: NotaryLog) {
    this.folder = folder;
    this.#passphrases = passphrases;
    this.#log = log;
  }

  /**
   * Opens a key.
   *
   * @param id - of the bare key
   * @returns undefined when it is not in the folder, or no pass-phrase opens it, which is logged
   * @throws WritError KEYSTORE_* for a file that cannot be read
   */
  async open(id: string): Promise<NotaryPrivateKey | undefined> {
    const known = this.#opened.get(id);
    if (known !== undefined) return known;
    const block = await this.folder.read(id);
    if (block === undefined) return undefined;
    const key = await this.#unlock(id, block.headers.get('role') ?? '');
    if (key !== undefined) this.#opened.set(id, key);
    return key;
  }

  async #unlock(id: string, role: string): Promise<NotaryPrivateKey | undefined> {
    for (let attempt = 0; ; attempt++) {
      const passphrase = await this.#passphrases({ keyId: id, role, choose: false, attempt });
      if (passphrase === undefined) break;
      try {
        return await this.folder.open(id, passphrase);
      } catch (error) {
        if (!isWritError(error, 'KEYSTORE_PASSPHRASE')) throw error;
      }
    }
    this.#log('warning', `no pass-phrase opens the ${role} key ${id}`);
    return undefined;
  }

  /** Whether the folder has a key, whatever opens it. @throws WritError as {@link open} */
  async has(id: string): Promise<boolean> {
    return (await this.folder.read(id)) !== undefined;
  }

  /** Opens the first of several keys that is there. */
  async openAny(ids: readonly string[]): Promise<NotaryPrivateKey | undefined> {
    for (const id of ids) {
      const key = await this.open(id);
      if (key !== undefined) return key;
    }
    return undefined;
  }

  /** Makes a key and keeps it. @throws WritError KEYSTORE_PASSPHRASE when none is chosen, KEYSTORE_SECRET */
  async create(use: NotaryKeyUse): Promise<NotaryPrivateKey> {
    const key = await generateNotaryKey();
    await this.add(key, use);
    return key;
  }

  /** Keeps a key under a pass-phrase that is chosen for it. @throws WritError as {@link create} */
  async add(key: NotaryPrivateKey, use: NotaryKeyUse): Promise<void> {
    await this.folder.save(key, use, await choosePassphrase(this.#passphrases, key.id, use.role));
    this.#opened.set(key.id, key);
  }

  /**
   * Keeps a key that came from elsewhere. One that is here already stays as it is sealed.
   *
   * @throws WritError NOTARY_KEY when it is here for another role, which would lose it; and as {@link create}
   */
  async adopt(key: NotaryPrivateKey, use: NotaryKeyUse): Promise<void> {
    const role = (await this.folder.read(key.id))?.headers.get('role');
    if (role === undefined) return this.add(key, use);
    if (role !== use.role)
      throw new WritError(
        'NOTARY_KEY',
        `Error importing key: key with same ID already exists for role: ${role}`,
      );
    this.#opened.set(key.id, key);
  }

  async remove(id: string): Promise<void> {
    this.#opened.delete(id);
    await this.folder.remove(id);
  }
}

/** @throws WritError KEYSTORE_PASSPHRASE */
export async function choosePassphrase(
  passphrases: PassphraseSource,
  keyId: string,
  role: string,
): Promise<string> {
  const passphrase = await passphrases({ keyId, role, choose: true, attempt: 0 });
  if (passphrase !== undefined && passphrase !== '') return passphrase;
  throw new WritError('KEYSTORE_PASSPHRASE', `no pass-phrase is chosen for the ${role} key ${keyId}`, {
    hint: 'set NOTARY_ROOT_PASSPHRASE, NOTARY_TARGETS_PASSPHRASE, …, or run it in a terminal',
  });
}
