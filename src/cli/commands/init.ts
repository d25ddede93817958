import { parsePublicKey, type PublicKey } from '../../crypto/public-key.js';
import { isWritError, WritError } from '../../errors.js';
import { parseRepositoryName, type RepositoryName } from '../../image/repository-name.js';
import { FileSigner } from '../../keystore/file-signer.js';
import type { KeyInfo } from '../../keystore/key-file.js';
import { KEY_SCHEMES } from '../../keystore/private-key.js';
import type { RepositoryKeys } from '../../transport/api-types.js';
import { buildRoot, buildTargets } from '../../tuf/build/signed-part.js';
import { signDocument } from '../../tuf/build/sign.js';
import { DEFAULT_LIMITS } from '../../tuf/limits.js';
import type { RoleKeys } from '../../tuf/model.js';
import type { Signer } from '../../tuf/ports.js';
import { metadataFileName, ROOT, TARGETS, type RoleName } from '../../tuf/role-name.js';
import { defineCommand, type Context } from '../command.js';
import { findKey, openKeyStore, prepareKey, unlock } from '../keys.js';
import { expiryOfYear } from '../lifetime.js';
import { initNotary } from '../notary-format/init.js';
import { FORMAT_OPTIONS, parseFormat, placeGiven, refuseOthers } from '../notary-format/options.js';
import { base64 } from '../publish.js';
import { openService, SERVER_OPTION } from '../service.js';
import { columns } from '../table.js';
import { fetcherOf, openPins } from '../trusted.js';

export const command = defineCommand({
  usage: 'NAME [--root-key ID] [--targets-key ID] [--scheme SCHEME] [--server URL] [--format notary]',
  description:
    'Makes a repository: a root and a targets key in the key store, sealed with pass-phrases (WRIT_ROOT_PASSPHRASE,\n' +
    'WRIT_TARGETS_PASSPHRASE, or one for both), the first root and targets signed here, snapshot and timestamp signed\n' +
    'by the service. The root is pinned in the client state; others pin it with the line that is printed.\n' +
    'A root that several people hold, or that never sees this machine, is made with `writ root init`.\n' +
    'With --format notary it makes a repository of Notary v1, on this service or a notary-server: NAME is that of the\n' +
    'image repository, the keys lie in a trust folder, and the other verbs work on it without saying so again.',
  arguments: [1, 1],
  options: {
    ...SERVER_OPTION,
    ...FORMAT_OPTIONS,
    'root-key': { type: 'string', value: 'ID', help: 'a root key of the key store instead of a new one' },
    'targets-key': {
      type: 'string',
      value: 'ID',
      help: 'a targets key of the key store instead of a new one',
    },
    scheme: {
      type: 'string',
      value: 'SCHEME',
      help: `of new keys: ${KEY_SCHEMES.join(', ')} (default: ed25519)`,
      words: KEY_SCHEMES,
    },
  },
  examples: [
    'writ init example',
    'writ init example --server https://writ.example --root-key 3f2a91c',
    'writ init registry.example/acme/app --format notary --server https://notary.example:4443',
  ],
  run: async (context, values, [text = '']) => {
    const format = parseFormat(values.format);
    if (format === 'notary') {
      refuseOthers(values, ['targets-key', 'scheme'], format);
      const { server } = (await context.config()).config;
      const place = await placeGiven(values);
      await initNotary(context, { name: text, server, ...place, rootKey: values['root-key'] });
      return 0;
    }
    refuseOthers(values, ['trust-dir', 'server-ca'], format);
    const name = parseRepositoryName(text);
    const pins = await openPins(context);
    const known = (await pins.list()).find(pin => pin.name === name);
    if (known !== undefined) {
      throw new WritError(
        'TRUST_PINNED',
        `a repository ${name} is trusted already, by the root ${known.sha256}`,
      );
    }
    const url = `${(await context.config()).config.server}/tuf/${name}`;
    await refuseTaken(name, url);
    const service = await openService(context);
    const online = await service.repositoryKeys(name);
    const scheme = values.scheme ?? 'ed25519';
    const root = await keyFor(context, ROOT, { name, scheme, id: values['root-key'] });
    const targets = await keyFor(context, TARGETS, { name, scheme, id: values['targets-key'] });
    const documents = await firstDocuments(context, { root, targets, online });
    await service
      .createRepository({
        name,
        documents: { root: base64(documents.root), targets: base64(documents.targets) },
      })
      .catch(async (error: unknown) => {
        const made = values['root-key'] === undefined ? [root] : [];
        await forget(context, [...made, ...(values['targets-key'] === undefined ? [targets] : [])], error);
        throw error;
      });
    const { sha256 } = await pins.add(name, documents.root, { url });
    context.out.result({ name, url, sha256, rootKey: root.key.id, targetsKey: targets.key.id }, () =>
      columns(
        [
          ['repository', name],
          ['url', url],
          ['root key', root.key.id],
          ['targets key', targets.key.id],
          ['root sha256', sha256],
        ],
        '',
      ),
    );
    context.out.note(`others trust it with: writ trust add ${name} --url ${url} --sha256 ${sha256}`);
    return 0;
  },
});

/** Asked before any key is made. */
async function refuseTaken(name: RepositoryName, url: string): Promise<void> {
  const root = await fetcherOf({ url }).metadata(metadataFileName(ROOT, 1), DEFAULT_LIMITS.root);
  if (root !== null) {
    throw new WritError('REPOSITORY_EXISTS', `the service has a repository ${name} already`);
  }
}

/** What a service says that has certainly made nothing. */
const REFUSALS = ['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'TOKEN_SCOPE'] as const;

/** Keys of a repository that was refused are of no use; where it may have been made, they are all that can change it. */
async function forget(context: Context, made: readonly Signer[], error: unknown): Promise<void> {
  const store = await openKeyStore(context);
  if (isWritError(error, ...REFUSALS)) {
    for (const { key } of made) await store.remove(key.id);
    return;
  }
  const ids = made.map(({ key }) => key.id);
  if (ids.length > 0) context.out.note(`the new keys stay in the key store: ${ids.join(' ')}`);
}

interface KeyChoice {
  readonly name: RepositoryName;
  readonly scheme: string;
  /** Of a key that exists. */
  readonly id: string | undefined;
}

/** A signer for one of the two roles: with the key that was named, or a new one, stored before it signs anything. */
async function keyFor(context: Context, role: RoleName, { name, scheme, id }: KeyChoice): Promise<Signer> {
  const store = await openKeyStore(context);
  if (id !== undefined)
    return unlock(context, store, checkedRole(await findKey(store, id, context), role), role);
  const { privateKey, passphrase, options } = await prepareKey(context, { scheme, role, repository: name });
  const { publicKey } = await store.add(privateKey, passphrase, options);
  context.out.detail(() => `made the ${role} key ${publicKey.id}`);
  return new FileSigner(privateKey, role);
}

function checkedRole(key: KeyInfo, role: RoleName): KeyInfo {
  if (key.role === undefined || key.role === role) return key;
  throw new WritError('USAGE', `the key ${key.publicKey.id} is for the role ${key.role}, not for ${role}`);
}

interface FirstKeys {
  readonly root: Signer;
  readonly targets: Signer;
  readonly online: RepositoryKeys;
}

/** Version 1 of root and targets. */
async function firstDocuments(
  { io }: Context,
  { root, targets, online }: FirstKeys,
): Promise<{ root: Uint8Array; targets: Uint8Array }> {
  const snapshot = parsePublicKey(online.snapshot, 'snapshot');
  const timestamp = parsePublicKey(online.timestamp, 'timestamp');
  const expires = expiryOfYear(io.clock.now());
  const keys = [root.key, targets.key, snapshot, timestamp];
  const signedRoot = buildRoot({
    version: 1,
    expires,
    consistentSnapshot: true,
    keys: new Map(keys.map(key => [key.id, key])),
    roles: {
      root: heldBy(root.key),
      targets: heldBy(targets.key),
      snapshot: heldBy(snapshot),
      timestamp: heldBy(timestamp),
    },
    unrecognized: {},
  });
  const signedTargets = buildTargets({
    version: 1,
    expires,
    targets: new Map(),
    delegations: undefined,
    unrecognized: {},
  });
  return {
    root: await signDocument(signedRoot, ROOT, [root]),
    targets: await signDocument(signedTargets, TARGETS, [targets]),
  };
}

const heldBy = ({ id }: PublicKey): RoleKeys => ({ keyIds: [id], threshold: 1, unrecognized: {} });
