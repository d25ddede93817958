/** The embedded {@link IndexStore}: lowdb with an adapter that appends, and one process at a time. */
import { join } from 'node:path';
import { Low } from 'lowdb';
import {
  COMMIT_ADAPTER_DEFAULTS,
  CommitAdapter,
  type CommitAdapterOptions,
  type IndexData,
} from './commit-adapter.js';
import { storeFailure } from './failure.js';
import { ensureDataDir } from './files.js';
import { acquireLock, type Lock } from './lock.js';
import type { IndexStore } from './ports.js';
import { Records } from './records.js';
import { DEFAULT_TRANSACTION_MS, TransactionalIndex, type Journal } from './transactional-index.js';

export interface LowdbIndexOptions extends Partial<CommitAdapterOptions> {
  /** The longest time that the work of one transaction may take, in milliseconds. */
  readonly transactionMs?: number;
}

/**
 * Opens, or makes, the index in the folder `<root>/index`.
 *
 * @throws WritError STORE_LOCKED when another process has it open, STORE_CORRUPT, STORE_PERMISSIONS, STORE_FULL,
 *   STORE_IO
 */
export async function openLowdbIndex(root: string, options: LowdbIndexOptions = {}): Promise<IndexStore> {
  const dir = join(root, 'index');
  await ensureDataDir(dir);
  const lock = await acquireLock(join(dir, 'lock'), `the store ${root}`);
  const adapter = new CommitAdapter(dir, { ...COMMIT_ADAPTER_DEFAULTS, ...options });
  try {
    const db = new Low<IndexData>(adapter, { records: new Records(), unwritten: [] });
    await db.read();
    const journal = new LowdbJournal(db, adapter, lock);
    return new TransactionalIndex(db.data.records, journal, options.transactionMs ?? DEFAULT_TRANSACTION_MS);
  } catch (cause) {
    await adapter.close();
    await lock.release();
    throw storeFailure(cause, `the index ${dir} cannot be opened`);
  }
}

class LowdbJournal implements Journal {
  readonly #db: Low<IndexData>;
  readonly #adapter: CommitAdapter;
  readonly #lock: Lock;

  constructor(db: Low<IndexData>, adapter: CommitAdapter, lock: Lock) {
    this.#db = db;
    this.#adapter = adapter;
    this.#lock = lock;
  }

  async append(commits: IndexData['unwritten']): Promise<void> {
    this.#db.data.unwritten = commits;
    try {
      await this.#db.write();
    } finally {
      this.#db.data.unwritten = [];
    }
  }

  async close(): Promise<void> {
    try {
      await this.#adapter.close();
    } finally {
      await this.#lock.release();
    }
  }
}
