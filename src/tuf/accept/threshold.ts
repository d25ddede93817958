/** Roles that nobody could ever sign for. */
import { WritError } from '../../errors.js';
import type { Keys, RoleKeys } from '../model.js';
import type { RoleName } from '../role-name.js';

/** @throws WritError TUF_THRESHOLD when the role's distinct usable keys are fewer than its threshold */
export function refuseUnreachableThreshold(
  role: RoleName,
  { keyIds, threshold }: RoleKeys,
  keys: Keys,
): void {
  const distinct = new Set<string>();
  for (const id of keyIds) {
    const material = keys.get(id)?.material;
    if (material !== undefined) distinct.add(material);
  }
  if (distinct.size >= threshold) return;
  throw new WritError(
    'TUF_THRESHOLD',
    `the role ${role} lists ${distinct.size} distinct usable keys, fewer than its threshold of ${threshold}`,
  );
}
