/** JSON values as this program holds them: what RFC 8259 can say, as plain JavaScript values. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** Read members with {@link member}; a key such as `__proto__` is an ordinary own property. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** True iff `object` has no members. */
export function isEmpty(object: JsonObject): boolean {
  return Object.keys(object).length === 0;
}

/** The own member `key`, or undefined: never one that an object inherits. */
export function member(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
