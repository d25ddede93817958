/** Changes as --json prints them. */
import type { JsonObject } from '../json/types.js';
import { writeTargetFile } from '../tuf/format/tuf1-write.js';
import type { RoleKeysChange } from '../tuf/change/keys.js';
import type { Both, RootChange } from '../tuf/change/root.js';
import { scopeOf, type DelegationChange, type TargetsChange } from '../tuf/change/targets.js';
import type { TargetFile } from '../tuf/model.js';

export function changeJson(change: RootChange | TargetsChange): JsonObject {
  const common = {
    version: both(change.version, version => version),
    expires: both(change.expires, date => date.toISOString()),
  };
  const rest = { unusedKeys: change.unusedKeys, other: change.other };
  if (change.type === 'root') {
    const { root, targets, snapshot, timestamp } = change.roles;
    return {
      ...common,
      roles: {
        root: keysJson(root),
        targets: keysJson(targets),
        snapshot: keysJson(snapshot),
        timestamp: keysJson(timestamp),
      },
      ...rest,
    };
  }
  const { bins, order } = change;
  return {
    ...common,
    targets: change.targets.map(({ path, before, after }) => ({
      path,
      before: targetJson(before),
      after: targetJson(after),
    })),
    delegations: change.delegations.map(delegationJson),
    bins: bins === undefined ? null : { bits: bins.after?.bitLength ?? null, keys: keysJson(bins.keys) },
    order: order?.after ?? null,
    ...rest,
  };
}

function both<T>({ before, after }: Both<T>, write: (value: T) => string | number): JsonObject {
  return { before: before === undefined ? null : write(before), after: write(after) };
}

const targetJson = (target: TargetFile | undefined): JsonObject | null =>
  target === undefined ? null : writeTargetFile(target);

function keysJson({ threshold, keys }: RoleKeysChange): JsonObject {
  return {
    threshold: { before: threshold.before ?? null, after: threshold.after ?? null },
    keys: keys.map(({ id, change }) => ({ id, change })),
  };
}

function delegationJson({ name, before, after, keys }: DelegationChange): JsonObject {
  return {
    role: name,
    before: before === undefined ? null : { paths: scopeOf(before), terminating: before.terminating },
    after: after === undefined ? null : { paths: scopeOf(after), terminating: after.terminating },
    ...keysJson(keys),
  };
}
