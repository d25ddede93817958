/**
 * The trusted metadata of one repository as files of one folder, for many processes at once: each file is
 * replaced whole, under a lock that is held for that one replacement.
 */
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { WritError } from '../errors.js';
import { asObject, integerAt, objectAt } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import type { MetadataStore } from '../tuf/ports.js';
import { ROOT, SNAPSHOT, TIMESTAMP, type RoleName } from '../tuf/role-name.js';
import { encodedName } from './encoded-name.js';
import { failedWith, storeFailure } from './failure.js';
import { atomicWriteFile, ensureDataDir, readWholeFile, removeDrafts, syncFolder } from './files.js';
import { acquireLock } from './lock.js';

/** More than any limit of the client workflow. */
const MAX_METADATA_BYTES = 16 * 1024 * 1024;
/** A lock is held for one small file; who waits longer waits for a broken disk. */
const LOCK_MS = 15_000;
/** The file of a role; see {@link encodedName}. */
export function metadataFile(role: RoleName): string {
  return `${encodedName(role)}.json`;
}

/**
 * The folder of a repository under the folder of all of them; the name is encoded as those of roles are.
 *
 * @throws WritError STORE_KEY for the empty name
 */
export function repositoryFolder(root: string, repository: string): string {
  if (repository !== '') return join(root, encodedName(repository));
  throw new WritError('STORE_KEY', 'a repository must have a name to have a folder');
}

export class MetadataFolder implements MetadataStore {
  readonly #dir: string;
  readonly #lockMs: number;

  private constructor(dir: string, lockMs: number) {
    this.#dir = dir;
    this.#lockMs = lockMs;
  }

  /**
   * Opens, or makes, the folder of one repository's metadata.
   *
   * @param lockMs - how long a change waits for those of other processes, in milliseconds
   * @throws WritError STORE_PERMISSIONS, STORE_FULL, STORE_IO
   */
  static async open(dir: string, lockMs = LOCK_MS): Promise<MetadataFolder> {
    await ensureDataDir(dir);
    return new MetadataFolder(dir, lockMs);
  }

  /** @throws WritError STORE_SIZE for a file beyond 16 MiB, STORE_IO */
  load(role: RoleName): Promise<Uint8Array | null> {
    return readWholeFile(this.#pathOf(role), MAX_METADATA_BYTES);
  }

  /**
   * Replaces the document of `role`; durable when it resolves. A timestamp, snapshot or root that another process
   * stored meanwhile stays when its version is higher: what was trusted once must not go back. To go back on
   * purpose (recovery from a fast-forward attack), remove it first.
   *
   * @throws WritError STORE_LOCKED, STORE_FULL, STORE_IO
   */
  async save(role: RoleName, bytes: Uint8Array): Promise<void> {
    const copy = new Uint8Array(bytes);
    await this.#locked(async () => {
      if (isForwardOnly(role) && versionOf(await this.load(role)) > versionOf(copy)) return;
      await atomicWriteFile(this.#pathOf(role), copy);
    });
  }

  /** @throws WritError STORE_LOCKED, STORE_IO */
  async remove(role: RoleName): Promise<void> {
    await this.#locked(async () => {
      try {
        await unlink(this.#pathOf(role));
        await syncFolder(this.#dir);
      } catch (error) {
        if (!failedWith(error, 'ENOENT'))
          throw storeFailure(error, `the metadata of ${role} cannot be removed`);
      }
    });
  }

  #pathOf(role: RoleName): string {
    return join(this.#dir, metadataFile(role));
  }

  async #locked(work: () => Promise<void>): Promise<void> {
    const what = `the metadata folder ${this.#dir}`;
    const lock = await acquireLock(join(this.#dir, '.lock'), what, this.#lockMs);
    try {
      await removeDrafts(this.#dir); // whoever holds the lock is the only one who writes here
      await work();
    } catch (cause) {
      throw storeFailure(cause, `${what} cannot be changed`);
    } finally {
      await lock.release();
    }
  }
}

/** Roles whose versions only grow; the version of a targets role is the snapshot's to say. */
const isForwardOnly = (role: RoleName): boolean => role === ROOT || role === TIMESTAMP || role === SNAPSHOT;

/** The version of a document, 0 for bytes that are none: whoever loads them refuses them. */
function versionOf(bytes: Uint8Array | null): number {
  if (bytes === null) return 0;
  try {
    return integerAt(
      objectAt(asObject(parseStrict(bytes), 'document'), 'signed', 'document'),
      'version',
      'signed',
    );
  } catch {
    return 0;
  }
}
