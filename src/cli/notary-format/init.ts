/** `writ init --format notary`: a Notary repository as docker makes it, whose snapshot and timestamp the server signs. */
import { sha256Hex } from '../../crypto/digest.js';
import { isWritError, WritError } from '../../errors.js';
import type { NotaryPin } from '../../notary/pins.js';
import { TRUST_ON_FIRST_USE } from '../../notary/pinning.js';
import { parseRoot } from '../../notary/root-trust.js';
import type { NotaryRepository } from '../../notary/repository.js';
import { MAX_DOCUMENT } from '../../notary/trust-folder.js';
import { ROOT } from '../../tuf/role-name.js';
import type { Context } from '../command.js';
import { columns } from '../table.js';
import { connectTo, openNotaryPins, openRepository, parseImageRepository, type NotaryPlace } from './open.js';

export interface NotaryInit extends Pick<NotaryPin, 'server' | 'serverCa' | 'keys'> {
  readonly name: string;
  /** Id of a root key of the trust folder; without it the first one there, or a new one. */
  readonly rootKey: string | undefined;
}

/**
 * Makes keys and a repository, publishes it and pins its root.
 *
 * @throws WritError USAGE, NOTARY_GUN; TRUST_PINNED; REPOSITORY_EXISTS where the server has it; as initialize and publish
 */
export async function initNotary(context: Context, wish: NotaryInit): Promise<void> {
  const gun = parseImageRepository(wish.name);
  const pins = await openNotaryPins(context);
  if ((await pins.find(gun)) !== undefined)
    throw new WritError('TRUST_PINNED', `a Notary repository ${gun} is trusted already`);
  const { server, serverCa, keys } = wish;
  const place: NotaryPlace = { gun, server, serverCa, keys };
  await refuseTaken(context, place);
  await pins.remove(gun); // what a command that failed has left
  // The only root that is ever trusted here is the one that is made here.
  const trusting = { folder: pins.folderOf(gun), pinning: TRUST_ON_FIRST_USE };
  const repository = await openRepository(context, place, 'push,pull', trusting);
  const root = await make(context, repository, wish.rootKey);
  const pin: NotaryPin = { name: gun, server, serverCa, keys, trust: { kind: 'root', root } };
  await pins.add(pin);
  tell(context, pin, root);
}

/** Asked before any key is made. */
async function refuseTaken(context: Context, place: NotaryPlace): Promise<void> {
  const { gun } = place;
  const server = await connectTo(context, place, 'pull');
  if ((await server.get(ROOT, MAX_DOCUMENT)) === null) return;
  throw new WritError('REPOSITORY_EXISTS', `${server.host} has a Notary repository ${gun} already`, {
    hint: 'to work on it, pin it with `writ trust add --format notary`',
  });
}

/** What a server says that has certainly made nothing. */
const REFUSALS = ['NOTARY_DENIED', 'NOTARY_REJECTED', 'NOTARY_OFFLINE', 'CLI_PASSPHRASE'] as const;

/**
 * Makes the repository here, then on the server. Keys of one that is not there are of no use; where it may have been
 * made, they are all that can change it.
 *
 * @returns its root
 */
async function make(
  context: Context,
  repository: NotaryRepository,
  rootKey: string | undefined,
): Promise<Uint8Array> {
  const { keyring, folder } = repository;
  const before = new Set((await keyring.folder.list()).map(({ id }) => id));
  let sent = false;
  try {
    const rootKeyIds = rootKey === undefined ? [] : [rootKey];
    await repository.initialize({ serverRoles: ['snapshot'], rootKeyIds });
    const root = await folder.read(ROOT);
    if (root === null) throw new WritError('NOTARY_ROOT', `the root of ${repository.gun} was not kept`);
    sent = true;
    await repository.publishChanges([]);
    return root;
  } catch (error) {
    const made = (await keyring.folder.list()).map(({ id }) => id).filter(id => !before.has(id));
    await folder.remove();
    if (!sent || isWritError(error, ...REFUSALS)) for (const id of made) await keyring.remove(id);
    else context.out.note(`the new keys stay in the trust folder: ${made.join(' ')}`);
    throw error;
  }
}

function tell(context: Context, { name, server }: NotaryPin, root: Uint8Array): void {
  const sha256 = sha256Hex(root);
  const { roles } = parseRoot(root).signed;
  const [rootKey = ''] = roles.root.keyIds;
  const [targetsKey = ''] = roles.targets.keyIds;
  context.out.result({ name, url: server, sha256, rootKey, targetsKey, format: 'notary' }, () =>
    columns(
      [
        ['repository', name],
        ['format', 'notary'],
        ['url', server],
        ['root key', rootKey],
        ['targets key', targetsKey],
        ['root sha256', sha256],
      ],
      '',
    ),
  );
  context.out.note(
    `others trust it with: writ trust add ${name} --format notary --url ${server} --sha256 ${sha256}`,
  );
}
