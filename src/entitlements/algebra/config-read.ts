/** Members of a config.json (OCI runtime-spec) that may be missing or null. */
import { asArray, asObject, asString, stringsAt } from '../../json/read.js';
import { member, type JsonObject, type JsonValue } from '../../json/types.js';
import { wideValue } from '../../json/wide.js';

/** The member at `path`, through objects that may be missing: `linux.resources.pids`. @throws WritError JSON_TYPE */
export function valueAt(config: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = config;
  const walked: string[] = [];
  for (const key of path.split('.')) {
    if (value === undefined || value === null) return undefined;
    value = member(asObject(value, walked.join('.') || 'config'), key);
    walked.push(key);
  }
  return value ?? undefined;
}

/** Strings; none when the member is missing. @throws WritError JSON_TYPE */
export function stringsIn(config: JsonObject, path: string): string[] {
  const value = valueAt(config, path);
  return value === undefined ? [] : stringsAt({ [path]: value }, path, 'config');
}

/** Objects; none when the member is missing. @throws WritError JSON_TYPE */
export function objectsIn(config: JsonObject, path: string): JsonObject[] {
  const value = valueAt(config, path);
  return value === undefined ? [] : asArray(value, path).map((item, i) => asObject(item, `${path}[${i}]`));
}

/** @throws WritError JSON_TYPE when it is there and no text */
export function textIn(config: JsonObject, path: string): string | undefined {
  const value = valueAt(config, path);
  return value === undefined ? undefined : asString(value, path);
}

/** False when the member is missing, or anything else than true. */
export const isTrue = (config: JsonObject, path: string): boolean => valueAt(config, path) === true;

/** An integer; undefined when the member is missing or none. */
export const integerIn = (config: JsonObject, path: string): bigint | undefined =>
  wideValue(valueAt(config, path));
