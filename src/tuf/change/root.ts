/** What a new root changes. All of it: a member that this does not know is named under `other`. */
import type { KeyId } from '../../crypto/key-id.js';
import type { Root } from '../model.js';
import type { RoleType } from '../role-name.js';
import { changeOfKeys, changeOfUnusedKeys, keysStay, type RoleKeysChange } from './keys.js';
import { membersThatDiffer } from './same.js';

/** In the order in which people read them. */
export const ROOT_ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const satisfies readonly RoleType[];

export interface RootChange {
  readonly type: 'root';
  readonly version: Both<number>;
  readonly expires: Both<Date>;
  readonly roles: Readonly<Record<RoleType, RoleKeysChange>>;
  /** Listed keys that no role uses, and that come, go or change. */
  readonly unusedKeys: readonly KeyId[];
  /** Whatever else differs, by the name of its member. */
  readonly other: readonly string[];
}

export interface Both<T> {
  /** Undefined where there was none. */
  readonly before: T | undefined;
  readonly after: T;
}

/** @param before - undefined for the first root */
export function changeOfRoot(before: Root | undefined, after: Root): RootChange {
  const role = (name: RoleType): RoleKeysChange =>
    changeOfKeys(before && { keys: before.keys, role: before.roles[name] }, {
      keys: after.keys,
      role: after.roles[name],
    });
  return {
    type: 'root',
    version: { before: before?.version, after: after.version },
    expires: { before: before?.expires, after: after.expires },
    roles: {
      root: role('root'),
      targets: role('targets'),
      snapshot: role('snapshot'),
      timestamp: role('timestamp'),
    },
    unusedKeys: changeOfUnusedKeys(
      before?.keys ?? new Map(),
      after.keys,
      new Set([before, after].flatMap(root => ROOT_ROLES.flatMap(name => root?.roles[name].keyIds ?? []))),
    ),
    other: [
      ...(before !== undefined && before.specVersion !== after.specVersion ? ['spec_version'] : []),
      ...((before?.consistentSnapshot ?? true) === after.consistentSnapshot ? [] : ['consistent_snapshot']),
      ...membersThatDiffer(before?.unrecognized, after.unrecognized),
    ],
  };
}

/** True iff nothing but version and expiry is different: the root is signed again. */
export const rootStays = ({ roles, unusedKeys, other }: RootChange): boolean =>
  ROOT_ROLES.every(name => keysStay(roles[name])) && unusedKeys.length === 0 && other.length === 0;
