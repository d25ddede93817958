/**
 * OLPC canonical JSON, the bytes that TUF signs: keys sorted by code point, no white space, integers only,
 * strings escape nothing but `"` and `\`. Not RFC 8785, and not always JSON: control characters stand as they are.
 * http://wiki.laptop.org/go/Canonical_JSON · TUF specification §4.2
 */
import { WritError } from '../errors.js';
import type { JsonObject, JsonValue } from './types.js';

const encoder = new TextEncoder();

/**
 * The canonical bytes of `value`.
 *
 * @throws WritError JSON_NUMBER for a number that is no safe integer, JSON_SURROGATE for a lone surrogate
 */
export function canonicalBytes(value: JsonValue): Uint8Array {
  return encoder.encode(canonicalText(value));
}

/** The canonical text of `value`; see {@link canonicalBytes}. */
export function canonicalText(value: JsonValue): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return canonicalInteger(value);
    case 'string':
      return canonicalString(value);
    default:
      return Array.isArray(value)
        ? `[${(value as readonly JsonValue[]).map(canonicalText).join(',')}]`
        : canonicalObject(value as JsonObject);
  }
}

function canonicalInteger(value: number): string {
  if (!Number.isSafeInteger(value)) {
    throw new WritError('JSON_NUMBER', `the number ${value} is not an integer within ±(2^53 − 1)`);
  }
  return String(value); // −0 is written 0
}

const NEEDS_ESCAPE = /["\\]/g;

function canonicalString(value: string): string {
  if (!value.isWellFormed()) throw new WritError('JSON_SURROGATE', 'a string holds half of a surrogate pair');
  return `"${value.replace(NEEDS_ESCAPE, '\\$&')}"`;
}

function canonicalObject(value: JsonObject): string {
  const keys = sortByCodePoint(Object.keys(value));
  return `{${keys.map(key => `${canonicalString(key)}:${canonicalText(value[key] ?? null)}`).join(',')}}`;
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
