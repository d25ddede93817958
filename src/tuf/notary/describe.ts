/** What a snapshot or timestamp says about a file, made from the bytes that are served. */
import { digestHex } from '../../crypto/digest.js';
import type { NotaryFile } from '../format/notary1.js';

/** Length, SHA-256 and SHA-512, as Notary's own programs give them. */
export const describeNotaryFile = (bytes: Uint8Array): NotaryFile => ({
  length: bytes.length,
  hashes: new Map([
    ['sha256', digestHex('sha256', bytes)],
    ['sha512', digestHex('sha512', bytes)],
  ]),
});

/** True iff `named` fits the file that `actual` describes: its length, and every hash of a known kind. */
export function sameHashes(named: NotaryFile, actual: NotaryFile): boolean {
  if (named.length !== actual.length) return false;
  return [...actual.hashes].every(([algorithm, digest]) => {
    const claimed = named.hashes.get(algorithm);
    return claimed === undefined || claimed === digest;
  });
}
