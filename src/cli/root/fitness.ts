/** Whether a root, or a document that delegates, may be signed at all, whoever asks for it. */
import { WritError } from '../../errors.js';
import { ROOT_ROLES } from '../../tuf/change/root.js';
import { isExpired } from '../../tuf/expiry.js';
import type { Root, Targets } from '../../tuf/model.js';
import type { RoleName, RoleType } from '../../tuf/role-name.js';

/**
 * Refuses a root that nobody could succeed or use: another version than the next, thresholds that its keys cannot
 * reach, ids that name another key than before, online keys that could sign what people must sign.
 *
 * @param previous - undefined for the first root
 * @throws WritError TUF_VERSION, TUF_KEY_REBOUND, TUF_EXPIRED, CLI_ROOT
 */
export function refuseUnfit(next: Root, previous: Root | undefined, now: Date): void {
  const expected = (previous?.version ?? 0) + 1;
  if (next.version !== expected) {
    const after = previous === undefined ? 'the first root' : `the root after version ${previous.version}`;
    throw new WritError(
      'TUF_VERSION',
      `${after} must have version ${expected}, this one has ${next.version}`,
      {
        hint: 'name the root that it was made from with --previous; make it anew when another was published since',
      },
    );
  }
  if (isExpired(next, now)) {
    throw new WritError('TUF_EXPIRED', `the root expires at ${next.expires.toISOString()}, which is past`);
  }
  if (!next.consistentSnapshot) throw unfit('it does not set consistent_snapshot');
  for (const role of ROOT_ROLES) refuseUnreachable(next, role);
  refuseRebinding(next, previous);
  refuseSharedOnline(next);
}

/**
 * Refuses delegations that nobody could sign for. A key that cannot count harms nobody while the others suffice.
 *
 * @throws WritError REPOSITORY_DELEGATION
 */
export function refuseUnfitDelegations(delegator: RoleName, { delegations }: Targets): void {
  if (delegations === undefined) return;
  const { keys, roles, succinct } = delegations;
  for (const role of [
    ...roles,
    ...(succinct === undefined ? [] : [{ ...succinct, name: succinct.namePrefix }]),
  ]) {
    const { size } = new Set(role.keyIds.flatMap(id => keys.get(id)?.material ?? []));
    if (size >= role.threshold) continue;
    throw new WritError(
      'REPOSITORY_DELEGATION',
      `${delegator} cannot delegate so: ${reachWords(role.name, role.threshold, size)}`,
    );
  }
}

const reachWords = (name: string, threshold: number, size: number): string =>
  `the role ${name} needs ${threshold} signature${threshold === 1 ? '' : 's'} and has ${size} key${size === 1 ? '' : 's'}`;

const unfit = (why: string): WritError => new WritError('CLI_ROOT', `the root cannot be signed: ${why}`);

/** Distinct keys that can count; one that cannot is refused, and so are two ids of one key. */
function materialsOf({ keys, roles }: Root, name: RoleType): Set<string> {
  const materials = new Set<string>();
  for (const id of roles[name].keyIds) {
    const key = keys.get(id);
    if (key?.material === undefined) {
      throw unfit(`the role ${name} names ${id}, ${key === undefined ? 'which is not listed' : key.reason}`);
    }
    if (materials.has(key.material)) throw unfit(`the role ${name} names one key under two ids`);
    materials.add(key.material);
  }
  return materials;
}

function refuseUnreachable(root: Root, name: RoleType): void {
  const { threshold } = root.roles[name];
  const { size } = materialsOf(root, name);
  if (size < threshold) throw unfit(reachWords(name, threshold, size));
}

function refuseRebinding(next: Root, previous: Root | undefined): void {
  for (const [id, key] of next.keys) {
    const known = previous?.keys.get(id);
    if (known?.material === undefined || known.material === key.material) continue;
    throw new WritError('TUF_KEY_REBOUND', `the key id ${id} names another key than in the root before`);
  }
}

/** One stolen key of the service must not be able to sign images, let alone roots. */
function refuseSharedOnline(root: Root): void {
  for (const online of ['snapshot', 'timestamp'] as const) {
    for (const offline of ['root', 'targets'] as const) {
      const held = materialsOf(root, offline);
      if ([...materialsOf(root, online)].some(material => held.has(material))) {
        throw unfit(
          `the roles ${online} and ${offline} share a key: the service would hold one that people sign with`,
        );
      }
    }
  }
}
