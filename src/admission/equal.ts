import { isJsonObject, member, type JsonValue } from '../json/types.js';

/** True iff both are the same JSON value; the order of members does not count. Linear in the smaller one. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return (
      a.length === b.length && a.every((item: JsonValue, i) => sameJson(item, (b as readonly JsonValue[])[i]))
    );
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(key => Object.hasOwn(b, key) && sameJson(a[key], member(b, key)))
  );
}
