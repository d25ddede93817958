/** Who may sign for a role. */
import { WritError } from '../errors.js';
import { last, searchRoles } from '../tuf/client/search.js';
import type { RepositoryView } from '../tuf/client/view.js';
import { delegateOne, keysOfDelegate } from '../tuf/delegation.js';
import type { Root, Targets } from '../tuf/model.js';
import { TARGETS, type RoleName } from '../tuf/role-name.js';
import { keysFor, type Verified } from '../tuf/verified.js';
import type { SignerGroup } from './visit.js';

/** A targets role as it is now. */
export interface CurrentRole {
  readonly document: Verified<Targets>;
  readonly delegator: Verified<Root> | Verified<Targets>;
  /** As its delegator lists them. */
  readonly keys: SignerGroup;
}

/**
 * The current document of a targets role, and who may sign the next.
 *
 * @throws WritError TUF_NOT_DELEGATED when nobody delegates to it; as RepositoryView.delegated
 */
export async function currentRole(view: RepositoryView, role: RoleName): Promise<CurrentRole> {
  if (role === TARGETS)
    return { document: view.targets, delegator: view.root, keys: groupOf(view.root, role) };
  const found = await searchRoles<Verified<Targets>>(view, {
    follow: ({ roles }) => roles.map(({ name }) => delegateOne(name, false)), // not for a path: none hides another
    find: trail => {
      const { delegations } = last(trail).value;
      return delegations && keysOfDelegate(delegations, role) && last(trail);
    },
    agree: () => undefined,
  });
  if (found === undefined) {
    throw new WritError('TUF_NOT_DELEGATED', `nobody delegates to a role ${role}`, {
      hint: 'see `writ delegation list` for the roles that there are; targets signs where nothing else is said',
    });
  }
  return { document: await view.delegated(found, role), delegator: found, keys: groupOf(found, role) };
}

/** @throws WritError TUF_NOT_DELEGATED */
export function groupOf(delegator: Verified<Root> | Verified<Targets>, role: RoleName): SignerGroup {
  const { keys, roleKeys } = keysFor(delegator, role);
  return { name: `the keys of ${role}`, keys, role: roleKeys };
}
