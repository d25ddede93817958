/** Members of a config.json (OCI runtime-spec) that may be missing or null. */
import { WritError } from '../../errors.js';
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

/** Every entry of one list may be compared with every entry of another. */
const MAX_ENTRIES = 4096;

/** Strings; none when the member is missing. @throws WritError JSON_TYPE; PROFILE_TOO_LARGE for more than 4096 */
export function stringsIn(config: JsonObject, path: string): string[] {
  const list = listIn(config, path);
  return list === undefined ? [] : stringsAt({ [path]: list }, path, 'config');
}

/** Objects; none when the member is missing. @throws WritError JSON_TYPE; PROFILE_TOO_LARGE for more than 4096 */
export function objectsIn(config: JsonObject, path: string): JsonObject[] {
  return (listIn(config, path) ?? []).map((item, i) => asObject(item, `${path}[${i}]`));
}

function listIn(config: JsonObject, path: string): readonly JsonValue[] | undefined {
  const value = valueAt(config, path);
  if (value === undefined) return undefined;
  const list = asArray(value, path);
  if (list.length <= MAX_ENTRIES) return list;
  throw new WritError('PROFILE_TOO_LARGE', `${path} has more than ${MAX_ENTRIES} entries`);
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
