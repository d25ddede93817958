/**
 * The targets of a Notary document, each read when somebody asks for it: a server that takes documents with thousands
 * of them looks at none, and must still know that all can be read.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/types.js';
import type { TargetFile } from '../model.js';
import { JsonMap } from './json-map.js';

/** What a digest of these looks like in base64; another way to write one is left to the reader. */
const DIGESTS: ReadonlyMap<string, RegExp> = new Map([
  ['sha256', /^[A-Za-z0-9+/]{43}=$/],
  ['sha512', /^[A-Za-z0-9+/]{86}==$/],
]);

/**
 * @param read - reads one target, or throws why it is none
 * @throws what `read` throws for the first that is no target
 */
export function readTargetsLater(
  json: JsonObject,
  read: (value: JsonValue, name: string) => TargetFile,
): ReadonlyMap<string, TargetFile> {
  let size = 0;
  for (const name in json) {
    const value = json[name] ?? null;
    if (!isPlainTarget(value)) read(value, name);
    size++;
  }
  return new JsonMap(json, read, size);
}

/** Whether a target is as Notary's own programs write it: the reader would take it. False says nothing. */
function isPlainTarget(value: JsonValue): boolean {
  if (!isJsonObject(value)) return false;
  const { length, hashes } = value;
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) return false;
  return isJsonObject(hashes) && isPlainHashes(hashes);
}

function isPlainHashes(hashes: JsonObject): boolean {
  let isKnown = false;
  for (const algorithm in hashes) {
    const text = hashes[algorithm];
    isKnown = typeof text === 'string' && DIGESTS.get(algorithm)?.test(text) === true;
    if (!isKnown) return false;
  }
  return isKnown;
}
