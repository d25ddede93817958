/** One transaction: what it wrote, over what it sees. */
import { WritError } from '../errors.js';
import type { JsonValue } from '../json/types.js';
import type { IndexEntry, IndexTransaction } from './ports.js';
import { freeze, type Change, type Changes } from './records.js';

const MAX_KEY = 1024;
const MAX_VALUE_BYTES = 4 * 1024 * 1024;
const MAX_TRANSACTION_BYTES = 32 * 1024 * 1024;

/** What a transaction stands on: the state that all transactions before it left, durable or not yet. */
export interface Base {
  get(key: string): JsonValue | undefined;
  list(prefix: string): Map<string, JsonValue>;
}

export class Transaction implements IndexTransaction {
  readonly #base: Base;
  readonly #changes = new Map<string, Change>();
  #bytes = 0;
  #over = false;

  constructor(base: Base) {
    this.#base = base;
  }

  get changes(): Changes {
    return this.#changes;
  }

  /** The size of what was written, as JSON. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Makes every later call fail: it would be outside of the transaction. */
  end(): void {
    this.#over = true;
  }

  async get(key: string): Promise<JsonValue | undefined> {
    this.#refuseLate();
    const own = this.#changes.get(key);
    return own === undefined ? this.#base.get(key) : own?.value;
  }

  async list(prefix: string): Promise<readonly IndexEntry[]> {
    this.#refuseLate();
    const found = this.#base.list(prefix);
    for (const [key, change] of this.#changes) if (key.startsWith(prefix)) lay(found, key, change);
    return sorted(found);
  }

  put(key: string, value: JsonValue): void {
    this.#refuseLate();
    checkKey(key);
    const text = JSON.stringify(value);
    this.#grow(key, Buffer.byteLength(text));
    this.#changes.set(key, { text, value: freeze(JSON.parse(text) as JsonValue) });
  }

  delete(key: string): void {
    this.#refuseLate();
    checkKey(key);
    this.#grow(key, 0);
    this.#changes.set(key, null);
  }

  #grow(key: string, bytes: number): void {
    if (bytes > MAX_VALUE_BYTES) {
      throw new WritError('STORE_SIZE', `the value of ${shown(key)} has ${bytes} bytes, more than 4 MiB`);
    }
    const total = this.#bytes + key.length + bytes;
    if (total > MAX_TRANSACTION_BYTES) {
      throw new WritError('STORE_SIZE', `a transaction writes more than 32 MiB, at ${shown(key)}`);
    }
    this.#bytes = total;
  }

  #refuseLate(): void {
    if (this.#over) throw new WritError('STORE_CLOSED', 'a transaction was used after its end');
  }
}

/** Puts one change over a list of records. */
export function lay(records: Map<string, JsonValue>, key: string, change: Change): void {
  if (change === null) records.delete(key);
  else records.set(key, change.value);
}

function sorted(records: Map<string, JsonValue>): IndexEntry[] {
  return [...records].sort(([a], [b]) => (a < b ? -1 : 1));
}

function checkKey(key: string): void {
  if (key.length >= 1 && key.length <= MAX_KEY && key.isWellFormed()) return;
  throw new WritError(
    'STORE_KEY',
    `a key of the index must have 1 to ${MAX_KEY} characters and no half of a surrogate pair, ${shown(key)} has not`,
  );
}

const shown = (key: string): string => JSON.stringify(key.length > 64 ? `${key.slice(0, 64)}…` : key);
