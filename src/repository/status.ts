/** When each role of a repository expires, and who can sign it again. */
import type { RepositoryName } from '../image/repository-name.js';
import type { IndexReader } from '../storage/ports.js';
import type { RepositoryStatus, RoleStatus } from '../transport/api-types.js';
import { binCount, binNameOf } from '../tuf/bins.js';
import { SNAPSHOT, TIMESTAMP, type RoleName } from '../tuf/role-name.js';
import type { Verified } from '../tuf/verified.js';
import type { BinDelegation } from './bins.js';
import { readFileRecord } from './file-record.js';
import { binsOf, keysOf, servedName, type RepositoryState } from './state.js';

const DAY_MS = 86_400_000;

interface Expiring {
  readonly role: RoleName;
  readonly version: number;
  readonly expires: Date;
}

/** A state is looked through once: bins are many, and statuses are asked for often. */
const known = new WeakMap<RepositoryState, readonly Expiring[]>();

/**
 * Root, targets, snapshot, timestamp, then delegated roles by name; of hash bins the one that expires first.
 *
 * @param now - from which days are counted
 * @throws WritError STORE_*
 */
export async function statusOf(
  name: RepositoryName,
  state: RepositoryState,
  index: IndexReader,
  now: Date,
): Promise<RepositoryStatus> {
  const { root, targets, snapshot, timestamp, delegated } = state;
  const bins = known.get(state) ?? (await firstToExpire(name, state, index));
  known.set(state, bins);
  const roles = [...[...delegated.values()].map(({ document }) => expiringOf(document)), ...bins];
  roles.sort((a, b) => (a.role < b.role ? -1 : 1));
  const top = [root, targets, snapshot, timestamp].map(expiringOf);
  return { roles: [...top, ...roles].map(role => statusOfRole(role, now)) };
}

const expiringOf = ({ role, value }: Verified<Omit<Expiring, 'role'>>): Expiring => ({
  role,
  version: value.version,
  expires: value.expires,
});

async function firstToExpire(
  name: RepositoryName,
  state: RepositoryState,
  index: IndexReader,
): Promise<readonly Expiring[]> {
  const found: Expiring[] = [];
  for (const delegation of binsOf(state)) {
    let first: Expiring | undefined;
    for (const bin of await expiringBins(name, delegation, state, index)) {
      if (first === undefined || bin.expires < first.expires) first = bin;
    }
    if (first !== undefined) found.push(first);
  }
  return found;
}

async function expiringBins(
  name: RepositoryName,
  { succinct }: BinDelegation,
  { versions }: RepositoryState,
  index: IndexReader,
): Promise<readonly Expiring[]> {
  const found: Expiring[] = [];
  for (let i = 0; i < binCount(succinct); i++) {
    const role = binNameOf(succinct, i);
    const version = versions.get(role) ?? 0;
    const record = await index.get(keysOf(name).file(servedName(role, version)));
    const expires = record === undefined ? undefined : readFileRecord(record).expires;
    if (expires !== undefined) found.push({ role, version, expires });
  }
  return found;
}

function statusOfRole({ role, version, expires }: Expiring, now: Date): RoleStatus {
  return {
    role,
    version,
    expires: expires.toISOString(),
    online: role === SNAPSHOT || role === TIMESTAMP,
    daysLeft: Math.floor((expires.getTime() - now.getTime()) / DAY_MS),
  };
}
