/** What a snapshot or timestamp says about a file, made from the bytes that are served. */
import { digestHex, digestHexLater } from '../../crypto/digest.js';
import type { NotaryFile } from '../format/notary1.js';

/** Length, SHA-256 and SHA-512, as Notary's own programs give them. */
export const describeNotaryFile = (bytes: Uint8Array): NotaryFile =>
  fileOf(bytes, digestHex('sha256', bytes), digestHex('sha512', bytes));

const fileOf = ({ length }: Uint8Array, sha256: string, sha512: string): NotaryFile => ({
  length,
  hashes: new Map([
    ['sha256', sha256],
    ['sha512', sha512],
  ]),
});

/**
 * As {@link describeNotaryFile}, on other threads.
 *
 * @param bytes - must not change meanwhile
 * @param hashing - the SHA-256 of `bytes` where somebody is making it already
 */
export async function describeNotaryFileLater(
  bytes: Uint8Array,
  hashing = digestHexLater('sha256', bytes),
): Promise<NotaryFile> {
  const [sha256, sha512] = await Promise.all([hashing, digestHexLater('sha512', bytes)]);
  return fileOf(bytes, sha256, sha512);
}

/** True iff `named` fits the file that `actual` describes: its length, and every hash of a known kind. */
export function sameHashes(named: NotaryFile, actual: NotaryFile): boolean {
  if (named.length !== actual.length) return false;
  return [...actual.hashes].every(([algorithm, digest]) => {
    const claimed = named.hashes.get(algorithm);
    return claimed === undefined || claimed === digest;
  });
}
