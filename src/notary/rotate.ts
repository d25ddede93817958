/** Rotates the keys of one role of the root, and publishes nothing else. client/client.go, RotateKey. */
import type { NotaryKey } from '../crypto/notary-key.js';
import { WritError } from '../errors.js';
import { TOP_LEVEL_ROLES, typeOfRole, type RoleType } from '../tuf/role-name.js';
import { canonicalIdOf } from './collection.js';
import type { AnyKey } from './draft.js';
import { rootCertificateKey, serverKey } from './make-root.js';
import { publish, type PublishOptions } from './publish.js';
import { parseRoot } from './root-trust.js';
import type { ServerRole } from './server.js';
import { MAX_DOCUMENT } from './trust-folder.js';
import type { NotaryState } from './update.js';

export interface Rotation {
  readonly role: string;
  /** The server makes the key and signs with it: always for the timestamp, if wanted for the snapshot. */
  readonly serverManaged: boolean;
  /** Ids of bare keys of the trust folder; a new one is made where none is named. */
  readonly keyIds?: readonly string[];
  /** How many versions of the root back keys sign too, for clients that never saw one since; −1 for all. */
  readonly legacyVersions?: number;
}

/**
 * @throws WritError NOTARY_ROTATION for a role that cannot be rotated so; NOTARY_KEY for a key that is not there; and as
 *   `publish`
 */
export async function rotate(options: PublishOptions, rotation: Rotation): Promise<void> {
  const { legacyVersions = 0 } = rotation;
  const roles = rotation.role === ONLINE ? (['timestamp', 'snapshot'] as const) : [checkedRole(rotation)];
  const keys = new Map<RoleType, NotaryKey[]>();
  for (const role of roles) keys.set(role, await newKeys(options, role, checkedOnline(rotation)));
  let gone: AnyKey[] = [];
  await publish(options, {
    changes: [],
    edit: draft => {
      gone = [...keys].flatMap(([role, list]) => draft.replaceKeys(role, list));
    },
    oldKeys: state => oldRootKeys(options, state, legacyVersions),
  });
  if (keys.has('root')) return; // clients that trust the old key only may still need its signature
  for (const key of gone) {
    if (key.material !== undefined) await options.keyring.remove(canonicalIdOf(key, key.id));
  }
}

/**
 * Timestamp and snapshot in one version of the root. Notary's own client rotates one role at a time; a server that has
 * neither of the old keys could not sign what comes in between.
 */
const ONLINE = 'online';

/** @throws WritError NOTARY_ROTATION */
function checkedOnline(rotation: Rotation): Rotation {
  if (rotation.role !== ONLINE || rotation.serverManaged) return rotation;
  throw new WritError('NOTARY_ROTATION', 'the online keys are those of the server: add -r');
}

/** @throws WritError NOTARY_ROTATION */
function checkedRole({ role, serverManaged }: Rotation): RoleType {
  const known = TOP_LEVEL_ROLES.find(name => name === role);
  if (known === undefined) {
    throw new WritError('NOTARY_ROTATION', `notary does not currently permit rotating the ${role} key`);
  }
  const type = typeOfRole(known);
  if (serverManaged && type !== 'timestamp' && type !== 'snapshot') {
    throw new WritError('NOTARY_ROTATION', `notary does not permit the server managing the ${role} key`);
  }
  if (!serverManaged && type === 'timestamp') {
    throw new WritError('NOTARY_ROTATION', `notary does not permit the client managing the ${role} key`);
  }
  return type;
}

const isServerRole = (role: RoleType): role is ServerRole => role === 'timestamp' || role === 'snapshot';

async function newKeys(
  { server, keyring, gun, clock }: PublishOptions,
  role: RoleType,
  { serverManaged, keyIds = [] }: Rotation,
): Promise<NotaryKey[]> {
  if (serverManaged && isServerRole(role)) return [await serverKey(server, role, true)];
  const keys = [];
  for (const id of keyIds) {
    const key = await keyring.open(id);
    if (key === undefined) throw new WritError('NOTARY_KEY', `unable to find key: ${id}`);
    keys.push(key);
  }
  if (keys.length === 0) keys.push(await keyring.create({ role, gun }));
  return keys.map(key => (role === 'root' ? rootCertificateKey(key, gun, clock.now()) : key.publicKey));
}

/** The root keys of the last versions that the server has, as these listed them. */
async function oldRootKeys(
  { server, log }: PublishOptions,
  { root }: NotaryState,
  legacyVersions: number,
): Promise<AnyKey[]> {
  const current = root.value.version;
  const oldest = legacyVersions < 0 ? 1 : Math.max(1, current - legacyVersions);
  const found = new Map<string, AnyKey>();
  for (let version = current; version >= oldest && oldest < current; version--) {
    const bytes = await server.get(`${version}.root`, MAX_DOCUMENT);
    if (bytes === null) {
      log('debug', `the server does not have version ${version} of the root`);
      continue;
    }
    const { keys, roles } = parseRoot(bytes).signed;
    for (const id of roles.root.keyIds) {
      const key = keys.get(id);
      if (key !== undefined) found.set(id, key);
    }
  }
  return [...found.values()];
}
