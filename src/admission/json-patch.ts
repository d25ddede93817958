/** JSON Patch (RFC 6902) operations and JSON Pointer (RFC 6901) paths. */
import { isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';

export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string };

/** `/metadata/annotations/writ.dev~1grants`: `~` is written `~0` and `/` is written `~1` (RFC 6901 §3). */
export function pointer(...steps: readonly (string | number)[]): string {
  let path = '';
  for (const step of steps) path += `/${escaped(String(step))}`;
  return path;
}

const SPECIAL = /[~/]/;

/** Members that many patches set alike, as one object and its text. */
const SHARED = new WeakMap<ReadonlyMap<string, JsonValue>, JsonObject>();
const TEXTS = new WeakMap<object, string>();

/** Writes members once that are the same for many pods. @param members - never changed again */
export function share<M extends ReadonlyMap<string, JsonValue>>(members: M): M {
  const object = Object.fromEntries(members);
  SHARED.set(members, object);
  for (const value of [object, ...members.values()]) {
    if (typeof value === 'object' && value !== null) TEXTS.set(value, JSON.stringify(value));
  }
  return members;
}

/** The patch as JSON. */
export function patchText(patch: readonly PatchOperation[]): string {
  return `[${patch.map(operationText).join(',')}]`;
}

function operationText(operation: PatchOperation): string {
  const { op, path } = operation;
  const head = `{"op":"${op}","path":${quoted(path)}`;
  return op === 'remove' ? `${head}}` : `${head},"value":${valueText(operation.value)}}`;
}

function valueText(value: JsonValue): string {
  if (typeof value === 'string') return quoted(value);
  return (
    (typeof value === 'object' && value !== null ? TEXTS.get(value) : undefined) ?? JSON.stringify(value)
  );
}

/** ASCII that JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/**
 * Sets the member `key` of an object: `replace` where it is, `add` where it is not.
 *
 * @param at - pointer of the object, which must exist
 */
export function setMember(object: JsonObject, at: string, key: string, value: JsonValue): PatchOperation {
  return { op: Object.hasOwn(object, key) ? 'replace' : 'add', path: at + pointer(key), value };
}

const escaped = (step: string): string =>
  SPECIAL.test(step) ? step.replaceAll('~', '~0').replaceAll('/', '~1') : step;

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
  if (!isJsonObject(existing)) {
    return [setMember(parent, at, key, SHARED.get(members) ?? Object.fromEntries(members))];
  }
  const inside = at + pointer(key);
  return [...members]
    .filter(([name, value]) => member(existing, name) !== value)
    .map(([name, value]) => setMember(existing, inside, name, value));
}
