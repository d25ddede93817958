/** A durable register of version numbers that only grow, in an index: what online signers remember. */
import type { IndexStore, IndexTransaction } from './ports.js';

export class VersionRegister {
  readonly #index: IndexStore;
  readonly #prefix: string;
  readonly #refuse: (repository: string, role: string, version: number, last: number) => Error;

  /**
   * @param prefix - of the register's keys in the index
   * @param refuse - the error for a version that is not above the last
   */
  constructor(
    index: IndexStore,
    prefix: string,
    refuse: (repository: string, role: string, version: number, last: number) => Error,
  ) {
    this.#index = index;
    this.#prefix = prefix;
    this.#refuse = refuse;
  }

  /** The last version recorded, 0 when there is none. */
  async last(repository: string, role: string): Promise<number> {
    return asVersion(await this.#index.get(this.#keyOf(repository, role)));
  }

  /** Records `version`, durable before it resolves; the index is left alone when it is not above the last. */
  async advance(repository: string, role: string, version: number): Promise<void> {
    await this.#index.transaction(tx => this.#advanceIn(tx, repository, role, version));
  }

  async #advanceIn(tx: IndexTransaction, repository: string, role: string, version: number): Promise<void> {
    const key = this.#keyOf(repository, role);
    const last = asVersion(await tx.get(key));
    if (version <= last) throw this.#refuse(repository, role, version, last);
    tx.put(key, version);
  }

  #keyOf(repository: string, role: string): string {
    return `${this.#prefix}${JSON.stringify([repository, role])}`;
  }
}

const asVersion = (value: unknown): number => (typeof value === 'number' ? value : 0);
