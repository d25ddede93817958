/** The first documents of a repository: keys, root, empty targets, and a snapshot where the client signs it. */
import { notaryKeyOfCertificate, parseNotaryKey, type NotaryKey } from '../crypto/notary-key.js';
import type { PublicKey } from '../crypto/public-key.js';
import { WritError } from '../errors.js';
import { asObject } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import type { NotaryPrivateKey } from '../keystore/notary-private-key.js';
import type { Root } from '../tuf/model.js';
import type { Gun } from '../tuf/notary/names.js';
import type { RoleType } from '../tuf/role-name.js';
import type { Keyring } from './keyring.js';
import type { NotaryServer, ServerRole } from './server.js';

/** The key that a server signs a role with. @throws WritError NOTARY_SERVER for what is none, and as the server */
export async function serverKey(server: NotaryServer, role: ServerRole, rotate: boolean): Promise<NotaryKey> {
  const bytes = await (rotate ? server.rotateKey(role) : server.key(role));
  try {
    return parseNotaryKey(asObject(parseStrict(bytes), 'key'), 'key');
  } catch (cause) {
    throw new WritError('NOTARY_SERVER', `trust server sent no ${role} key that can be read`, { cause });
  }
}

/** A root key in a certificate that it signs for itself. @throws WritError KEY_TYPE for an Ed25519 key */
export const rootCertificateKey = (key: NotaryPrivateKey, gun: Gun, now: Date): NotaryKey =>
  notaryKeyOfCertificate(key.rootCertificate(gun, now));

/**
 * The root key to use: that of `ids`, or the first of the trust folder, or a new one.
 *
 * @throws WritError NOTARY_KEY when one is named that is not there
 */
export async function rootKeys(keyring: Keyring, ids: readonly string[]): Promise<NotaryPrivateKey[]> {
  const named =
    ids.length > 0
      ? ids
      : (await keyring.folder.list())
          .filter(isRoot)
          .slice(0, 1)
          .map(({ id }) => id);
  if (named.length === 0) return [await keyring.create({ role: 'root', gun: '' })];
  const keys: NotaryPrivateKey[] = [];
  for (const id of named) {
    const key = await keyring.open(id);
    if (key === undefined) throw new WritError('NOTARY_KEY', `could not open the root key ${id}`);
    keys.push(key);
  }
  return keys;
}

const isRoot = ({ role }: { readonly role: string }): boolean => role === 'root';

/** A root with these keys, one of which must sign for each role. */
export function firstRoot(
  keys: Readonly<Record<RoleType, readonly PublicKey[]>>,
  expires: Date,
): Omit<Root, 'type'> {
  const role = (type: RoleType) => ({ keyIds: keys[type].map(({ id }) => id), threshold: 1 });
  return {
    version: 1,
    expires,
    consistentSnapshot: false,
    keys: new Map(Object.values(keys).flatMap(list => list.map(key => [key.id, key] as const))),
    roles: {
      root: role('root'),
      targets: role('targets'),
      snapshot: role('snapshot'),
      timestamp: role('timestamp'),
    },
  };
}
