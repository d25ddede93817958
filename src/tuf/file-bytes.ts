/** Lengths and hashes of raw bytes. TUF specification §5.5.2, §5.6.2 and §5.7.3. */
import { digestHex, isDigestAlgorithm } from '../crypto/digest.js';
import { WritError } from '../errors.js';
import type { Hashes, TargetFile } from './model.js';

interface Described {
  readonly length?: number | undefined;
  readonly hashes?: Hashes | undefined;
}

/**
 * Checks what is stated: the length, and every hash of a known algorithm. Hashes of which none is known prove
 * nothing, and are refused.
 *
 * @param name - names the file in messages
 * @throws WritError TUF_LENGTH, TUF_HASH
 */
export function checkFileBytes(name: string, { length, hashes }: Described, bytes: Uint8Array): void {
  if (length !== undefined && bytes.length !== length) {
    throw new WritError('TUF_LENGTH', `${name} has ${bytes.length} bytes, its metadata says ${length}`);
  }
  if (hashes === undefined) return;
  let isAnyKnown = false;
  for (const [algorithm, expected] of hashes) {
    if (!isDigestAlgorithm(algorithm)) continue;
    isAnyKnown = true;
    const actual = digestHex(algorithm, bytes);
    if (actual !== expected) {
      throw new WritError(
        'TUF_HASH',
        `${name} has the ${algorithm} ${actual}, its metadata says ${expected}`,
      );
    }
  }
  if (!isAnyKnown) {
    throw new WritError(
      'TUF_HASH',
      `${name} has only hashes of unknown kinds: ${[...hashes.keys()].join(', ')}`,
    );
  }
}

/** True iff both are of the same content: the same length, and the same hashes of the same kinds. */
export function sameContent(a: TargetFile, b: TargetFile): boolean {
  return (
    a.length === b.length &&
    a.hashes.size === b.hashes.size &&
    [...a.hashes].every(([algorithm, digest]) => b.hashes.get(algorithm) === digest)
  );
}

/**
 * Checks the bytes of a target: its length and all known hashes, of which there must be one.
 *
 * @throws WritError TUF_LENGTH, TUF_HASH
 */
export function verifyTargetBytes(path: string, target: TargetFile, bytes: Uint8Array): void {
  checkFileBytes(path, target, bytes);
}
