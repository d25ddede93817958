/** Which role speaks for a target. TUF specification §5.6.7, TAP 3. */
import { WritError } from '../../errors.js';
import { isBinName } from '../bins.js';
import { delegateOne, delegatesFor, type Delegate } from '../delegation.js';
import { sameContent } from '../file-bytes.js';
import type { Delegations, TargetFile, Targets } from '../model.js';
import type { RoleName } from '../role-name.js';
import type { Verified } from '../verified.js';
import { last, searchRoles, type Trail } from './search.js';
import type { RepositoryView } from './view.js';

export interface FoundTarget {
  readonly target: TargetFile;
  readonly role: RoleName;
  /** The document that lists it. */
  readonly verified: Verified<Targets>;
  /** The documents on the way to it, from the top-level targets; `verified` is the last. */
  readonly trail: Trail;
  /** What other roles that had to agree say of it: length and hashes are the same. Mostly there are none. */
  readonly agreeing: readonly FoundTarget[];
}

/**
 * The target at `path`, from the first role in pre-order that lists it and to which it is delegated all the way; where
 * several roles must agree, from the first of them.
 *
 * @returns undefined when no role lists it
 * @throws WritError TUF_LIMIT, TUF_DISAGREEMENT where the search ends at roles that do not agree, and as
 *   RepositoryView.delegated for a role that could have listed it
 */
export function findTarget(view: RepositoryView, path: string): Promise<FoundTarget | undefined> {
  return searchRoles<FoundTarget>(view, {
    follow: delegations => delegatesFor(delegations, path),
    find: trail => {
      const verified = last(trail);
      const target = verified.value.targets.get(path);
      return target && { target, role: verified.role, verified, trail, agreeing: [] };
    },
    agree: (delegate, found) => agreement(delegate, found, path),
  });
}

/**
 * What the first role says with which enough others agree. Where two of them let the same third role speak, that is
 * one word.
 */
function agreement(
  { roles, needed, terminating }: Delegate,
  found: readonly FoundTarget[],
  path: string,
): FoundTarget | undefined {
  for (const one of found) {
    const alike = found.filter(other => other.role !== one.role && sameContent(one.target, other.target));
    const agreeing = [...new Map(alike.map(other => [other.role, other])).values()];
    if (agreeing.length + 1 >= needed) return { ...one, agreeing };
  }
  // Nobody lists it, or others may be asked who do.
  if (found.length === 0 || !terminating) return undefined;
  throw new WritError(
    'TUF_DISAGREEMENT',
    `${needed} of ${roles.join(', ')} must agree on ${path}; listed by ${found.map(({ role }) => role).join(', ')}`,
    { details: { path, needed, roles: [...roles], listedBy: found.map(({ role }) => role) } },
  );
}

/**
 * The document of a role by its name: delegated by the top-level targets, or below a role whose name and a `/`
 * its name begins with, as `writ` names roles. Roles aside of that way are not asked for, so that none of them
 * can stand in it; nor are those that may speak only together with others.
 *
 * @returns undefined when no role on that way delegates to it
 * @throws WritError TUF_LIMIT, and as RepositoryView.delegated
 */
export function findRole(view: RepositoryView, name: RoleName): Promise<Verified<Targets> | undefined> {
  return searchRoles<Verified<Targets>>(view, {
    follow: delegations => delegatesTowards(delegations, name),
    find: trail => (last(trail).role === name ? last(trail) : undefined),
    agree: () => undefined,
  });
}

function delegatesTowards({ roles, succinct }: Delegations, name: RoleName): readonly Delegate[] {
  if (succinct !== undefined) return isBinName(succinct, name) ? [delegateOne(name, true)] : [];
  return roles
    .filter(role => role.name === name || name.startsWith(`${role.name}/`))
    .map(role => delegateOne(role.name, role.terminating));
}
