/** Who may speak for a target path, and with whose keys. TUF specification §4.5 and §5.6.7.2, TAP 3, TAP 15. */
import { sha256Hex } from '../crypto/digest.js';
import { binName, isBinName } from './bins.js';
import { matchesGlob } from './glob.js';
import type { DelegatedRole, Delegations, RoleKeys } from './model.js';
import type { RoleName } from './role-name.js';

const encoder = new TextEncoder();

/**
 * True iff a delegation with this scope is for `path`.
 *
 * @param path - the target path as in metadata, without hash prefix
 */
export function isDelegated({ scope }: Pick<DelegatedRole, 'scope'>, path: string): boolean {
  switch (scope.kind) {
    case 'paths':
      return scope.patterns.some(pattern => matchesGlob(pattern, path));
    case 'pathPrefixes':
      return scope.prefixes.some(prefix => path.startsWith(prefix));
    case 'hashPrefixes': {
      const digest = sha256Hex(encoder.encode(path));
      return scope.prefixes.some(prefix => digest.startsWith(prefix));
    }
  }
}

/** Roles to which a document delegates a path, whichever way that is written there: mostly one. */
export interface Delegate {
  readonly roles: readonly RoleName[];
  /** How many of them must agree on a target. */
  readonly needed: number;
  /** True iff no role after them is asked. Always so for hash bins: no other bin can speak for the path. */
  readonly terminating: boolean;
}

/** The delegation to one role. */
export const delegateOne = (name: RoleName, terminating: boolean): Delegate => ({
  roles: [name],
  needed: 1,
  terminating,
});

/** The roles that may speak for `path`, in order of precedence. */
export function delegatesFor({ roles, succinct, groups }: Delegations, path: string): Delegate[] {
  if (succinct !== undefined) return [delegateOne(binName(succinct, path), true)];
  if (groups === undefined) {
    return roles
      .filter(role => isDelegated(role, path))
      .map(({ name, terminating }) => delegateOne(name, terminating));
  }
  return groups
    .filter(group => isDelegated(group, path))
    .map(group => ({
      roles: group.roles.map(({ name }) => name),
      needed: group.minRolesInAgreement,
      terminating: group.terminating,
    }));
}

/** The keys of `role`, or undefined when the document does not delegate to it. */
export function keysOfDelegate(
  { roles, succinct, groups = [] }: Delegations,
  role: RoleName,
): RoleKeys | undefined {
  if (succinct !== undefined) return isBinName(succinct, role) ? succinct : undefined;
  return [roles, ...groups.map(group => group.roles)].flat().find(({ name }) => name === role);
}
