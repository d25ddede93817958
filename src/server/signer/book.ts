/** The signer's memory: of each repository and role the payload that it signed last, durable before it is signed. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf, WritError } from '../../errors.js';
import type { RepositoryName } from '../../image/repository-name.js';
import { atomicWriteFile, ensurePrivateDir, readWholeFile, removeDrafts } from '../../storage/files.js';
import { acquireLock, type Lock } from '../../storage/lock.js';

/** More than any payload that is signed. */
const MAX_PAYLOAD = 16 * 1024 * 1024;
/** A caller that makes names up fills no disk. */
const MAX_REPOSITORIES = 10_000;

type Role = 'snapshot' | 'timestamp';

export interface SignedBook {
  /** What was signed last; null for nothing. @throws WritError STORE_IO */
  last(repository: RepositoryName, role: Role): Promise<Uint8Array | null>;
  /** Durable when it resolves. @throws WritError STORE_FULL, STORE_IO, KEYSTORE_REFUSED for too many repositories */
  record(repository: RepositoryName, role: Role, payload: Uint8Array): Promise<void>;
}

/** `<folder>/<repository>/<role>.json`; one process at a time. */
export class BookFolder implements SignedBook {
  readonly #folder: string;
  readonly #lock: Lock;
  readonly #repositories: Set<string>;
  readonly #most: number;

  private constructor(folder: string, lock: Lock, repositories: Set<string>, most: number) {
    this.#folder = folder;
    this.#lock = lock;
    this.#repositories = repositories;
    this.#most = most;
  }

  /**
   * @param most - how many repositories it may remember
   * @throws WritError STORE_LOCKED when another signer has the folder; STORE_PERMISSIONS, STORE_FULL, STORE_IO
   */
  static async open(folder: string, most = MAX_REPOSITORIES): Promise<BookFolder> {
    await ensurePrivateDir(folder);
    const lock = await acquireLock(join(folder, '.lock'), `the signer's memory ${folder}`);
    return new BookFolder(folder, lock, new Set(await repositoriesIn(folder)), most);
  }

  last(repository: RepositoryName, role: Role): Promise<Uint8Array | null> {
    return readWholeFile(this.#pathOf(repository, role), MAX_PAYLOAD);
  }

  async record(repository: RepositoryName, role: Role, payload: Uint8Array): Promise<void> {
    await this.#ensureRepository(repository);
    await atomicWriteFile(this.#pathOf(repository, role), payload);
  }

  close(): Promise<void> {
    return this.#lock.release();
  }

  async #ensureRepository(repository: RepositoryName): Promise<void> {
    if (this.#repositories.has(repository)) return;
    if (this.#repositories.size >= this.#most)
      throw new WritError('KEYSTORE_REFUSED', `the signer has ${this.#most} repositories already`);
    await ensurePrivateDir(join(this.#folder, repository));
    this.#repositories.add(repository);
  }

  #pathOf(repository: RepositoryName, role: Role): string {
    return join(this.#folder, repository, `${role}.json`);
  }
}

async function repositoriesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries.filter(entry => entry.isDirectory() && !entry.name.startsWith('.'));
    for (const { name } of names) await removeDrafts(join(folder, name));
    return names.map(({ name }) => name);
  } catch (cause) {
    throw new WritError('STORE_IO', `${folder} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}
