/** Hashes as Notary v1 writes them: in base64. */
import { base64Of, hexOfBase64 } from '../../crypto/base64.js';
import { digestBytes, isDigestAlgorithm, type DigestAlgorithm } from '../../crypto/digest.js';
import { bytesFromHex } from '../../crypto/hex.js';
import { WritError } from '../../errors.js';
import { pathOf, stringAt, textOf, type Path } from '../../json/read.js';
import type { JsonObject } from '../../json/types.js';
import type { Hashes } from '../model.js';

/**
 * A `hashes` object: at least one digest of a known algorithm, which the model has in hex; others are kept as they are.
 *
 * @throws WritError TUF_FORMAT, JSON_TYPE
 */
export function readNotaryHashes(json: JsonObject, path: Path): Hashes {
  const hashes = new Map<string, string>();
  let isKnown = false;
  for (const algorithm in json) {
    const text = stringAt(json, algorithm, path);
    if (isDigestAlgorithm(algorithm)) isKnown = true;
    hashes.set(algorithm, isDigestAlgorithm(algorithm) ? digestOf(text, algorithm, path) : text);
  }
  if (isKnown) return hashes;
  throw new WritError('TUF_FORMAT', `${textOf(path)} must have a sha256 or a sha512`);
}

function digestOf(text: string, algorithm: DigestAlgorithm, path: Path): string {
  const hex = hexOfBase64(text, digestBytes(algorithm));
  if (hex !== undefined) return hex;
  throw new WritError('TUF_FORMAT', `${pathOf(path, algorithm)} must be a digest in base64`);
}

export function writeNotaryHashes(hashes: Hashes): JsonObject {
  return Object.fromEntries(
    Array.from(hashes, ([algorithm, text]) => {
      const bytes = isDigestAlgorithm(algorithm) ? bytesFromHex(text) : undefined;
      return [algorithm, bytes === undefined ? text : base64Of(bytes)];
    }),
  );
}
