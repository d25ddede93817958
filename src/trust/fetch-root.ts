/** Getting a root that somebody trusts by its hash. */
import { sha256Hex } from '../crypto/digest.js';
import { WritError } from '../errors.js';
import { DEFAULT_LIMITS } from '../tuf/limits.js';
import type { Fetcher } from '../tuf/ports.js';
import { metadataFileName, ROOT } from '../tuf/role-name.js';

/**
 * The first root of a repository, which must have this hash: the hash is what is trusted, not the server.
 *
 * @param sha256 - lower-case hex, from a source that the caller trusts
 * @throws WritError TUF_MISSING when nothing is served there, TUF_HASH when it is another root; what the fetcher throws
 */
export async function fetchRoot(fetcher: Fetcher, sha256: string): Promise<Uint8Array> {
  const name = metadataFileName(ROOT, 1);
  const bytes = await fetcher.metadata(name, DEFAULT_LIMITS.root);
  if (bytes === null) throw new WritError('TUF_MISSING', `the repository has no ${name}`);
  const actual = sha256Hex(bytes);
  if (actual === sha256) return bytes;
  throw new WritError('TUF_HASH', `${name} is served with the SHA-256 ${actual}, not the trusted ${sha256}`, {
    hint: 'do not trust it: ask the publisher for the hash again, and the operator for the reason',
  });
}
