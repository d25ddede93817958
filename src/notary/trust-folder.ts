/**
 * A trust folder as `notary` and `docker` keep it: `private/` with keys, and for each repository
 * `tuf/<gun>/metadata/` with what was verified last and `tuf/<gun>/changelist/` with what waits to be published.
 */
import { rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { WritError } from '../errors.js';
import { NotaryKeyFolder } from '../keystore/notary-key-folder.js';
import { storeFailure } from '../storage/failure.js';
import { atomicWriteFile, readWholeFile } from '../storage/files.js';
import type { Gun } from '../tuf/notary/names.js';
import { TARGETS, TOP_LEVEL_ROLES, type RoleName } from '../tuf/role-name.js';
import { ChangeList } from './change-list.js';
import { makeFolder } from './make-folder.js';

/** The most bytes of a document that is read at all: what Notary's own client reads. */
export const MAX_DOCUMENT = 100 * 1024 * 1024;

export class TrustFolder {
  /** Absolute. */
  readonly path: string;
  readonly keys: NotaryKeyFolder;

  /**
   * @param path - `~/.notary`, `~/.docker/trust`; made when something is put there
   * @param keys - the trust folder whose private keys sign, where it is another one
   */
  constructor(path: string, keys = path) {
    this.path = resolve(path);
    this.keys = new NotaryKeyFolder(resolve(keys));
  }

  /** @throws WritError NOTARY_PATH for a name that leads out of the folder */
  repository(gun: Gun): RepositoryFolder {
    const components = gun.split('/');
    if (components.some(name => name === '' || name === '.' || name === '..' || name.includes('\\'))) {
      throw new WritError(
        'NOTARY_PATH',
        `the repository ${JSON.stringify(gun)} has no place in a trust folder`,
        {
          hint: 'name it without empty parts, dots and backslashes',
        },
      );
    }
    return new RepositoryFolder(join(this.path, 'tuf'), components);
  }
}

/** What a trust folder has of one repository. */
export class RepositoryFolder {
  readonly changes: ChangeList;
  /** Of all repositories. */
  readonly #root: string;
  readonly #path: string;

  constructor(root: string, components: readonly string[]) {
    this.#root = root;
    this.#path = join(root, ...components);
    this.changes = new ChangeList(join(this.#path, 'changelist'));
  }

  /**
   * The document of a role that was kept last. Nothing about it is verified.
   *
   * @returns null when there is none
   * @throws WritError STORE_SIZE, STORE_IO
   */
  read(role: RoleName): Promise<Uint8Array | null> {
    return readWholeFile(this.#fileOf(role), MAX_DOCUMENT);
  }

  /** @throws WritError STORE_FULL, STORE_IO */
  async write(role: RoleName, bytes: Uint8Array): Promise<void> {
    const file = this.#fileOf(role);
    await makeFolder(dirname(file));
    await atomicWriteFile(file, bytes);
  }

  /**
   * Removes what is kept and staged; the private keys stay, and so do repositories whose names go on from this one's.
   *
   * @throws WritError STORE_IO
   */
  async remove(): Promise<void> {
    await this.changes.remove();
    try {
      await rm(join(this.#path, 'metadata', TARGETS), { recursive: true, force: true });
      for (const role of TOP_LEVEL_ROLES) await rm(this.#fileOf(role), { force: true });
    } catch (cause) {
      throw storeFailure(cause, `the trust data in ${this.#path} cannot be removed`);
    }
    for (const part of ['metadata', 'changelist']) await removeIfEmpty(join(this.#path, part));
    for (let folder = this.#path; folder !== this.#root; folder = dirname(folder)) {
      if (!(await removeIfEmpty(folder))) return;
    }
  }

  #fileOf(role: RoleName): string {
    return join(this.#path, 'metadata', `${role}.json`);
  }
}

async function removeIfEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch {
    return false; // another repository lies below, or nothing is there
  }
}
