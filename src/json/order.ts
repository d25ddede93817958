/** The order and the numbers of canonical JSON. */
import { WritError } from '../errors.js';

const SURROGATE = /[\ud800-\udfff]/;

/** Sorts in place. UTF-16 order is code point order unless a key reaches beyond the basic plane. */
export function sortByCodePoint(keys: string[]): string[] {
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

/** Orders UTF-16 units as the code points that they write: surrogates come after U+FFFF. */
export const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** @throws WritError JSON_NUMBER for a number that is no safe integer */
export function checkInteger(value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new WritError('JSON_NUMBER', `the number ${value} is not an integer within ±(2^53 − 1)`);
}
