/** What changes in who may sign for a role. */
import type { KeyId } from '../../crypto/key-id.js';
import type { PublicKey } from '../../crypto/public-key.js';
import type { Keys, RoleKeys, UnusableKey } from '../model.js';
import { membersThatDiffer, sameJson } from './same.js';

/** The keys of a role, with the list that its ids point into. */
export interface KeyHolders {
  readonly keys: Keys;
  readonly role: RoleKeys;
}

export interface KeyChange {
  readonly id: KeyId;
  /** As it will be; where it goes, as it was. Undefined for an id that no key is listed under. */
  readonly key: PublicKey | UnusableKey | undefined;
  /** `exchanged`: the id stays, and names another key. */
  readonly change: 'kept' | 'added' | 'removed' | 'exchanged';
}

export interface RoleKeysChange {
  readonly threshold: { readonly before: number | undefined; readonly after: number | undefined };
  /** All keys: those that stay and come, as the document lists them, then those that go. */
  readonly keys: readonly KeyChange[];
  /** Members that TUF does not know. */
  readonly other: readonly string[];
}

/** @param before - undefined for a role that is new; `after` for one that goes */
export function changeOfKeys(before: KeyHolders | undefined, after: KeyHolders | undefined): RoleKeysChange {
  return {
    threshold: { before: before?.role.threshold, after: after?.role.threshold },
    keys: [...changesOfListed(before, after), ...removals(before, after)],
    other: membersThatDiffer(before?.role.unrecognized, after?.role.unrecognized),
  };
}

function changesOfListed(before: KeyHolders | undefined, after: KeyHolders | undefined): KeyChange[] {
  if (after === undefined) return [];
  return after.role.keyIds.map(id => ({ id, key: after.keys.get(id), change: fate(id, before, after) }));
}

function fate(id: KeyId, before: KeyHolders | undefined, after: KeyHolders): KeyChange['change'] {
  if (before?.role.keyIds.includes(id) !== true) return 'added';
  return sameJson(before.keys.get(id)?.toJson(), after.keys.get(id)?.toJson()) ? 'kept' : 'exchanged';
}

function removals(before: KeyHolders | undefined, after: KeyHolders | undefined): KeyChange[] {
  if (before === undefined) return [];
  const gone = before.role.keyIds.filter(id => after?.role.keyIds.includes(id) !== true);
  return gone.map(id => ({ id, key: before.keys.get(id), change: 'removed' }));
}

/** True iff nothing is different. */
export const keysStay = ({ threshold, keys, other }: RoleKeysChange): boolean =>
  threshold.before === threshold.after && other.length === 0 && keys.every(({ change }) => change === 'kept');

/** Keys that come, go or change and that no role of either document names, so that no role's change shows them. */
export function changeOfUnusedKeys(before: Keys, after: Keys, used: ReadonlySet<KeyId>): KeyId[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter(id => !used.has(id) && !sameJson(before.get(id)?.toJson(), after.get(id)?.toJson()))
    .sort();
}
