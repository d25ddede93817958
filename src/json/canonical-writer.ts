/** Canonical JSON, byte by byte: for every document, and the quickest for large ones. See canonical.ts. */
import { WritError } from '../errors.js';
import { checkInteger, sortByCodePoint } from './order.js';
import type { JsonObject, JsonValue } from './types.js';

const encoder = new TextEncoder();
const FIRST_SIZE = 16 * 1024;
/** UTF-8 needs at most three bytes for one UTF-16 unit; an ASCII character at most two with its escape. */
const BYTES_PER_UNIT = 3;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEEDS_ESCAPE = /["\\]/g;

/**
 * The canonical bytes of `value`.
 *
 * @throws WritError JSON_NUMBER for a number that is no safe integer, JSON_SURROGATE for a lone surrogate
 */
export function writeCanonical(value: JsonValue): Uint8Array {
  const writer = new CanonicalWriter();
  writer.value(value);
  return writer.bytes();
}

class CanonicalWriter {
  #buffer = new Uint8Array(FIRST_SIZE);
  #length = 0;

  value(value: JsonValue): void {
    if (typeof value === 'string') this.#string(value);
    else if (typeof value === 'number')
      this.#ascii(String(checkInteger(value))); // −0 is written 0
    else if (typeof value === 'boolean' || value === null) this.#ascii(String(value));
    else if (Array.isArray(value)) this.#array(value as readonly JsonValue[]);
    else this.#object(value as JsonObject);
  }

  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #array(items: readonly JsonValue[]): void {
    this.#ascii('[');
    let isFirst = true;
    for (const item of items) {
      if (!isFirst) this.#ascii(',');
      isFirst = false;
      this.value(item);
    }
    this.#ascii(']');
  }

  #object(object: JsonObject): void {
    this.#ascii('{');
    let isFirst = true;
    for (const key of sortByCodePoint(Object.keys(object))) {
      if (!isFirst) this.#ascii(',');
      isFirst = false;
      this.#string(key);
      this.#ascii(':');
      this.value(object[key] ?? null);
    }
    this.#ascii('}');
  }

  #ascii(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#buffer[this.#length++] = text.charCodeAt(i);
  }

  #string(text: string): void {
    this.#reserve(text.length * BYTES_PER_UNIT + 2);
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        this.#unicode(text);
        return;
      }
      if (code === QUOTE || code === BACKSLASH) buffer[at++] = BACKSLASH;
      buffer[at++] = code;
    }
    buffer[at++] = QUOTE;
    this.#length = at;
  }

  /** There is room already: an escape is needed only where one byte is. */
  #unicode(text: string): void {
    if (!text.isWellFormed())
      throw new WritError('JSON_SURROGATE', 'a string holds half of a surrogate pair');
    const written = `"${text.replace(NEEDS_ESCAPE, '\\$&')}"`;
    this.#length += encoder.encodeInto(written, this.#buffer.subarray(this.#length)).written;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
