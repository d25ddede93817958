/** Changes of the list of roles that a targets document delegates to. */
import type { PublicKey } from '../../crypto/public-key.js';
import { WritError } from '../../errors.js';
import type { DelegatedRole, Delegations } from '../../tuf/model.js';
import { parseDelegatedRoleName, parseRoleName, TARGETS, type RoleName } from '../../tuf/role-name.js';

/**
 * Who delegates to a role: `team` is of the top-level targets, `team/web` of `team`, unless --from says otherwise.
 *
 * @throws WritError USAGE when the name does not begin with that of its delegator; TUF_ROLE_NAME
 */
export function delegatorOf(role: RoleName, from: string | undefined): RoleName {
  const slash = role.lastIndexOf('/');
  const named = slash === -1 ? TARGETS : parseRoleName(role.slice(0, slash));
  const delegator = from === undefined ? named : parseRoleName(from);
  if (delegator === named) return delegator;
  throw new WritError('USAGE', `${delegator} cannot delegate to a role of the name ${role}`, {
    hint: `below targets a name is plain, below another role it begins with that: ${
      delegator === TARGETS ? 'team' : `${delegator}/NAME`
    }`,
  });
}

/** @throws WritError TUF_ROLE_NAME, USAGE for an empty part of the name */
export function delegatedName(text: string): RoleName {
  const role = parseDelegatedRoleName(text);
  if (role.split('/').every(part => part !== '')) return role;
  throw new WritError('USAGE', `${JSON.stringify(text)} is no name of a role: a part of it is empty`);
}

/** The list with `role` in it: in its place when it is there, else last, so that it takes no path from the others. */
export function withRole(
  before: Delegations | undefined,
  role: DelegatedRole,
  keys: readonly PublicKey[],
): Delegations {
  const old = before?.roles ?? [];
  const roles = old.some(({ name }) => name === role.name)
    ? old.map(one => (one.name === role.name ? role : one))
    : [...old, role];
  const listed = new Map([...(before?.keys ?? []), ...keys.map(key => [key.id, key] as const)]);
  return { ...before, roles, keys: onlyUsed(listed, roles) };
}

export function withoutRole(before: Delegations, name: RoleName): Delegations {
  const roles = before.roles.filter(role => role.name !== name);
  return { ...before, roles, keys: onlyUsed(before.keys, roles) };
}

/** Keys that no role uses are not listed. */
function onlyUsed(keys: Delegations['keys'], roles: readonly DelegatedRole[]): Delegations['keys'] {
  const used = new Set(roles.flatMap(({ keyIds }) => keyIds));
  return new Map([...keys].filter(([id]) => used.has(id)));
}

/** @throws WritError CLI_DELEGATION when the document delegates to hash bins: it cannot do both */
export function refuseBins(delegator: RoleName, delegations: Delegations | undefined): void {
  if (delegations?.succinct === undefined) return;
  throw new WritError(
    'CLI_DELEGATION',
    `${delegator} is divided into hash bins and cannot delegate to roles too`,
  );
}
