/** Which role speaks for a target. TUF specification §5.6.7. */
import { isBinName } from '../bins.js';
import { delegatesFor, type Delegate } from '../delegation.js';
import type { Delegations, TargetFile, Targets } from '../model.js';
import type { RoleName } from '../role-name.js';
import type { Verified } from '../verified.js';
import { searchRoles } from './search.js';
import type { RepositoryView } from './view.js';

export interface FoundTarget {
  readonly target: TargetFile;
  readonly role: RoleName;
  /** The document that lists it. */
  readonly verified: Verified<Targets>;
}

/**
 * The target at `path`, from the first role in pre-order that lists it and to which it is delegated all the way.
 *
 * @returns undefined when no role lists it
 * @throws WritError TUF_LIMIT, and as RepositoryView.delegated for a role that could have listed it
 */
export function findTarget(view: RepositoryView, path: string): Promise<FoundTarget | undefined> {
  return searchRoles(
    view,
    delegations => delegatesFor(delegations, path),
    verified => {
      const target = verified.value.targets.get(path);
      return target && { target, role: verified.role, verified };
    },
  );
}

/**
 * The document of a role by its name: delegated by the top-level targets, or below a role whose name and a `/`
 * its name begins with, as `writ` names roles. Roles aside of that way are not asked for, so that none of them
 * can stand in it.
 *
 * @returns undefined when no role on that way delegates to it
 * @throws WritError TUF_LIMIT, and as RepositoryView.delegated
 */
export function findRole(view: RepositoryView, name: RoleName): Promise<Verified<Targets> | undefined> {
  return searchRoles(
    view,
    delegations => delegatesTowards(delegations, name),
    verified => (verified.role === name ? verified : undefined),
  );
}

function delegatesTowards({ roles, succinct }: Delegations, name: RoleName): readonly Delegate[] {
  if (succinct !== undefined) return isBinName(succinct, name) ? [{ name, terminating: true }] : [];
  return roles.filter(role => role.name === name || name.startsWith(`${role.name}/`));
}
