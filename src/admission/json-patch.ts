/** JSON Patch (RFC 6902) operations and JSON Pointer (RFC 6901) paths. */
import { member, type JsonObject, type JsonValue } from '../json/types.js';

export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string };

/** `/metadata/annotations/writ.dev~1grants`: `~` is written `~0` and `/` is written `~1` (RFC 6901 §3). */
export function pointer(...steps: readonly (string | number)[]): string {
  return steps.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * Sets the member `key` of an object: `replace` where it is, `add` where it is not.
 *
 * @param at - pointer of the object, which must exist
 */
export function setMember(object: JsonObject, at: string, key: string, value: JsonValue): PatchOperation {
  return { op: Object.hasOwn(object, key) ? 'replace' : 'add', path: at + pointer(key), value };
}

/**
 * Sets members of an object that may itself be missing (or null): then it is added with all of them at once.
 *
 * @param parent - the object that holds it, at `at`; it must exist
 */
export function setMembers(
  parent: JsonObject,
  at: string,
  key: string,
  members: ReadonlyMap<string, JsonValue>,
): PatchOperation[] {
  if (members.size === 0) return [];
  const existing = member(parent, key);
  if (typeof existing !== 'object' || existing === null || Array.isArray(existing)) {
    return [setMember(parent, at, key, Object.fromEntries(members))];
  }
  const object = existing as JsonObject;
  return [...members]
    .filter(([name, value]) => member(object, name) !== value)
    .map(([name, value]) => setMember(object, at + pointer(key), name, value));
}
