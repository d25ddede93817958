/** Applies staged changes to a draft. client/helpers.go, tuf/tuf.go. */
import { WritError } from '../errors.js';
import { isJsonObject, member } from '../json/types.js';
import { canonicalText } from '../json/canonical.js';
import type { TargetFile } from '../tuf/model.js';
import { isDelegation, parseNotaryRole, parentOf } from '../tuf/notary/names.js';
import { TARGETS, type RoleName } from '../tuf/role-name.js';
import { requireKey, type ApplyContext } from './apply-context.js';
import { changeDelegation, deleteDelegation, purgeKeys } from './apply-delegation.js';
import type { Change } from './change.js';
import { customOf, readDelegationData, readTargetData } from './change-data.js';
import { mayName } from './delegates.js';
import { draftOf, invalidRole, type Draft } from './draft.js';

/** Keys are taken from all delegations below it. */
export const ALL_DELEGATIONS = 'targets/*';

/**
 * Applies one change.
 *
 * @throws WritError NOTARY_ROLE for a role that is not there, NOTARY_KEY when no key of the role is there, NOTARY_CHANGE,
 *   NOTARY_CUSTOM
 */
export async function applyChange(context: ApplyContext, change: Change): Promise<void> {
  switch (change.type) {
    case 'target':
      await (change.action === 'delete' ? removeTarget(context, change) : addTarget(context, change));
      break;
    case 'delegation':
      await applyDelegation(context, change);
      break;
    case 'witness':
      witness(context.draft, roleOf(change));
      break;
    case 'role':
      throw new WritError('NOTARY_CHANGE', `scope not supported: ${change.scope}`);
  }
}

/** @throws WritError NOTARY_ROLE */
function roleOf({ scope }: Change): RoleName {
  if (scope === TARGETS || isDelegation(scope)) return parseNotaryRole(scope);
  throw invalidRole(scope, 'this role is not known');
}

async function addTarget(context: ApplyContext, change: Change): Promise<void> {
  const role = roleOf(change);
  const file = readTargetData(change.data);
  const { draft, log } = context;
  try {
    const known = draft.targets.get(role)?.targets.get(change.path);
    draft.signersOf(role);
    if (known !== undefined && sameTarget(known, file)) return;
    await requireKey(context, role);
    if (!mayName(draft.speaker(role)?.prefixes ?? [], change.path)) {
      throw new WritError(
        'NOTARY_CHANGE',
        `could not add all targets: ${role} may not speak for ${change.path}`,
      );
    }
    if (known !== undefined && hasGrants(known) && !hasGrants(file)) {
      log(
        'warning',
        `the grants of ${change.path} in ${role} (custom.writ) are dropped: what is published now has none`,
      );
    }
    const document = draft.dirtyTargets(role);
    document.targets.set(change.path, file);
    document.dirty = true;
  } catch (error) {
    log('error', `couldn't add target to ${role}: ${error instanceof Error ? error.message : String(error)}`);
    throw error;
  }
}

const sameTarget = (a: TargetFile, b: TargetFile): boolean =>
  sameHashes(a, b) && canonicalText(customOf(a) ?? null) === canonicalText(customOf(b) ?? null);

const sameHashes = (a: TargetFile, b: TargetFile): boolean =>
  a.length === b.length &&
  a.hashes.size === b.hashes.size &&
  [...a.hashes].every(([algorithm, digest]) => b.hashes.get(algorithm) === digest);

function hasGrants(file: TargetFile): boolean {
  const custom = customOf(file);
  return isJsonObject(custom) && member(custom, 'writ') !== undefined;
}

async function removeTarget(context: ApplyContext, change: Change): Promise<void> {
  const role = roleOf(change);
  const { draft, log } = context;
  try {
    draft.signersOf(role);
    const document = draft.targets.get(role);
    if (document?.targets.has(change.path) !== true) return;
    await requireKey(context, role);
    document.targets.delete(change.path);
    document.dirty = true;
  } catch (error) {
    log(
      'error',
      `couldn't remove target from ${role}: ${error instanceof Error ? error.message : String(error)}`,
    );
    throw error;
  }
}

async function applyDelegation(context: ApplyContext, change: Change): Promise<void> {
  if (change.scope === ALL_DELEGATIONS) {
    await purgeKeys(context, readDelegationData(change.data).removeKeys);
    return;
  }
  const role = roleOf(change);
  if (role === TARGETS) throw invalidRole(role, 'not a valid delegated role');
  await requireKey(context, parentOf(role) ?? TARGETS);
  if (change.action === 'delete') {
    deleteDelegation(context.draft, role);
    return;
  }
  const data = readDelegationData(change.data);
  if (change.action === 'update') context.draft.signersOf(role);
  changeDelegation(context, role, data);
}

/** Signs a role again as it is; one that has too few signatures comes back so. */
function witness(draft: Draft, role: RoleName): void {
  const document = draft.targets.get(role);
  if (document !== undefined) {
    document.dirty = true;
    return;
  }
  const broken = draft.invalid.get(role);
  if (role === TARGETS || broken === undefined) throw invalidRole(role, 'this role is not known');
  const { roleKeys } = draft.signersOf(role);
  if (roleKeys.threshold > roleKeys.keyIds.length) {
    throw invalidRole(role, 'role does not specify enough valid signing keys to meet its required threshold');
  }
  draft.targets.set(role, { ...draftOf(broken.signed), dirty: true });
}
