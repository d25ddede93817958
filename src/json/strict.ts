/**
 * The strict reader: JSON.parse is the grammar (RFC 8259), one scan over the text finds what JSON.parse hides
 * (duplicate keys, fractions and exponents, nesting), one walk over the values finds what it bends
 * (integers beyond 2^53 − 1, −0, lone surrogates).
 */
import { WritError } from '../errors.js';
import type { JsonValue } from './types.js';

export interface StrictOptions {
  /** The most bytes that are read at all. */
  maxBytes?: number;
  /** The deepest nesting of objects and arrays. */
  maxDepth?: number;
  /** `integer` (signed metadata): fractions, exponents and −0 are refused. `any` (Kubernetes objects): they pass. */
  numbers?: 'integer' | 'any';
}

const DEFAULTS = { maxBytes: 8 * 1024 * 1024, maxDepth: 64, numbers: 'integer' } as const;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parse the bytes of one JSON document.
 *
 * @param bytes - UTF-8, no byte order mark
 * @returns the value; objects keep the order of their keys, `__proto__` is an own member like any other
 * @throws WritError JSON_SIZE, JSON_UTF8, JSON_SYNTAX, JSON_DEPTH, JSON_NUMBER, JSON_SURROGATE, JSON_DUPLICATE_KEY
 */
export function parseStrict(bytes: Uint8Array, options: StrictOptions = {}): JsonValue {
  const { maxBytes, maxDepth, numbers } = { ...DEFAULTS, ...options };
  if (bytes.length > maxBytes) {
    throw new WritError('JSON_SIZE', `the document has ${bytes.length} bytes, more than ${maxBytes}`);
  }
  const text = decodeUtf8(bytes);
  const keys = scan(text, maxDepth, numbers);
  const value = parseNative(text);
  const kept = inspect(value, numbers);
  // Keys written and keys kept differ exactly when JSON.parse dropped a duplicate.
  if (kept !== keys) throw duplicateKey(text);
  // UTF-8 cannot hold half a pair: only an escape can have brought one in.
  if (SURROGATE_ESCAPE.test(text) && !wellFormed(value)) {
    throw new WritError('JSON_SURROGATE', 'a string holds half of a surrogate pair');
  }
  return value;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new WritError('JSON_UTF8', 'the document is not UTF-8', { cause });
  }
}

function parseNative(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new WritError('JSON_SYNTAX', `not JSON: ${(cause as Error).message}`, { cause });
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** `\ud…`, the beginning of every escape that writes a surrogate; found too often, never too seldom. */
const SURROGATE_ESCAPE = /\\u[dD]/;

/** One pass outside of strings: counts keys, bounds depth, refuses numbers that are not written as integers. */
function scan(text: string, maxDepth: number, numbers: 'integer' | 'any'): number {
  let keys = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i);
        break;
      case COLON:
        keys++;
        break;
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > maxDepth) {
          throw new WritError(
            'JSON_DEPTH',
            `the document is nested deeper than ${maxDepth} levels, at offset ${i}`,
          );
        }
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        break;
      case 0x2e: // .
        if (numbers === 'integer') throw notInteger(i);
        break;
      case 0x65: // e
      case 0x45: // E
        if (numbers === 'integer' && isDigit(text.charCodeAt(i - 1))) throw notInteger(i);
        break;
    }
  }
  return keys;
}

/** The offset of the closing quote of the string that opens at `start`; the end of the text if there is none. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text.charCodeAt(before - 1) === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

function notInteger(offset: number): WritError {
  return new WritError('JSON_NUMBER', `the number at offset ${offset} is not a plain integer`);
}

/** Counts the keys that were kept, and refuses numbers that JSON.parse rounded. */
function inspect(value: JsonValue, numbers: 'integer' | 'any'): number {
  if (typeof value === 'number') {
    checkNumber(value, numbers);
    return 0;
  }
  if (typeof value !== 'object' || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) keys += inspect(item, numbers);
    return keys;
  }
  for (const item of Object.values(value)) keys += 1 + inspect(item, numbers);
  return keys;
}

function checkNumber(value: number, numbers: 'integer' | 'any'): void {
  if (numbers === 'any' ? Number.isFinite(value) : Number.isSafeInteger(value) && !Object.is(value, -0))
    return;
  const written = Object.is(value, -0) ? '-0' : String(value);
  throw new WritError('JSON_NUMBER', `the number ${written} is not an integer within ±(2^53 − 1)`);
}

function wellFormed(value: JsonValue): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(wellFormed);
  return Object.entries(value).every(([key, item]) => key.isWellFormed() && wellFormed(item));
}

/** The slow path, taken once a duplicate is known to exist: find it, to name it. */
function duplicateKey(text: string): WritError {
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(null);
    else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const end = endOfString(text, i);
      const keys = open.at(-1);
      if (keys && /^\s*:/.test(text.slice(end + 1, end + 65))) {
        const key = JSON.parse(text.slice(i, end + 1)) as string;
        if (keys.has(key))
          return new WritError(
            'JSON_DUPLICATE_KEY',
            `the key ${JSON.stringify(key)} appears twice, at offset ${i}`,
          );
        keys.add(key);
      }
      i = end;
    }
  }
  return new WritError('JSON_DUPLICATE_KEY', 'an object names one key twice');
}
