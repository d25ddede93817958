/** Hashes and other bytes as Notary v1 writes them: in base64. */
import { isDigestAlgorithm, isDigestText } from '../../crypto/digest.js';
import { bytesFromHex, hexFromBytes } from '../../crypto/hex.js';
import { WritError } from '../../errors.js';
import { stringAt } from '../../json/read.js';
import type { JsonObject } from '../../json/types.js';
import type { Hashes } from '../model.js';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes of padded base64 (RFC 4648 §4); undefined for other text, and for none at all. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  return text !== '' && BASE64.test(text) ? new Uint8Array(Buffer.from(text, 'base64')) : undefined;
}

export const base64Of = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

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
