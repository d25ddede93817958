/** Targets as `notary` and `docker` write them, of which a repository may have ten thousand. */
import { base64Length, isBase64At } from '../../crypto/base64.js';
import { asciiOf, standsAt } from '../../json/ascii.js';
import { endOfDigits } from '../../json/digits.js';
import { MemberRuns } from '../../json/member-run.js';
import { parseStrict } from '../../json/strict.js';
import type { JsonValue } from '../../json/types.js';

const BEFORE = '{"hashes":{';
const BETWEEN = `":${BEFORE}`;
const SHA256 = '"sha256":"';
const SHA512 = '"sha512":"';
/** Between two digests. */
const NEXT = '",';
const LENGTH = '"},"length":';
const SHA256_BYTES = 32;
const SHA512_BYTES = 64;
const CLOSE = 0x7d;
const encoder = new TextEncoder();

/** `"name":{"hashes":{"sha256":"…","sha512":"…"},"length":7}`; one of the two digests may be missing. */
export const TARGET_RUNS = new MemberRuns<JsonValue>({
  between: BETWEEN,
  // `"":{"hashes":{"sha256":"…"},"length":1},`
  shortest: 1 + BETWEEN.length + SHA256.length + base64Length(SHA256_BYTES) + LENGTH.length + 3,
  depth: 5,
  endOf,
  read: (bytes, start, end) => parseStrict(encoder.encode(BEFORE + asciiOf(bytes, start, end))),
});

function endOf(bytes: Uint8Array, start: number): number {
  const digests = endOfDigests(bytes, start);
  if (digests === -1 || !standsAt(bytes, LENGTH, digests)) return -1;
  const end = endOfDigits(bytes, digests + LENGTH.length);
  return bytes[end] === CLOSE ? end + 1 : -1;
}

/** Where the quote stands that ends the last digest. */
function endOfDigests(bytes: Uint8Array, start: number): number {
  if (!standsAt(bytes, SHA256, start)) return endOfDigest(bytes, start, SHA512, SHA512_BYTES);
  const first = endOfDigest(bytes, start, SHA256, SHA256_BYTES);
  if (!standsAt(bytes, NEXT, first)) return first;
  return endOfDigest(bytes, first + NEXT.length, SHA512, SHA512_BYTES);
}

/** @param name - the key, and the quote that begins the digest */
function endOfDigest(bytes: Uint8Array, start: number, name: string, length: number): number {
  const digest = start + name.length;
  if (!standsAt(bytes, name, start) || !isBase64At(bytes, digest, length)) return -1;
  return digest + base64Length(length);
}
