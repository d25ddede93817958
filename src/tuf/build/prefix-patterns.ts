/** Delegating everything below a prefix. TUF's `*` does not cross `/`, so each depth needs its pattern. */
import { WritError } from '../../errors.js';

const DEPTH = 8;
// Characters that some client takes for more than themselves (fnmatch, minimatch).
const MAGIC = /[*?[\]{}()!+@|\\]/;

/**
 * The patterns for all paths that have 1 to 8 components after `prefix`.
 *
 * @param prefix - without a slash at the end
 * @throws WritError TUF_FORMAT for a prefix that is empty, or that a client could read as a pattern
 */
export function patternsUnder(prefix: string): string[] {
  if (prefix === '' || prefix.endsWith('/') || MAGIC.test(prefix)) {
    throw new WritError('TUF_FORMAT', `${JSON.stringify(prefix)} is not a prefix that can be delegated`);
  }
  return Array.from({ length: DEPTH }, (_, depth) => prefix + '/*'.repeat(depth + 1));
}
