/** Which delegations of a Notary repository count, and for which targets: only what the parent may say itself. */
import type { DelegatedRole, Delegations } from '../tuf/model.js';
import { TARGETS, type RoleName } from '../tuf/role-name.js';

/** A role, and the prefixes of targets that it may speak for: of the role itself and of all above it. */
export interface Speaker {
  readonly role: RoleName;
  readonly prefixes: readonly string[];
}

/** Speaks for all targets. */
export const TOP: Speaker = { role: TARGETS, prefixes: [''] };

export const prefixesOf = ({ scope }: DelegatedRole): readonly string[] =>
  scope.kind === 'pathPrefixes' ? scope.prefixes : [];

/** The prefixes that lie within those of the parent. tuf/data/roles.go, RestrictDelegationPathPrefixes. */
export const restrict = (parent: readonly string[], child: readonly string[]): readonly string[] =>
  child.filter(prefix => mayName(parent, prefix));

/** Whether one of `prefixes` covers `name`. */
export const mayName = (prefixes: readonly string[], name: string): boolean =>
  prefixes.some(prefix => name.startsWith(prefix));

type Delegating = Pick<Delegations, 'keys' | 'roles'>;

/** The delegations of `parent` that count: directly below it, with all their keys listed. */
export function speakersBelow(parent: Speaker, delegations: Delegating | undefined): Speaker[] {
  if (delegations === undefined) return [];
  const { keys, roles } = delegations;
  return roles
    .filter(({ name, keyIds }) => isDirectlyBelow(parent.role, name) && keyIds.every(id => keys.has(id)))
    .map(role => ({ role: role.name, prefixes: restrict(parent.prefixes, prefixesOf(role)) }));
}

const isDirectlyBelow = (parent: RoleName, name: RoleName): boolean =>
  name.startsWith(`${parent}/`) && !name.slice(parent.length + 1).includes('/');
