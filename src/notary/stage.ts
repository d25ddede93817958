/** The changes that a wish makes, as the change list has them. client/client.go, client/delegations.go. */
import type { NotaryKey } from '../crypto/notary-key.js';
import { canonicalBytes } from '../json/canonical.js';
import { WritError } from '../errors.js';
import type { TargetFile } from '../tuf/model.js';
import { isDelegation } from '../tuf/notary/names.js';
import { TARGETS } from '../tuf/role-name.js';
import { ALL_DELEGATIONS } from './apply.js';
import type { Change } from './change.js';
import { customOf, writeDelegationData, writeTargetData, type DelegationData } from './change-data.js';
import { invalidRole } from './draft.js';

/** What is taken out of a delegation. */
export interface RemovedFromDelegation {
  /** Ids of bare keys. */
  readonly keyIds?: readonly string[];
  readonly paths?: readonly string[];
  readonly allPaths?: boolean;
}

/** @throws WritError NOTARY_ROLE; NOTARY_CUSTOM for custom data that has no canonical form */
export function addTarget(name: string, file: TargetFile, roles: readonly string[]): Change[] {
  try {
    canonicalBytes(customOf(file) ?? null);
    canonicalBytes(name);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('NOTARY_CUSTOM', `target ${JSON.stringify(name)} cannot be signed: ${reason}`, {
      cause,
    });
  }
  return forRoles(roles, { action: 'create', type: 'target', path: name, data: writeTargetData(file) });
}

/** @throws WritError NOTARY_ROLE */
export const removeTarget = (name: string, roles: readonly string[]): Change[] =>
  forRoles(roles, { action: 'delete', type: 'target', path: name, data: undefined });

function forRoles(roles: readonly string[], change: Omit<Change, 'scope'>): Change[] {
  const asked = roles.length === 0 ? [TARGETS] : roles;
  const wrong = asked.find(role => role !== TARGETS && !isDelegation(role));
  if (wrong !== undefined) throw invalidRole(wrong, 'cannot add targets to this role');
  return asked.map(scope => ({ ...change, scope }));
}

/** Keys first: without them a new role cannot be. @throws WritError NOTARY_ROLE */
export function addDelegation(role: string, keys: readonly NotaryKey[], paths: readonly string[]): Change[] {
  const changes = [
    ...(keys.length > 0 ? [{ threshold: 1, addKeys: keys }] : []),
    ...(paths.length > 0 ? [{ addPaths: paths }] : []),
  ];
  return changes.map(data => delegation(role, 'create', data));
}

/** @throws WritError NOTARY_ROLE */
export function removeFromDelegation(role: string, removed: RemovedFromDelegation): Change[] {
  const { keyIds = [], paths = [], allPaths = false } = removed;
  const changes = [
    ...(allPaths ? [{ clearPaths: true }] : []),
    ...(paths.length > 0 ? [{ removePaths: paths }] : []),
    ...(keyIds.length > 0 ? [{ removeKeys: keyIds }] : []),
  ];
  return changes.map(data => delegation(role, 'update', data));
}

/** @throws WritError NOTARY_ROLE */
export const removeDelegation = (role: string): Change[] => [delegation(role, 'delete', undefined)];

export const purgeKeys = (keyIds: readonly string[]): Change[] => [
  {
    action: 'update',
    scope: ALL_DELEGATIONS,
    type: 'delegation',
    path: '',
    data: writeDelegationData({ removeKeys: keyIds }),
  },
];

export const witness = (roles: readonly string[]): Change[] =>
  roles.map(scope => ({ action: 'update', scope, type: 'witness', path: '', data: undefined }));

function delegation(role: string, action: Change['action'], data: DelegationData | undefined): Change {
  if (!isDelegation(role)) throw invalidRole(role, 'invalid delegation role name');
  return {
    action,
    scope: role,
    type: 'delegation',
    path: '',
    data: data === undefined ? undefined : writeDelegationData(data),
  };
}
