/** Collects text as UTF-8 bytes, so that a large document never exists as a tree of small strings. */
import { WritError } from '../errors.js';

const encoder = new TextEncoder();
/** Characters that wait for being encoded: few enough to die young, enough to be worth a call. */
const CHUNK = 4096;
/** UTF-8 needs at most three bytes for one UTF-16 unit. */
const BYTES_PER_UNIT = 3;

export class ByteWriter {
  #buffer = new Uint8Array(4 * CHUNK);
  #length = 0;
  #pending = '';

  /** @param text - whole strings only: both halves of a surrogate pair, or none */
  add(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= CHUNK) this.#flush();
  }

  /**
   * All that was added.
   *
   * @throws WritError JSON_SURROGATE for a lone surrogate, which UTF-8 cannot hold; `add` may throw it earlier
   */
  bytes(): Uint8Array {
    this.#flush();
    return this.#buffer.slice(0, this.#length);
  }

  #flush(): void {
    const text = this.#pending;
    if (!text.isWellFormed())
      throw new WritError('JSON_SURROGATE', 'a string holds half of a surrogate pair');
    this.#reserve(text.length * BYTES_PER_UNIT);
    this.#length += encoder.encodeInto(text, this.#buffer.subarray(this.#length)).written;
    this.#pending = '';
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
