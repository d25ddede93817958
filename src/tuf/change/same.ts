/** Equality of parts of the model: as they would be written, so that nothing that is signed escapes a comparison. */
import { canonicalBytes } from '../../json/canonical.js';
import type { JsonObject, JsonValue } from '../../json/types.js';

/** True iff both are written alike; undefined is written as nothing. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.compare(canonicalBytes(a), canonicalBytes(b)) === 0;
}

/** The members that `a` and `b` do not have alike, sorted. */
export function membersThatDiffer(a: JsonObject = {}, b: JsonObject = {}): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter(name => !sameJson(own(a, name), own(b, name))).sort();
}

const own = (object: JsonObject, name: string): JsonValue | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;
