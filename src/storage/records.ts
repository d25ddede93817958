/** The records of an index in memory, in the order of their keys. */
import type { JsonValue } from '../json/types.js';
import type { IndexEntry } from './ports.js';

/** What a commit does to one key: a new value with its JSON text, or null when the record goes. */
export type Change = { readonly value: JsonValue; readonly text: string } | null;
export type Changes = ReadonlyMap<string, Change>;

export class Records {
  readonly #values = new Map<string, JsonValue>();
  #keys: string[] = [];

  get size(): number {
    return this.#values.size;
  }

  get(key: string): JsonValue | undefined {
    return this.#values.get(key);
  }

  /** The records whose key starts with `prefix`, sorted by key. */
  list(prefix: string): IndexEntry[] {
    const found: IndexEntry[] = [];
    for (let i = this.#position(prefix); i < this.#keys.length; i++) {
      const key = this.#keys[i];
      if (!key?.startsWith(prefix)) break;
      found.push([key, this.#values.get(key) ?? null]);
    }
    return found;
  }

  apply(changes: Changes): void {
    for (const [key, change] of changes) {
      if (change === null) this.#remove(key);
      else this.#set(key, change.value);
    }
  }

  /** Fills empty records; `entries` may come in any order. */
  load(entries: Map<string, JsonValue>): void {
    for (const [key, value] of entries) this.#values.set(key, value);
    this.#keys = [...this.#values.keys()].sort();
  }

  #set(key: string, value: JsonValue): void {
    if (!this.#values.has(key)) this.#keys.splice(this.#position(key), 0, key);
    this.#values.set(key, value);
  }

  #remove(key: string): void {
    if (this.#values.delete(key)) this.#keys.splice(this.#position(key), 1);
  }

  /** Where `key` stands, or would. */
  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Freezes a value all the way down, so that it can be handed out without a copy. */
export function freeze<T extends JsonValue>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const item of Object.values(value)) freeze(item);
  return Object.freeze(value);
}
