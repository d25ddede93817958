/** The records of an index in memory, in the order of their keys. */
import type { JsonValue } from '../json/types.js';
import type { IndexEntry } from './ports.js';

/** What a commit does to one key: a new value with its JSON text, or null when the record goes. */
export type Change = { readonly value: JsonValue; readonly text: string } | null;
export type Changes = ReadonlyMap<string, Change>;

/** Up to so many new keys are put into the sorted ones one by one. */
const FEW = 32;

export class Records {
  readonly #values = new Map<string, JsonValue>();
  /** Sorted; may hold keys that were deleted, never one twice. */
  #keys: string[] = [];
  /** Keys that came since the last `list`, in any order: sorting waits until somebody asks. */
  #fresh: string[] = [];

  get size(): number {
    return this.#values.size;
  }

  get(key: string): JsonValue | undefined {
    return this.#values.get(key);
  }

  /** The records whose key starts with `prefix`, sorted by key. */
  list(prefix: string): IndexEntry[] {
    this.#sort();
    const found: IndexEntry[] = [];
    for (let i = this.#position(prefix); i < this.#keys.length; i++) {
      const key = this.#keys[i];
      if (!key?.startsWith(prefix)) break;
      const value = this.#values.get(key);
      if (value !== undefined) found.push([key, value]);
    }
    return found;
  }

  /** What stands between `prefix` and the next `/` of keys, each once, sorted. */
  folders(prefix: string): string[] {
    this.#sort();
    const found: string[] = [];
    let at = this.#position(prefix);
    for (let key = this.#keys[at]; key?.startsWith(prefix) === true; key = this.#keys[at]) {
      const end = key.indexOf('/', prefix.length);
      if (end === -1 || !this.#values.has(key)) {
        at++;
        continue;
      }
      found.push(key.slice(prefix.length, end));
      at = this.#position(`${key.slice(0, end)}0`, at); // all of the folder is left out: 0 comes after /
    }
    return found;
  }

  apply(changes: Changes): void {
    for (const [key, change] of changes) {
      if (change === null) this.#values.delete(key);
      else this.#set(key, change.value);
    }
  }

  /** Fills empty records; `entries` may come in any order. */
  load(entries: Map<string, JsonValue>): void {
    for (const [key, value] of entries) this.#set(key, value);
  }

  #set(key: string, value: JsonValue): void {
    if (!this.#values.has(key)) this.#fresh.push(key);
    this.#values.set(key, value);
  }

  #sort(): void {
    const known = this.#keys.length + this.#fresh.length;
    if (this.#fresh.length > FEW || known > 2 * this.#values.size + FEW) {
      // Two sorted runs, which the sort of arrays merges in one pass.
      const all = [...this.#keys, ...this.#fresh.sort()].sort();
      this.#keys = all.filter((key, i) => this.#values.has(key) && key !== all[i - 1]);
    } else {
      for (const key of this.#fresh) this.#insert(key);
    }
    this.#fresh = [];
  }

  #insert(key: string): void {
    const at = this.#position(key);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  /** Where `key` stands, or would; not before `from`. */
  #position(key: string, from = 0): number {
    let low = from;
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
