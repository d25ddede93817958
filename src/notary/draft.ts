/** A repository while changes are applied to it: what was verified, and which of it must be signed again. */
import type { KeyId } from '../crypto/key-id.js';
import type { PublicKey } from '../crypto/public-key.js';
import { WritError } from '../errors.js';
import type { JsonObject } from '../json/types.js';
import type { NotaryFile, NotarySnapshot } from '../tuf/format/notary1.js';
import type { DelegatedRole, RoleKeys, Root, TargetFile, Targets, UnusableKey } from '../tuf/model.js';
import { ancestorsOf, parentOf } from '../tuf/notary/names.js';
import { TARGETS, typeOfRole, type RoleName, type RoleType } from '../tuf/role-name.js';
import type { Verified } from '../tuf/verified.js';
import { canonicalIdOf } from './collection.js';
import { speakersBelow, TOP, type Speaker } from './delegates.js';
import type { NotaryState } from './update.js';

export type AnyKey = PublicKey | UnusableKey;

/** A targets role that may be changed. */
export interface TargetsDraft {
  /** Of what is published; 0 where nothing is. */
  readonly version: number;
  readonly targets: Map<string, TargetFile>;
  readonly keys: Map<KeyId, AnyKey>;
  roles: DelegatedRole[];
  readonly unrecognized: JsonObject | undefined;
  /** It must be signed again. */
  dirty: boolean;
}

export const emptyTargets = (): TargetsDraft => ({
  version: 0,
  targets: new Map(),
  keys: new Map(),
  roles: [],
  unrecognized: undefined,
  dirty: false,
});

export const draftOf = ({ version, targets, delegations, unrecognized }: Targets): TargetsDraft => ({
  version,
  targets: new Map(targets),
  keys: new Map(delegations?.keys ?? []),
  roles: [...(delegations?.roles ?? [])],
  unrecognized,
  dirty: false,
});

/** The keys of a role, and how many of them must sign. */
export interface Signers {
  readonly keys: ReadonlyMap<KeyId, AnyKey>;
  readonly roleKeys: RoleKeys;
}

interface Parts {
  readonly root: Verified<Root>;
  readonly targets: ReadonlyMap<RoleName, Verified<Targets>>;
  readonly snapshot: NotarySnapshot | undefined;
  readonly invalid?: NotaryState['invalid'];
}

export class Draft {
  /** The root that is published, or was made for the first publication. */
  readonly rootBefore: Verified<Root>;
  /** The root as it is to be. */
  root: Root;
  rootDirty = false;
  readonly targets: Map<RoleName, TargetsDraft>;
  readonly invalid: NotaryState['invalid'];
  /** What the snapshot says of the roles whose documents stay. */
  readonly meta: Map<string, NotaryFile>;
  readonly snapshotVersion: number;

  constructor({ root, targets, snapshot, invalid = new Map() }: Parts) {
    this.rootBefore = root;
    this.root = root.value;
    this.targets = new Map(Array.from(targets, ([role, { value }]) => [role, draftOf(value)]));
    this.invalid = invalid;
    this.meta = new Map(snapshot?.meta ?? []);
    this.snapshotVersion = snapshot?.version ?? 0;
  }

  /** Who may sign for a role. @throws WritError NOTARY_ROLE when nobody may */
  signersOf(role: RoleName): Signers {
    const type = typeOfRole(role);
    if (type === role) return { keys: this.root.keys, roleKeys: this.root.roles[type] };
    const parent = this.targets.get(parentOf(role) ?? TARGETS);
    const roleKeys = parent?.roles.find(({ name }) => name === role);
    if (parent !== undefined && roleKeys !== undefined && this.speaker(role) !== undefined) {
      return { keys: parent.keys, roleKeys };
    }
    throw invalidRole(role, 'delegation does not exist');
  }

  /** The bare ids of the keys that may sign for a role. @throws WritError NOTARY_ROLE */
  keyIdsOf(role: RoleName): KeyId[] {
    const { keys, roleKeys } = this.signersOf(role);
    return roleKeys.keyIds.map(id => canonicalIdOf(keys.get(id), id));
  }

  /** Which targets a role may speak for; undefined where a delegation above it is missing. */
  speaker(role: RoleName): Speaker | undefined {
    let current: Speaker | undefined = TOP;
    for (const above of [...ancestorsOf(role).slice(1), role]) {
      if (role === TARGETS || current === undefined) break;
      const document = this.targets.get(current.role);
      current = document && speakersBelow(current, document).find(speaker => speaker.role === above);
    }
    return current;
  }

  /** Takes keys out of a role of the root and puts others in. @returns the keys that no role lists any more */
  replaceKeys(role: RoleType, added: readonly PublicKey[]): AnyKey[] {
    const old = this.root.roles[role];
    const ids = added.map(({ id }) => id);
    const roles = { ...this.root.roles, [role]: { ...old, keyIds: ids } };
    const used = new Set(Object.values(roles).flatMap(({ keyIds }) => keyIds));
    const gone = [...this.root.keys].filter(([id]) => !used.has(id));
    const kept = [...this.root.keys].filter(([id]) => used.has(id));
    this.root = {
      ...this.root,
      roles,
      keys: new Map([...kept, ...added.map(key => [key.id, key] as const)]),
    };
    this.rootDirty = true;
    if (role === 'targets') this.dirtyTargets(TARGETS).dirty = true;
    return gone.map(([, key]) => key);
  }

  /** The document of a role, an empty one where there is none yet. */
  dirtyTargets(role: RoleName): TargetsDraft {
    const found = this.targets.get(role) ?? emptyTargets();
    this.targets.set(role, found);
    return found;
  }
}

export const invalidRole = (role: string, reason: string): WritError =>
  new WritError('NOTARY_ROLE', `tuf: invalid role ${role}. ${reason}`, {
    details: { role: role.slice(0, 256) },
  });
