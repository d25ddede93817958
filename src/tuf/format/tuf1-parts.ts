/** Parts that several documents of TUF 1.0 share. */
import { isDigestAlgorithm, isDigestText } from '../../crypto/digest.js';
import { WritError } from '../../errors.js';
import { pathOf, stringAt, textOf, type Path } from '../../json/read.js';
import type { JsonObject, JsonValue } from '../../json/types.js';
import type { Hashes } from '../model.js';

/** The members of `json` that are not `known`, or undefined when there are none. */
export function unrecognized(json: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  let rest: [string, JsonValue][] | undefined;
  for (const key in json) {
    if (!known.has(key)) (rest ??= []).push([key, json[key] ?? null]);
  }
  return rest && Object.fromEntries(rest);
}

/**
 * A `hashes` object: at least one entry; digests of known algorithms in lower-case hex of the right length,
 * because they become parts of file names.
 *
 * @throws WritError TUF_FORMAT, JSON_TYPE
 */
export function readHashes(json: JsonObject, path: Path): Hashes {
  const hashes = new Map<string, string>();
  for (const algorithm in json) {
    const text = stringAt(json, algorithm, path);
    if (isDigestAlgorithm(algorithm) && !isDigestText(algorithm, text)) {
      throw new WritError('TUF_FORMAT', `${pathOf(path, algorithm)} must be a digest in lower-case hex`);
    }
    hashes.set(algorithm, text);
  }
  if (hashes.size === 0) throw new WritError('TUF_FORMAT', `${textOf(path)} must not be empty`);
  return hashes;
}
