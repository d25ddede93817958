/**
 * Changes that wait to be published: one file each, in the order of their names, as Notary's own client writes and
 * reads them. client/changelist/.
 */
import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isWritError, WritError } from '../errors.js';
import { failedWith, storeFailure } from '../storage/failure.js';
import { atomicWriteFile, readWholeFile } from '../storage/files.js';
import { parseChange, writeChange, type Change } from './change.js';
import { makeFolder } from './make-folder.js';

const MAX_CHANGE = 16 * 1024 * 1024;
const MAX_CHANGES = 100_000;

/** A change and where it lies. */
export interface StagedChange {
  readonly file: string;
  /** Its place in the list, from 0: those that cannot be read count. */
  readonly place: number;
  readonly change: Change;
}

export class ChangeList {
  readonly #folder: string;
  /** Of the last change that was added: two of one moment must still be in order. */
  #last = 0n;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * All changes, oldest first.
   *
   * @param broken - is told of each file that holds none, which is then left out
   * @throws WritError NOTARY_CHANGE for such a file where nobody is told, STORE_IO
   */
  async list(broken?: (failure: WritError, place: number) => void): Promise<readonly StagedChange[]> {
    const staged: StagedChange[] = [];
    for (const [place, file] of (await this.#names()).entries()) {
      const bytes = await readWholeFile(join(this.#folder, file), MAX_CHANGE);
      try {
        if (bytes !== null) staged.push({ file, place, change: parseChange(bytes, file) });
      } catch (error) {
        if (broken === undefined || !isWritError(error, 'NOTARY_CHANGE')) throw error;
        broken(error, place);
      }
    }
    return staged;
  }

  /**
   * Stages changes at the end of the list.
   *
   * @param now - milliseconds since 1970
   * @throws WritError STORE_FULL, STORE_IO
   */
  async add(changes: readonly Change[], now: number): Promise<void> {
    if (changes.length > 0) await makeFolder(this.#folder);
    for (const change of changes) {
      const after = await this.#latest();
      const moment = BigInt(now) * 1_000_000n;
      this.#last = moment > after ? moment : after + 1n;
      const name = `${String(this.#last).padStart(20, '0')}_${randomUUID()}.change`;
      await atomicWriteFile(join(this.#folder, name), writeChange(change));
    }
  }

  /**
   * Takes back changes.
   *
   * @param which - places in the list, from 0; places that are not in it do not count. Without it, all changes, and
   *   also files that cannot be read
   * @throws WritError STORE_IO
   */
  async remove(which?: ReadonlySet<number>): Promise<void> {
    const names = await this.#names();
    await this.#removeFiles(names.filter((_, place) => which === undefined || which.has(place)));
  }

  /** Takes back changes that were published. @throws WritError STORE_IO */
  async removeStaged(changes: readonly StagedChange[]): Promise<void> {
    await this.#removeFiles(changes.map(({ file }) => file));
  }

  async #removeFiles(names: readonly string[]): Promise<void> {
    for (const name of names) {
      try {
        await rm(join(this.#folder, name), { force: true });
      } catch (cause) {
        throw storeFailure(cause, `the change ${name} cannot be removed`);
      }
    }
  }

  /** The moment of the last change, in nanoseconds. */
  async #latest(): Promise<bigint> {
    const [moment = ''] = ((await this.#names()).at(-1) ?? '').split('_', 1);
    const there = /^\d{1,20}$/.test(moment) ? BigInt(moment) : 0n;
    return there > this.#last ? there : this.#last;
  }

  async #names(): Promise<string[]> {
    try {
      const entries = await readdir(this.#folder, { withFileTypes: true });
      const names = entries.filter(entry => entry.isFile() && !entry.name.startsWith('.'));
      if (names.length <= MAX_CHANGES) return names.map(({ name }) => name).sort();
      throw new WritError('NOTARY_CHANGE', `more than ${MAX_CHANGES} changes are staged`);
    } catch (cause) {
      if (failedWith(cause, 'ENOENT')) return [];
      throw storeFailure(cause, `the changes in ${this.#folder} cannot be read`);
    }
  }
}
