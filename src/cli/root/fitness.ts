/** Whether a root may be signed at all, whoever asks for it. */
import { WritError } from '../../errors.js';
import { ROOT_ROLES } from '../../tuf/change/root.js';
import { isExpired } from '../../tuf/expiry.js';
import type { Root } from '../../tuf/model.js';
import type { RoleType } from '../../tuf/role-name.js';

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

const unfit = (why: string): WritError => new WritError('CLI_ROOT', `the root cannot be signed: ${why}`);

/** Distinct keys that can count; two ids of one key are one. */
function materialsOf({ keys, roles }: Root, role: RoleType): Set<string> {
  const materials = new Set<string>();
  for (const id of roles[role].keyIds) {
    const key = keys.get(id);
    if (key?.material === undefined) {
      throw unfit(`the role ${role} names ${id}, ${key === undefined ? 'which is not listed' : key.reason}`);
    }
    if (materials.has(key.material)) throw unfit(`the role ${role} names one key under two ids`);
    materials.add(key.material);
  }
  return materials;
}

function refuseUnreachable(root: Root, role: RoleType): void {
  const { threshold } = root.roles[role];
  const { size } = materialsOf(root, role);
  if (size === 0) throw unfit(`the role ${role} has no key`);
  if (size >= threshold) return;
  throw unfit(`the role ${role} needs ${threshold} signatures and has ${size} key${size === 1 ? '' : 's'}`);
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
