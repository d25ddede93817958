/**
 * The index in memory, in front of a journal that makes it durable. Transactions run one after another, each on
 * what the ones before it left; while the journal writes one batch, the next gathers (group commit). A
 * transaction resolves when its batch is durable; when a batch fails, so do all transactions that stand on it,
 * and the index is again what is durable.
 */
import { WritError } from '../errors.js';
import type { JsonValue } from '../json/types.js';
import { storeFailure } from './failure.js';
import type { IndexEntry, IndexStore, IndexTransaction } from './ports.js';
import type { Change, Changes, Records } from './records.js';
import { lay, Transaction, type Base } from './transaction.js';

/** Where commits go. */
export interface Journal {
  /** Makes all of `commits` durable, in this order, or none of them. Never called while it runs. */
  append(commits: readonly Changes[]): Promise<void>;
  close(): Promise<void>;
}

interface Pending {
  readonly changes: Changes;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: WritError) => void;
}

interface Executed<R> {
  readonly result: R;
  /** Resolves once everything that the transaction wrote, and everything that it read, is durable. */
  readonly durable: Promise<void>;
}

const MAX_BATCH = { commits: 4096, bytes: 8 * 1024 * 1024 };
export const DEFAULT_TRANSACTION_MS = 30_000;

export class TransactionalIndex implements IndexStore {
  readonly #records: Records;
  readonly #journal: Journal;
  readonly #transactionMs: number;
  /** What was executed and is not durable yet: the newest change of each key, and the commit it belongs to. */
  readonly #ahead = new Map<string, { readonly change: Change; readonly owner: Pending }>();
  #queue: Pending[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #newest: Promise<void> = Promise.resolve();
  #flushing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** Counts the failed batches, so that a running transaction learns that it stands on one. */
  #failures = 0;
  #lastFailure: WritError | undefined;

  /** @param records - what is durable; the index owns it from now on */
  constructor(records: Records, journal: Journal, transactionMs = DEFAULT_TRANSACTION_MS) {
    this.#records = records;
    this.#journal = journal;
    this.#transactionMs = transactionMs;
  }

  async get(key: string): Promise<JsonValue | undefined> {
    this.#refuseClosed();
    return this.#records.get(key);
  }

  async list(prefix: string): Promise<readonly IndexEntry[]> {
    this.#refuseClosed();
    return this.#records.list(prefix);
  }

  async folders(prefix: string): Promise<readonly string[]> {
    this.#refuseClosed();
    return this.#records.folders(prefix);
  }

  async transaction<R>(work: (tx: IndexTransaction) => R | Promise<R>): Promise<R> {
    this.#refuseClosed();
    const run = this.#turn.then(() => this.#execute(work));
    this.#turn = run.catch(() => undefined);
    const { result, durable } = await run;
    await durable;
    return result;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#finish());
  }

  async #finish(): Promise<void> {
    await this.#turn;
    await this.#flushing;
    await this.#journal.close();
  }

  async #execute<R>(work: (tx: IndexTransaction) => R | Promise<R>): Promise<Executed<R>> {
    const failures = this.#failures;
    const tx = new Transaction(this.#base);
    try {
      const result = await this.#inTime(work(tx));
      this.#refuseLost(failures);
      return { result, durable: tx.changes.size > 0 ? this.#enqueue(tx) : this.#newest };
    } catch (error) {
      this.#refuseLost(failures);
      throw error;
    } finally {
      tx.end();
    }
  }

  /** A transaction that saw what is now lost fails with the reason of the loss, whatever it made of it. */
  #refuseLost(failuresBefore: number): void {
    if (this.#failures !== failuresBefore && this.#lastFailure) throw this.#lastFailure;
  }

  readonly #base: Base = {
    get: key => {
      const ahead = this.#ahead.get(key);
      return ahead === undefined ? this.#records.get(key) : ahead.change?.value;
    },
    list: prefix => {
      const found = new Map(this.#records.list(prefix));
      for (const [key, { change }] of this.#ahead) if (key.startsWith(prefix)) lay(found, key, change);
      return found;
    },
  };

  async #inTime<R>(outcome: R | Promise<R>): Promise<R> {
    if (!(outcome instanceof Promise)) return outcome;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new WritError(
        'STORE_TIMEOUT',
        `a transaction took longer than ${this.#transactionMs} ms`,
      );
      timer = setTimeout(() => reject(error), this.#transactionMs);
    });
    try {
      return await Promise.race([outcome, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #enqueue({ changes, bytes }: Transaction): Promise<void> {
    this.#newest = new Promise((resolve, reject) => {
      const owner: Pending = { changes, bytes, resolve, reject };
      for (const [key, change] of changes) this.#ahead.set(key, { change, owner });
      this.#queue.push(owner);
    });
    this.#flushing ??= this.#flush();
    return this.#newest;
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#journal.append(batch.map(pending => pending.changes));
        this.#keep(batch);
      } catch (cause) {
        this.#drop(batch, storeFailure(cause, 'the index cannot be written'));
      }
    }
    this.#flushing = undefined;
  }

  #takeBatch(): Pending[] {
    let bytes = 0;
    const end = this.#queue.findIndex((pending, i) => {
      bytes += pending.bytes;
      return i > 0 && (i >= MAX_BATCH.commits || bytes > MAX_BATCH.bytes);
    });
    return this.#queue.splice(0, end === -1 ? this.#queue.length : end);
  }

  #keep(batch: readonly Pending[]): void {
    for (const pending of batch) {
      this.#records.apply(pending.changes);
      for (const key of pending.changes.keys()) {
        if (this.#ahead.get(key)?.owner === pending) this.#ahead.delete(key);
      }
      pending.resolve();
    }
  }

  /** Everything in the queue stands on the failed batch, or may have read from it. */
  #drop(batch: readonly Pending[], error: WritError): void {
    const lost = [...batch, ...this.#queue];
    this.#queue = [];
    this.#ahead.clear();
    this.#newest = Promise.resolve();
    this.#failures++;
    this.#lastFailure = error;
    for (const pending of lost) pending.reject(error);
  }

  #refuseClosed(): void {
    if (this.#closing) throw new WritError('STORE_CLOSED', 'the index is closed');
  }
}
