/** Small readers that turn a JsonValue into a typed one, or say exactly which member is wrong. */
import { WritError } from '../errors.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from './types.js';

/** Names the place in the document, for messages: `signed.roles.root`. */
export type Path = string;

function wrong(path: Path, expected: string): WritError {
  return new WritError('JSON_TYPE', `${path} must be ${expected}`, { details: { path } });
}

export function asObject(value: JsonValue | undefined, path: Path): JsonObject {
  if (!isJsonObject(value)) throw wrong(path, 'an object');
  return value;
}

export function asArray(value: JsonValue | undefined, path: Path): readonly JsonValue[] {
  if (!Array.isArray(value)) throw wrong(path, 'an array');
  return value as readonly JsonValue[];
}

export function asString(value: JsonValue | undefined, path: Path): string {
  if (typeof value !== 'string') throw wrong(path, 'a string');
  return value;
}

export function asBoolean(value: JsonValue | undefined, path: Path): boolean {
  if (typeof value !== 'boolean') throw wrong(path, 'a boolean');
  return value;
}

/** An integer in [min, max]; both bounds inclusive. */
export function asInteger(
  value: JsonValue | undefined,
  path: Path,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw wrong(path, `an integer from ${min} to ${max}`);
  }
  return value;
}

export const objectAt = (object: JsonObject, key: string, path: Path): JsonObject =>
  asObject(member(object, key), `${path}.${key}`);
export const arrayAt = (object: JsonObject, key: string, path: Path): readonly JsonValue[] =>
  asArray(member(object, key), `${path}.${key}`);
export const stringAt = (object: JsonObject, key: string, path: Path): string =>
  asString(member(object, key), `${path}.${key}`);
export const booleanAt = (object: JsonObject, key: string, path: Path): boolean =>
  asBoolean(member(object, key), `${path}.${key}`);
export const integerAt = (
  object: JsonObject,
  key: string,
  path: Path,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): number => asInteger(member(object, key), `${path}.${key}`, min, max);

export const stringsAt = (object: JsonObject, key: string, path: Path): string[] =>
  arrayAt(object, key, path).map((item, i) => asString(item, `${path}.${key}[${i}]`));
