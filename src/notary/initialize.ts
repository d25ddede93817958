/** Makes a repository in the trust folder; it is published with the first publication. client/client.go, initialize. */
import type { NotaryKey } from '../crypto/notary-key.js';
import { WritError } from '../errors.js';
import { describeNotaryFile } from '../tuf/notary/describe.js';
import type { Gun } from '../tuf/notary/names.js';
import { ROOT, SNAPSHOT, TARGETS, TIMESTAMP } from '../tuf/role-name.js';
import { writeNotaryRoot, writeNotarySnapshot, writeNotaryTargets } from '../tuf/format/notary1-write.js';
import type { Keyring } from './keyring.js';
import { firstRoot, rootCertificateKey, rootKeys, serverKey } from './make-root.js';
import type { NotaryServer, ServerRole } from './server.js';
import { expiryOf, signDocument } from './sign.js';
import type { RepositoryFolder } from './trust-folder.js';

export interface InitializeOptions {
  readonly gun: Gun;
  readonly folder: RepositoryFolder;
  readonly server: NotaryServer;
  readonly keyring: Keyring;
  readonly now: Date;
  /** Ids of bare root keys; without any, the first that is there, or a new one. */
  readonly rootKeyIds?: readonly string[];
  /** Certificates for the root keys; without any, the keys sign their own. */
  readonly rootCertificates?: readonly NotaryKey[];
  /** Beside `timestamp`, which is always the server's. */
  readonly serverRoles?: readonly ServerRole[];
}

/**
 * Makes keys, root, targets and, where the client signs it, snapshot, all of version 1.
 *
 * @throws WritError NOTARY_EXISTS when the trust folder follows a published repository of that name; NOTARY_KEY,
 *   KEYSTORE_*, STORE_*, and as the server
 */
export async function initialize(options: InitializeOptions): Promise<void> {
  const { gun, folder, server, keyring, now, serverRoles = [] } = options;
  if ((await folder.read(TIMESTAMP)) !== null) {
    throw new WritError('NOTARY_EXISTS', `trust data of ${gun} is there already, from a server`);
  }
  const isServers = serverRoles.includes('snapshot');
  const root = await rootKeysInCertificates(options);
  const targets = (await keyring.create({ role: 'targets', gun })).publicKey;
  const snapshot = isServers ? undefined : (await keyring.create({ role: 'snapshot', gun })).publicKey;
  const timestampKey = await serverKey(server, 'timestamp', false);
  const snapshotKey = snapshot ?? (await serverKey(server, 'snapshot', false));
  const expires = expiryOf('root', now);
  const made = firstRoot(
    { root, targets: [targets], snapshot: [snapshotKey], timestamp: [timestampKey] },
    expires,
  );
  const sign = (
    part: Parameters<typeof signDocument>[0],
    role: keyof typeof made.roles,
  ): Promise<Uint8Array> =>
    signDocument(part, { needed: [{ keys: made.keys, roleKeys: made.roles[role] }] }, keyring);
  const rootBytes = await sign(writeNotaryRoot(made), 'root');
  const targetsBytes = await sign(
    writeNotaryTargets({ version: 1, expires: expiryOf('targets', now), targets: new Map() }),
    'targets',
  );
  await folder.write(ROOT, rootBytes);
  await folder.write(TARGETS, targetsBytes);
  if (isServers) return;
  const meta = new Map([
    ['root', describeNotaryFile(rootBytes)],
    ['targets', describeNotaryFile(targetsBytes)],
  ]);
  const part = writeNotarySnapshot({ version: 1, expires: expiryOf('snapshot', now), meta });
  await folder.write(SNAPSHOT, await sign(part, 'snapshot'));
}

/** The keys of the root role as the root lists them. @throws WritError NOTARY_KEY for a certificate of another key */
async function rootKeysInCertificates(options: InitializeOptions): Promise<NotaryKey[]> {
  const { gun, keyring, now, rootKeyIds = [], rootCertificates = [] } = options;
  const ids = rootKeyIds.length > 0 ? rootKeyIds : rootCertificates.map(({ canonicalId }) => canonicalId);
  const keys = await rootKeys(keyring, ids);
  if (rootCertificates.length === 0) return keys.map(key => rootCertificateKey(key, gun, now));
  const fits =
    rootCertificates.length === keys.length &&
    rootCertificates.every(({ canonicalId }, i) => canonicalId === keys[i]?.id);
  if (fits) return [...rootCertificates];
  throw new WritError(
    'NOTARY_KEY',
    'error initializing repository with certificate: cannot find matching private key id',
  );
}
