/**
 * OLPC canonical JSON, the bytes that TUF signs: keys sorted by code point, no white space, integers only,
 * strings escape nothing but `"` and `\`. Not RFC 8785, and not always JSON: control characters stand as they are.
 * http://wiki.laptop.org/go/Canonical_JSON · TUF specification §4.2
 */
import { WritError } from '../errors.js';
import { ByteWriter } from './byte-writer.js';
import type { JsonObject, JsonValue } from './types.js';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The canonical bytes of `value`.
 *
 * @throws WritError JSON_NUMBER for a number that is no safe integer, JSON_SURROGATE for a lone surrogate
 */
export function canonicalBytes(value: JsonValue): Uint8Array {
  const writer = new ByteWriter();
  write(value, writer);
  return writer.bytes();
}

/** The canonical text of `value`; see {@link canonicalBytes}. */
export function canonicalText(value: JsonValue): string {
  return decoder.decode(canonicalBytes(value));
}

function write(value: JsonValue, out: ByteWriter): void {
  if (value === null) {
    out.add('null');
    return;
  }
  switch (typeof value) {
    case 'boolean':
      out.add(value ? 'true' : 'false');
      return;
    case 'number':
      out.add(canonicalInteger(value));
      return;
    case 'string':
      out.add(canonicalString(value));
      return;
    default:
      if (Array.isArray(value)) writeArray(value as readonly JsonValue[], out);
      else writeObject(value as JsonObject, out);
  }
}

function writeArray(items: readonly JsonValue[], out: ByteWriter): void {
  out.add('[');
  let separator = '';
  for (const item of items) {
    out.add(separator);
    write(item, out);
    separator = ',';
  }
  out.add(']');
}

function writeObject(object: JsonObject, out: ByteWriter): void {
  out.add('{');
  let separator = '';
  for (const key of sortByCodePoint(Object.keys(object))) {
    out.add(`${separator}${canonicalString(key)}:`);
    write(object[key] ?? null, out);
    separator = ',';
  }
  out.add('}');
}

function canonicalInteger(value: number): string {
  if (!Number.isSafeInteger(value)) {
    throw new WritError('JSON_NUMBER', `the number ${value} is not an integer within ±(2^53 − 1)`);
  }
  return String(value); // −0 is written 0
}

const NEEDS_ESCAPE = /["\\]/;
const ESCAPED = /["\\]/g;

function canonicalString(value: string): string {
  return NEEDS_ESCAPE.test(value) ? `"${value.replace(ESCAPED, '\\$&')}"` : `"${value}"`;
}

const SURROGATE = /[\ud800-\udfff]/;

/** Sorts in place. UTF-16 order is code point order unless a key reaches beyond the basic plane. */
function sortByCodePoint(keys: string[]): string[] {
  return keys.some(key => SURROGATE.test(key)) ? keys.sort(compareCodePoints) : keys.sort();
}

function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Moves surrogates above U+FFFF, where the code points that they write belong. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
