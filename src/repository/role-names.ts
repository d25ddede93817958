/** What delegated roles may be called in a repository: a name says where the role stands. */
import { WritError } from '../errors.js';
import { TARGETS, type RoleName } from '../tuf/role-name.js';

/** One step of a name: no slash, nothing that a shell, a URL or a file system could take for more than it is. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Refuses a name that does not say who delegates: the first level is plain (`team`), below it a name begins with that
 * of the delegator (`team/backend`).
 *
 * @param name - of a role, or the prefix of hash bins
 * @throws WritError REPOSITORY_DELEGATION
 */
export function refuseMisnamed(delegator: RoleName, name: string): void {
  const prefix = delegator === TARGETS ? '' : `${delegator}/`;
  if (name.startsWith(prefix) && PLAIN.test(name.slice(prefix.length))) return;
  throw new WritError(
    'REPOSITORY_DELEGATION',
    `${delegator} cannot delegate to ${JSON.stringify(name)}: the name must be ${prefix}NAME, NAME of letters, digits, ".", "_" and "-"`,
    { hint: 'choose another name for the role' },
  );
}
