/**
 * The targets of a Notary document, each read when somebody asks for it: a server that takes documents with thousands
 * of them looks at none, and must still know that all can be read.
 */
import { isBase64Of } from '../../crypto/base64.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/types.js';
import type { TargetFile } from '../model.js';
import { JsonMap } from './json-map.js';
import { MapWithRun } from './map-with-run.js';
import { TARGET_RUNS } from './notary1-run.js';

/** How many bytes these have; another way to write one than Notary's is left to the reader. */
const DIGEST_BYTES: ReadonlyMap<string, number> = new Map([
  ['sha256', 32],
  ['sha512', 64],
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
  const targets = new JsonMap(json, read, size);
  const run = TARGET_RUNS.of(json);
  return run === undefined ? targets : new MapWithRun(run, read, targets);
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
    const length = DIGEST_BYTES.get(algorithm);
    isKnown = typeof text === 'string' && length !== undefined && isBase64Of(text, length);
    if (!isKnown) return false;
  }
  return isKnown;
}
