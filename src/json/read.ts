/** Small readers that turn a JsonValue into a typed one, or say exactly which member is wrong. */
import { WritError } from '../errors.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from './types.js';

/** Names the place in the document, for messages: `signed.roles.root`; a function where there are many places. */
export type Path = string | (() => string);

/** A path as messages show it. */
export const textOf = (path: Path): string => (typeof path === 'string' ? path : path());

/** The path of the member `key`. */
export const pathOf = (path: Path, key: string): string => `${textOf(path)}.${key}`;

function wrong(at: Path, expected: string): WritError {
  const path = textOf(at);
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
  if (isIntegerWithin(value, min, max)) return value;
  throw wrong(path, `an integer from ${min} to ${max}`);
}

function isIntegerWithin(value: JsonValue | undefined, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
}

// The path of a member is put together only when it is needed for a message: large documents have many members.

export function objectAt(object: JsonObject, key: string, path: Path): JsonObject {
  const value = member(object, key);
  return isJsonObject(value) ? value : asObject(value, pathOf(path, key));
}

export function arrayAt(object: JsonObject, key: string, path: Path): readonly JsonValue[] {
  const value = member(object, key);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : asArray(value, pathOf(path, key));
}

export function stringAt(object: JsonObject, key: string, path: Path): string {
  const value = member(object, key);
  return typeof value === 'string' ? value : asString(value, pathOf(path, key));
}

export function booleanAt(object: JsonObject, key: string, path: Path): boolean {
  const value = member(object, key);
  return typeof value === 'boolean' ? value : asBoolean(value, pathOf(path, key));
}

export function integerAt(
  object: JsonObject,
  key: string,
  path: Path,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): number {
  const value = member(object, key);
  return isIntegerWithin(value, min, max) ? value : asInteger(value, pathOf(path, key), min, max);
}

export const stringsAt = (object: JsonObject, key: string, path: Path): string[] =>
  arrayAt(object, key, path).map((item, i) => asString(item, `${pathOf(path, key)}[${i}]`));
