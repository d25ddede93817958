/**
 * OLPC canonical JSON, the bytes that TUF signs: keys sorted by code point, no white space, integers only,
 * strings escape nothing but `"` and `\`. Not RFC 8785, and not always JSON: control characters stand as they are.
 * http://wiki.laptop.org/go/Canonical_JSON · TUF specification §4.2
 *
 * Most of what is written here is what JSON.stringify writes of an ordered copy, and that is quick in a process that
 * has just started. What differs is written by canonical-writer.ts.
 */
import { writeCanonical } from './canonical-writer.js';
import { checkInteger } from './order.js';
import { isJsonObject, type JsonObject, type JsonValue } from './types.js';

const encoder = new TextEncoder();
// No document begins with a byte order mark: none begins with a string's content.
const decoder = new TextDecoder();

/**
 * The canonical bytes of `value`.
 *
 * @throws WritError JSON_NUMBER for a number that is no safe integer, JSON_SURROGATE for a lone surrogate
 */
export function canonicalBytes(value: JsonValue): Uint8Array {
  const ordering = new Ordering();
  const text = JSON.stringify(ordering.value(value));
  const bytes = encoder.encode(text);
  const isPlain = bytes.length === text.length && !text.includes('\\');
  if (ordering.failed || !(isPlain || !PECULIAR.test(text))) return writeCanonical(value);
  return bytes;
}

/** The canonical text of `value`; see {@link canonicalBytes}. */
export function canonicalText(value: JsonValue): string {
  return decoder.decode(canonicalBytes(value));
}

/** Escapes that canonical JSON does not know, and what JavaScript sorts in another order. */
const PECULIAR = /\\[^"\\]|[\ud800-\udfff]/;

const DIGIT = /^[0-9]/;

class Ordering {
  /** Some object has keys that JavaScript would not keep in order. */
  failed = false;

  /** `value` with the keys of all objects in order; itself where they are so already. */
  value(value: JsonValue): JsonValue {
    if (typeof value === 'number') return checkInteger(value);
    if (Array.isArray(value)) return this.#array(value as readonly JsonValue[]);
    return isJsonObject(value) ? this.#object(value) : value;
  }

  #array(items: readonly JsonValue[]): JsonValue {
    let ordered: JsonValue[] | undefined;
    for (let i = 0; i < items.length; i++) {
      const item = items[i] ?? null;
      if (typeof item === 'string') continue;
      const kept = this.value(item);
      if (kept !== item) (ordered ??= [...items])[i] = kept;
    }
    return ordered ?? items;
  }

  #object(object: JsonObject): JsonValue {
    const keys = Object.keys(object);
    let copy: Record<string, JsonValue> | undefined;
    if (!isAscending(keys)) {
      copy = {};
      // Objects have the keys that look like an index first, whatever is put into them first.
      if (DIGIT.test(keys[0] ?? '')) this.failed = true;
      keys.sort();
    }
    for (const key of keys) {
      const item = object[key] ?? null;
      const kept = typeof item === 'string' ? item : this.value(item);
      if (kept !== item) copy ??= { ...object };
      if (copy === undefined) continue;
      copy[key] = kept;
      if (key === '__proto__') this.failed = true;
    }
    return copy ?? object;
  }
}

function isAscending(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] ?? '') > (keys[i] ?? '')) return false;
  return true;
}
