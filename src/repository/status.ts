/** When each role of a repository expires, and who can sign it again. */
import type { RepositoryStatus, RoleStatus } from '../transport/api-types.js';
import { SNAPSHOT, TIMESTAMP } from '../tuf/role-name.js';
import type { Verified } from '../tuf/verified.js';
import type { RepositoryState } from './state.js';

const DAY_MS = 86_400_000;

/**
 * Root, targets, snapshot, timestamp, then delegated roles by name.
 *
 * @param now - from which days are counted
 */
export function statusOf(state: RepositoryState, now: Date): RepositoryStatus {
  const { root, targets, snapshot, timestamp, delegated } = state;
  const roles = [...delegated.values()].map(({ document }) => document);
  roles.sort((a, b) => (a.role < b.role ? -1 : 1));
  return { roles: [root, targets, snapshot, timestamp, ...roles].map(role => statusOfRole(role, now)) };
}

function statusOfRole(
  { role, value }: Verified<{ readonly version: number; readonly expires: Date }>,
  now: Date,
): RoleStatus {
  return {
    role,
    version: value.version,
    expires: value.expires.toISOString(),
    online: role === SNAPSHOT || role === TIMESTAMP,
    daysLeft: Math.floor((value.expires.getTime() - now.getTime()) / DAY_MS),
  };
}
