/** Hashes as Notary v1 writes them: in base64. */
import { base64Of, bytesOfBase64 } from '../../crypto/base64.js';
import { isDigestAlgorithm, isDigestText } from '../../crypto/digest.js';
import { bytesFromHex, hexFromBytes } from '../../crypto/hex.js';
import { WritError } from '../../errors.js';
import { stringAt } from '../../json/read.js';
import type { JsonObject } from '../../json/types.js';
import type { Hashes } from '../model.js';

/**
 * A `hashes` object: at least one digest of a known algorithm, which the model has in hex; others are kept as they are.
 *
 * @throws WritError TUF_FORMAT, JSON_TYPE
 */
export function readNotaryHashes(json: JsonObject, path: string): Hashes {
  const hashes = new Map<string, string>();
  for (const algorithm of Object.keys(json)) {
    const text = stringAt(json, algorithm, path);
    hashes.set(algorithm, isDigestAlgorithm(algorithm) ? digestOf(text) : text);
    if (isDigestAlgorithm(algorithm) && !isDigestText(algorithm, digestOf(text))) {
      throw new WritError('TUF_FORMAT', `${path}.${algorithm} must be a digest in base64`);
    }
  }
  if ([...hashes.keys()].some(isDigestAlgorithm)) return hashes;
  throw new WritError('TUF_FORMAT', `${path} must have a sha256 or a sha512`);
}

const digestOf = (text: string): string => hexFromBytes(bytesOfBase64(text) ?? new Uint8Array());

export function writeNotaryHashes(hashes: Hashes): JsonObject {
  return Object.fromEntries(
    Array.from(hashes, ([algorithm, text]) => {
      const bytes = isDigestAlgorithm(algorithm) ? bytesFromHex(text) : undefined;
      return [algorithm, bytes === undefined ? text : base64Of(bytes)];
    }),
  );
}
