/** Changes of delegations: who may sign for which targets. tuf/tuf.go. */
import type { KeyId } from '../crypto/key-id.js';
import type { NotaryKey } from '../crypto/notary-key.js';
import { isWritError } from '../errors.js';
import type { DelegatedRole } from '../tuf/model.js';
import { parentOf } from '../tuf/notary/names.js';
import { TARGETS, type RoleName } from '../tuf/role-name.js';
import { requireKey, type ApplyContext } from './apply-context.js';
import type { DelegationData } from './change-data.js';
import { canonicalIdOf } from './collection.js';
import { prefixesOf, restrict } from './delegates.js';
import { invalidRole, type Draft, type TargetsDraft } from './draft.js';

/**
 * Makes or changes a delegation.
 *
 * @param role - a delegation whose parent is to be signed
 * @throws WritError NOTARY_ROLE for paths that the parent may not speak for itself
 */
export function changeDelegation(
  { draft, log }: Pick<ApplyContext, 'draft' | 'log'>,
  role: RoleName,
  change: Required<DelegationData>,
): void {
  const parent = parentOf(role) ?? TARGETS;
  const prefixes = draft.speaker(parent)?.prefixes ?? [];
  if (restrict(prefixes, change.addPaths).length !== change.addPaths.length) {
    throw invalidRole(role, 'invalid paths to add to role');
  }
  const document = draft.dirtyTargets(parent);
  const next = changed(document, role, change);
  if (next.keyIds.length < next.threshold) {
    log(
      'warning',
      `role ${role} has fewer keys than its threshold of ${next.threshold}; it will not be usable until keys are added to it`,
    );
  }
  for (const key of change.addKeys) document.keys.set(key.id, key);
  const place = document.roles.findIndex(({ name }) => name === role);
  if (place === -1) document.roles.push(next);
  else document.roles[place] = next;
  forgetUnusedKeys(document);
  document.dirty = true;
}

function changed(document: TargetsDraft, role: RoleName, change: Required<DelegationData>): DelegatedRole {
  const old = document.roles.find(({ name }) => name === role);
  const removed = new Set(change.removeKeys);
  const kept = (old?.keyIds ?? []).filter(id => !removed.has(canonicalIdOf(document.keys.get(id), id)));
  const paths = change.clearPaths || old === undefined ? [] : prefixesOf(old);
  return {
    name: role,
    keyIds: together(kept, change.addKeys.map(idOf)),
    threshold: old?.threshold ?? change.threshold,
    terminating: false,
    scope: {
      kind: 'pathPrefixes',
      prefixes: together(
        paths.filter(path => !change.removePaths.includes(path)),
        change.addPaths,
      ),
    },
    unrecognized: old?.unrecognized,
  };
}

const idOf = ({ id }: NotaryKey): KeyId => id;

const together = <T>(a: readonly T[], b: readonly T[]): T[] => [...new Set([...a, ...b])];

function forgetUnusedKeys({ keys, roles }: TargetsDraft): void {
  const used = new Set(roles.flatMap(({ keyIds }) => keyIds));
  for (const id of [...keys.keys()]) if (!used.has(id)) keys.delete(id);
}

/** Ends a delegation, and with it those below it. */
export function deleteDelegation(draft: Draft, role: RoleName): void {
  const ends = (name: string): boolean => name === role || name.startsWith(`${role}/`);
  for (const name of [...draft.targets.keys()].filter(ends)) draft.targets.delete(name);
  for (const name of [...draft.meta.keys()].filter(ends)) draft.meta.delete(name);
  const document = draft.targets.get(parentOf(role) ?? TARGETS);
  if (document?.roles.some(({ name }) => name === role) !== true) return;
  document.roles = document.roles.filter(({ name }) => name !== role);
  forgetUnusedKeys(document);
  document.dirty = true;
}

/**
 * Takes keys out of all delegations of the repository.
 *
 * @param ids - of bare keys
 */
export async function purgeKeys(context: ApplyContext, ids: readonly string[]): Promise<void> {
  const { draft, log } = context;
  const gone = new Set(ids);
  for (const [role, document] of draft.targets) {
    const found = [...document.keys]
      .filter(([id, key]) => gone.has(canonicalIdOf(key, id)))
      .map(([id]) => id);
    if (found.length === 0) continue;
    if (!(await canSign(context, role))) {
      log(
        'warning',
        `role ${role} contains keys being purged but you do not have the necessary keys present to sign it; keys will not be purged from ${role} or its immediate children`,
      );
      continue;
    }
    for (const { name } of document.roles.filter(({ keyIds }) => keyIds.some(id => found.includes(id)))) {
      const change = {
        threshold: 1,
        addKeys: [],
        removeKeys: ids,
        addPaths: [],
        removePaths: [],
        clearPaths: false,
      };
      changeDelegation({ draft, log }, name, change);
    }
  }
}

async function canSign(context: ApplyContext, role: RoleName): Promise<boolean> {
  try {
    await requireKey(context, role);
    return true;
  } catch (error) {
    if (isWritError(error, 'NOTARY_KEY', 'NOTARY_ROLE')) return false;
    throw error;
  }
}
