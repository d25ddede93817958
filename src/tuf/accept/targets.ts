/** Whether a repository takes uploaded targets, top-level or delegated. */
import { WritError } from '../../errors.js';
import { isDelegated } from '../delegation.js';
import { parseDocument } from '../document.js';
import { refuseExpired } from '../expiry.js';
import type { Root, Targets } from '../model.js';
import type { RoleName } from '../role-name.js';
import { verifyRole, type Verified } from '../verified.js';
import { refuseUnreachableThreshold } from './threshold.js';
import { refuseOtherVersion } from './version.js';

export interface TargetsUpload {
  /** Who delegates to the role as of this upload: the root for `targets`. */
  readonly delegator: Verified<Root> | Verified<Targets>;
  readonly role: RoleName;
  /** The version that the repository serves, 0 when it has none; also for a role that was revoked meanwhile. */
  readonly currentVersion: number;
  /** At most 5,000,000. */
  readonly bytes: Uint8Array;
  /** The document must not be expired then. */
  readonly now: Date;
}

/**
 * @throws WritError TUF_NOT_DELEGATED when the delegator does not delegate to the role, or not one of the targets
 *   to it; TUF_THRESHOLD when signatures lack, or when a delegation could never be signed for; TUF_VERSION,
 *   TUF_EXPIRED, those of parseDocument
 */
export function acceptTargets(upload: TargetsUpload): Verified<Targets> {
  const { delegator, role, currentVersion, bytes, now } = upload;
  const targets = verifyRole(delegator, role, parseDocument(bytes, 'targets'));
  refuseOtherVersion(targets, currentVersion + 1);
  refuseExpired(targets, now);
  refuseUndelegated(delegator, targets);
  const { delegations } = targets.value;
  for (const delegated of delegations?.roles ?? []) {
    refuseUnreachableThreshold(delegated.name, delegated, delegations?.keys ?? new Map());
  }
  return targets;
}

/** Clients would read over such targets; a publisher must hear of it. */
function refuseUndelegated(delegator: Verified<Root> | Verified<Targets>, targets: Verified<Targets>): void {
  if (delegator.value.type === 'root') return;
  const role = delegator.value.delegations?.roles.find(({ name }) => name === targets.role);
  for (const path of targets.value.targets.keys()) {
    if (role && isDelegated(role, path)) continue;
    throw new WritError(
      'TUF_NOT_DELEGATED',
      `${delegator.role} does not delegate ${path} to ${targets.role}`,
    );
  }
}
