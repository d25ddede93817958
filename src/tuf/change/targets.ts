/** What a new targets document changes. All of it: a member that this does not know is named under `other`. */
import type { KeyId } from '../../crypto/key-id.js';
import type { JsonObject } from '../../json/types.js';
import { writeGroup } from '../format/tuf1-groups.js';
import { writeTargetFile } from '../format/tuf1-write.js';
import type { DelegatedRole, Delegations, SuccinctRoles, TargetFile, Targets } from '../model.js';
import type { RoleName } from '../role-name.js';
import { changeOfKeys, changeOfUnusedKeys, keysStay, type KeyHolders, type RoleKeysChange } from './keys.js';
import type { Both } from './root.js';
import { membersThatDiffer, sameJson } from './same.js';

export interface TargetsChange {
  readonly type: 'targets';
  readonly version: Both<number>;
  readonly expires: Both<Date>;
  /** Sorted by path; what stays is not among them. */
  readonly targets: readonly TargetChange[];
  /** What stays is not among them. */
  readonly delegations: readonly DelegationChange[];
  readonly bins: BinsChange | undefined;
  /** Roles that stay are asked in another order, or after one that is new: another may speak for a path. */
  readonly order: { readonly before: readonly RoleName[]; readonly after: readonly RoleName[] } | undefined;
  /** Listed keys that no role uses, and that come, go or change. */
  readonly unusedKeys: readonly KeyId[];
  /** Whatever else differs, by the name of its member. */
  readonly other: readonly string[];
}

/** One of the two is there. */
export interface TargetChange {
  readonly path: string;
  readonly before: TargetFile | undefined;
  readonly after: TargetFile | undefined;
}

/** One of the two is there. */
export interface DelegationChange {
  readonly name: RoleName;
  readonly before: DelegatedRole | undefined;
  readonly after: DelegatedRole | undefined;
  readonly keys: RoleKeysChange;
}

/** One of the two is there. */
export interface BinsChange {
  readonly before: SuccinctRoles | undefined;
  readonly after: SuccinctRoles | undefined;
  readonly keys: RoleKeysChange;
}

/** @param before - undefined for the first document of a role */
export function changeOfTargets(before: Targets | undefined, after: Targets): TargetsChange {
  const [old, next] = [before?.delegations, after.delegations];
  return {
    type: 'targets',
    version: { before: before?.version, after: after.version },
    expires: { before: before?.expires, after: after.expires },
    targets: changedTargets(before?.targets ?? new Map(), after.targets),
    delegations: changedDelegations(old, next),
    bins: changeOfBins(old, next),
    order: changeOfOrder(namesOf(old), namesOf(next)),
    unusedKeys: changeOfUnusedKeys(
      old?.keys ?? new Map(),
      next?.keys ?? new Map(),
      new Set([old, next].flatMap(usedKeys)),
    ),
    other: [
      ...(before !== undefined && before.specVersion !== after.specVersion ? ['spec_version'] : []),
      ...membersThatDiffer(before?.unrecognized, after.unrecognized),
      ...membersThatDiffer(old?.unrecognized, next?.unrecognized).map(name => `delegations.${name}`),
      ...(sameJson(writtenGroups(old), writtenGroups(next)) ? [] : ['delegations of roles that must agree']),
    ],
  };
}

const writtenGroups = (delegations: Delegations | undefined): JsonObject[] =>
  (delegations?.groups ?? []).map(writeGroup);

/** True iff nothing but version and expiry is different: the document is signed again. */
export const targetsStay = (change: TargetsChange): boolean =>
  [change.targets, change.delegations, change.unusedKeys, change.other].every(list => list.length === 0) &&
  change.bins === undefined &&
  change.order === undefined;

function changedTargets(before: Targets['targets'], after: Targets['targets']): TargetChange[] {
  const changes: TargetChange[] = [];
  for (const [path, target] of after) {
    const old = before.get(path);
    if (old === undefined || !sameTarget(old, target)) changes.push({ path, before: old, after: target });
  }
  for (const [path, target] of before) {
    if (!after.has(path)) changes.push({ path, before: target, after: undefined });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const namesOf = (delegations: Delegations | undefined): RoleName[] =>
  (delegations?.roles ?? []).map(({ name }) => name);

const sameTarget = (a: TargetFile, b: TargetFile): boolean =>
  sameJson(writeTargetFile(a), writeTargetFile(b));

function changedDelegations(
  before: Delegations | undefined,
  after: Delegations | undefined,
): DelegationChange[] {
  const names = new Set([...namesOf(after), ...namesOf(before)]);
  return [...names].flatMap(name => {
    const [old, next] = [before, after].map(one => one?.roles.find(role => role.name === name));
    const keys = changeOfKeys(holders(before, old), holders(after, next));
    const stays = old !== undefined && next !== undefined && keysStay(keys) && sameScope(old, next);
    return stays ? [] : [{ name, before: old, after: next, keys }];
  });
}

function sameScope(a: DelegatedRole, b: DelegatedRole): boolean {
  return (
    a.terminating === b.terminating &&
    a.scope.kind === b.scope.kind &&
    sameJson(scopeOf(a), scopeOf(b)) &&
    sameJson(a.keyIds, b.keyIds)
  );
}

/** The patterns, or the prefixes of hashes, as they are listed. */
export const scopeOf = ({ scope }: DelegatedRole): readonly string[] =>
  scope.kind === 'paths' ? scope.patterns : scope.prefixes;

function changeOfBins(
  before: Delegations | undefined,
  after: Delegations | undefined,
): BinsChange | undefined {
  const [old, next] = [before?.succinct, after?.succinct];
  const keys = changeOfKeys(holders(before, old), holders(after, next));
  const stays = keysStay(keys) && old?.bitLength === next?.bitLength && old?.namePrefix === next?.namePrefix;
  return stays ? undefined : { before: old, after: next, keys };
}

function holders(
  delegations: Delegations | undefined,
  role: KeyHolders['role'] | undefined,
): KeyHolders | undefined {
  return delegations && role && { keys: delegations.keys, role };
}

function changeOfOrder(before: readonly RoleName[], after: readonly RoleName[]): TargetsChange['order'] {
  const staying = before.filter(name => after.includes(name));
  const expected = [...staying, ...after.filter(name => !before.includes(name))];
  return sameJson(expected, after) ? undefined : { before, after };
}

function usedKeys(delegations: Delegations | undefined): readonly KeyId[] {
  if (delegations === undefined) return [];
  const { roles, succinct, groups = [] } = delegations;
  return [...roles, ...(succinct ? [succinct] : []), ...groups.flatMap(group => group.roles)].flatMap(
    ({ keyIds }) => keyIds,
  );
}
