/** The path of a target on the wire. TUF specification §5.7.3 and §6.2. */
import { isDigestAlgorithm } from '../crypto/digest.js';
import { WritError } from '../errors.js';
import type { TargetFile } from './model.js';

/**
 * `dir/<hash>.<last component>` with consistent snapshots, else `path` itself. Raw: the adapter encodes it, and
 * must never use it as a path of a file system unencoded.
 *
 * @throws WritError TUF_HASH when no hash of the target is of a known kind
 */
export function targetFilePath(path: string, target: TargetFile, consistentSnapshot: boolean): string {
  if (!consistentSnapshot) return path;
  for (const [algorithm, digest] of target.hashes) {
    if (!isDigestAlgorithm(algorithm)) continue;
    const slash = path.lastIndexOf('/') + 1;
    return `${path.slice(0, slash)}${digest}.${path.slice(slash)}`;
  }
  throw new WritError('TUF_HASH', `the target ${path} has only hashes of unknown kinds`);
}
