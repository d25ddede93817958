/**
 * JSON with integers up to 2^64 − 1, which a JavaScript number cannot hold: seccomp tests masks of 64 bits. In memory such an
 * integer is a string that JSON texts are refused to hold; in texts it is a number like any other.
 */
import { WritError } from '../errors.js';
import { canonicalText } from './canonical.js';
import { integerAt, textOf, pathOf, type Path } from './read.js';
import { parseStrict, type StrictOptions } from './strict.js';
import { member, type JsonObject, type JsonValue } from './types.js';

const MARK = '\0';
const MOST = 2n ** 64n - 1n;
const ESCAPED_MARK = '\\u0000';
/** A string, or an integer too long to be a safe one, which is no key; what else stands in a text is skipped. */
const TOKEN = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])[1-9]\d{15,19}(?![\d.eE]|\s*:)/g;
const WRITTEN = new RegExp(`"${MARK}(\\d+)"`, 'g');

/** `value` as a member of what {@link wideText} writes. @param value - 0 to 2^64 − 1 */
export function wideInteger(value: bigint): JsonValue {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : `${MARK}${value}`;
}

/**
 * As {@link parseStrict}; integers from 2^53 on are read by {@link wideIntegerAt} alone.
 *
 * @throws WritError as parseStrict, and JSON_NUMBER for a string that holds U+0000
 */
export function parseWide(bytes: Uint8Array, options: StrictOptions = {}): JsonValue {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.includes(ESCAPED_MARK)) throw new WritError('JSON_NUMBER', 'a string holds U+0000');
  const marked = text.replace(TOKEN, token =>
    token.startsWith('"') || BigInt(token) <= BigInt(Number.MAX_SAFE_INTEGER) || BigInt(token) > MOST
      ? token
      : `"${ESCAPED_MARK}${token}"`,
  );
  return parseStrict(marked === text ? bytes : Buffer.from(marked, 'latin1'), options);
}

/** Canonical JSON, with wide integers as numbers. @throws WritError JSON_NUMBER, JSON_SURROGATE */
export function wideText(value: JsonValue): string {
  return canonicalText(value).replace(WRITTEN, '$1');
}

/** The member `key`, an integer from 0 to 2^64 − 1. @throws WritError JSON_TYPE */
export function wideIntegerAt(object: JsonObject, key: string, path: Path): bigint {
  const value = member(object, key);
  if (typeof value === 'string' && value.startsWith(MARK)) return BigInt(value.slice(MARK.length));
  if (typeof value === 'number' && value >= 0 && !Number.isSafeInteger(value)) {
    throw new WritError('JSON_TYPE', `${textOf(pathOf(path, key))} must be an integer of at most 64 bits`);
  }
  return BigInt(integerAt(object, key, path, 0, Number.MAX_SAFE_INTEGER));
}

/** An integer of any size that {@link parseWide} read, negative ones too; undefined for what is none. */
export function wideValue(value: JsonValue | undefined): bigint | undefined {
  if (typeof value === 'string' && value.startsWith(MARK)) return BigInt(value.slice(MARK.length));
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined;
}
