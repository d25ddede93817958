/** When the roles of a pinned Notary repository expire. */
import type { NotaryCollection } from '../../notary/collection.js';
import { SNAPSHOT, TIMESTAMP, type RoleName } from '../../tuf/role-name.js';
import type { Context } from '../command.js';
import { openPinned, type PinnedNotary } from './open.js';

export interface RoleExpiry {
  readonly role: string;
  readonly version: number;
  readonly expires: Date;
  /** Signed by the service. */
  readonly online: boolean;
}

/** Every role, verified, and those that cannot be read. @throws WritError as NotaryRepository.read */
export async function rolesOfPinned(context: Context, pinned: PinnedNotary): Promise<RoleExpiry[]> {
  const repository = await openPinned(context, pinned, 'pull');
  const collection = await repository.read();
  const here = new Set((await repository.keyring.folder.list()).map(({ id }) => id));
  const snapshotKeys = collection.roles().find(({ name }) => name === SNAPSHOT)?.keyIds ?? [];
  const isOnline = (role: RoleName): boolean =>
    role === TIMESTAMP || (role === SNAPSHOT && !snapshotKeys.some(id => here.has(id)));
  return documentsOf(collection).map(({ role, part }) => ({
    role,
    version: part.version,
    expires: part.expires,
    online: isOnline(role),
  }));
}

function documentsOf({ state }: NotaryCollection) {
  const { root, timestamp, snapshot, targets, invalid } = state;
  return [
    ...[root, ...targets.values(), snapshot, timestamp].map(({ role, value }) => ({ role, part: value })),
    ...Array.from(invalid, ([role, { signed }]) => ({ role, part: signed })),
  ];
}
