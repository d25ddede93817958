/** Getting a target file. TUF specification §5.7. */
import { WritError } from '../../errors.js';
import { verifyTargetBytes } from '../file-bytes.js';
import type { TargetFile } from '../model.js';
import type { Fetcher } from '../ports.js';
import { targetFilePath } from '../target-path.js';
import type { RepositoryView } from './view.js';

/**
 * The bytes of a target that findTarget gave.
 *
 * @param maxBytes - the most that the caller can take
 * @throws WritError TUF_LIMIT for a target that is longer than that, TUF_MISSING, TUF_LENGTH, TUF_HASH
 */
export async function fetchTarget(
  fetcher: Fetcher,
  view: RepositoryView,
  path: string,
  target: TargetFile,
  maxBytes: number,
): Promise<Uint8Array> {
  if (target.length > maxBytes) {
    throw new WritError('TUF_LIMIT', `the target ${path} has ${target.length} bytes, more than ${maxBytes}`);
  }
  const wirePath = targetFilePath(path, target, view.root.value.consistentSnapshot);
  const bytes = await fetcher.target(wirePath, target.length);
  if (bytes === null) throw new WritError('TUF_MISSING', `the repository has no target file ${wirePath}`);
  verifyTargetBytes(path, target, bytes);
  return bytes;
}
