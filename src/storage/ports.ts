/** What the rooms above ask of storage. Every adapter of a port passes one contract suite (test/storage). */
import type { JsonValue } from '../json/types.js';

/** Bytes that are on their way into a store. Whoever began it keeps or drops it, once. */
export interface BlobDraft {
  /** The name that the blob will have. */
  readonly sha256: Promise<string>;
  /**
   * The blob is there, and durable, when it resolves.
   *
   * @returns its name
   * @throws WritError STORE_FULL, STORE_IO
   */
  keep(): Promise<string>;
  /** As if it had never begun; never throws. */
  drop(): Promise<void>;
}

/** Immutable files, named by the SHA-256 of their bytes in lower-case hex. */
export interface BlobStore {
  /**
   * Stores `bytes`; durable before it resolves, and nothing happens when they are there already.
   *
   * @returns the SHA-256, 64 hex digits
   * @throws WritError STORE_SIZE for bytes beyond the store's limit, STORE_FULL, STORE_IO
   */
  put(bytes: Uint8Array): Promise<string>;
  /**
   * Begins to store `bytes`: they go to the disk while the caller finds out whether they are wanted. A draft that a
   * crash leaves is no blob.
   *
   * @param bytes - must not change until the draft is kept or dropped
   * @throws WritError STORE_SIZE for bytes beyond the store's limit, STORE_FULL, STORE_IO
   */
  begin(bytes: Uint8Array): Promise<BlobDraft>;
  /**
   * The bytes, verified against their name, or null when there are none.
   *
   * @throws WritError STORE_KEY for a name that is no SHA-256, STORE_CORRUPT, STORE_IO
   */
  get(sha256: string): Promise<Uint8Array | null>;
  /**
   * `length` bytes from `offset` on, or null when there is no blob, or it is too short. Not verified: the name is the
   * hash of the whole, so who asks for a part must know the hash of that.
   *
   * @throws WritError STORE_KEY, STORE_IO
   */
  part(sha256: string, offset: number, length: number): Promise<Uint8Array | null>;
  /**
   * True iff there is a blob of that name; its bytes are not read.
   *
   * @throws WritError STORE_KEY, STORE_IO
   */
  has(sha256: string): Promise<boolean>;
  /**
   * Removes a blob; nothing happens when there is none.
   *
   * @throws WritError STORE_KEY, STORE_IO
   */
  delete(sha256: string): Promise<void>;
}

/** One record: keys sort by UTF-16 unit; values are frozen, so a caller cannot change the store through them. */
export type IndexEntry = readonly [key: string, value: JsonValue];

/** What can be read: of the store outside of transactions (durable records only), and within one. */
export interface IndexReader {
  get(key: string): Promise<JsonValue | undefined>;
  /** All records whose key starts with `prefix` (`''`: all), sorted by key. */
  list(prefix: string): Promise<readonly IndexEntry[]>;
}

/** The view of one transaction: it sees what it wrote. Unusable once the transaction is over. */
export interface IndexTransaction extends IndexReader {
  /**
   * @param key - 1 to 1,024 UTF-16 units, without lone surrogates
   * @param value - at most 4 MiB as JSON; copied
   * @throws WritError STORE_KEY, STORE_SIZE (also when the transaction as a whole passes 32 MiB)
   */
  put(key: string, value: JsonValue): void;
  /** Deletes a record; nothing happens when there is none. */
  delete(key: string): void;
}

export interface IndexStore extends IndexReader {
  /**
   * What stands between `prefix` and the next `/` of the keys of durable records, each once, sorted. Takes a step for
   * each of them, however many records it has.
   */
  folders(prefix: string): Promise<readonly string[]>;
  /**
   * Runs `work` as if it were alone (serialisable) and stores what it wrote: all or nothing, durable before the
   * promise resolves. When `work` throws, nothing is stored and the error is passed on.
   *
   * `work` must be short, must not start another transaction, must act only through `tx`, and may be run again
   * by stores that resolve conflicts by repetition.
   *
   * @throws WritError STORE_FULL, STORE_IO, STORE_CLOSED, STORE_TIMEOUT (`work` did not finish in time)
   */
  transaction<R>(work: (tx: IndexTransaction) => R | Promise<R>): Promise<R>;
  /** Waits for running transactions and releases the store; no method works afterwards. */
  close(): Promise<void>;
}
