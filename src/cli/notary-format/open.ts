/**
 * Pinned Notary repositories, as the plain verbs work on them. In the client state lie the pins, each with what was
 * verified from it, and the private keys: `notary -d` may use those too.
 */
import { join } from 'node:path';
import { readToken } from '../../config/token.js';
import type { Config } from '../../config/types.js';
import { WritError } from '../../errors.js';
import { parseImageReference } from '../../image/reference.js';
import { connect, type NotaryAccess } from '../../notary/http-server.js';
import type { NotaryLog } from '../../notary/log.js';
import { NotaryPins, startFromPin, type NotaryPin } from '../../notary/pins.js';
import type { TrustPinning } from '../../notary/pinning.js';
import { NotaryRepository } from '../../notary/repository.js';
import type { NotaryServer } from '../../notary/server.js';
import { TrustFolder } from '../../notary/trust-folder.js';
import { dockerCredentials } from '../../registry/credentials.js';
import type { Credentials } from '../../registry/types.js';
import { httpRequest } from '../../transport/http.js';
import { parseGun, type Gun } from '../../tuf/notary/names.js';
import type { Context } from '../command.js';
import { parseNotaryAuth } from '../notary/credentials.js';
import { notaryPassphrases } from './passphrases.js';

/** One Notary repository and the pin that is for it. */
export interface PinnedNotary {
  readonly gun: Gun;
  readonly pin: NotaryPin;
}

const folderOf = ({ state }: Pick<Config, 'state'>): string => join(state, 'notary');

export async function openNotaryPins(context: Context): Promise<NotaryPins> {
  const { config } = await context.config();
  return new NotaryPins(join(folderOf(config), 'pins'));
}

/**
 * The name of a repository that images have: what is signed in it is found by them.
 *
 * @throws WritError USAGE for another spelling, IMAGE_REFERENCE, NOTARY_GUN
 */
export function parseImageRepository(text: string): Gun {
  const { repository, writtenTag, digest } = parseImageReference(text);
  if (repository === text) return parseGun(text);
  const isTagged = writtenTag !== undefined || digest !== undefined;
  throw new WritError('USAGE', `${text} is not the full name of a repository`, {
    hint: `a Notary repository is named as its images are${isTagged ? ', without tag and digest' : ''}: ${repository}`,
  });
}

/** A repository on its server, trusted or not yet. */
export interface NotaryPlace extends Pick<NotaryPin, 'server' | 'serverCa' | 'keys'> {
  readonly gun: Gun;
}

/** The server of a repository. @throws WritError NOTARY_URL */
export function connectTo(
  context: Context,
  { gun, server, serverCa }: NotaryPlace,
  access: NotaryAccess,
): Promise<NotaryServer> {
  return connect({
    url: server,
    gun,
    access,
    http: httpRequest,
    tls: serverCa && { ca: serverCa },
    credentials: () => credentialsFor(context, server, gun),
    log: logTo(context),
  });
}

/** The repository with its server; what it trusts first is what is pinned. @throws WritError NOTARY_URL, STORE_* */
export async function openPinned(
  context: Context,
  { gun, pin }: PinnedNotary,
  access: NotaryAccess,
): Promise<NotaryRepository> {
  const pins = await openNotaryPins(context);
  const repository = await openRepository(context, { ...pin, gun }, access, {
    folder: pins.folderOf(pin.name),
    pinning: pins.pinningFor(pin, gun),
  });
  await startFromPin(pin, repository.folder);
  return repository;
}

export interface Trusting {
  /** The trust folder for what is verified. */
  readonly folder: string;
  readonly pinning: TrustPinning;
}

/** @throws WritError NOTARY_URL */
export async function openRepository(
  context: Context,
  place: NotaryPlace,
  access: NotaryAccess,
  { folder, pinning }: Trusting,
): Promise<NotaryRepository> {
  const { gun, keys } = place;
  const { config } = await context.config();
  return new NotaryRepository({
    gun,
    trust: new TrustFolder(folder, keys ?? folderOf(config)),
    server: await connectTo(context, place, access),
    pinning,
    currentOnly: true,
    passphrases: notaryPassphrases(context, gun),
    clock: context.io.clock,
    log: logTo(context),
  });
}

/** NOTARY_AUTH; the token of the service, for itself alone; the login of the image's registry. */
async function credentialsFor(context: Context, server: string, gun: Gun): Promise<Credentials | undefined> {
  const { env } = context.io;
  const given = env['NOTARY_AUTH'] ?? '';
  if (given !== '') return parseNotaryAuth(given, logTo(context));
  const { config } = await context.config();
  if (new URL(server).origin === new URL(config.server).origin) {
    const token = await readToken(config);
    if (token !== undefined) return { username: 'writ', password: token };
  }
  return dockerCredentials(env)(parseImageReference(gun).domain);
}

const logTo =
  ({ out }: Context): NotaryLog =>
  (level, message) => {
    if (level === 'error' || level === 'warning') out.warn(message);
    else out.detail(() => message);
  };
