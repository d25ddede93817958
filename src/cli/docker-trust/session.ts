/** What docker's own client takes from its surroundings: trust folder, server, certificates, logins, pass-phrases. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { WritError } from '../../errors.js';
import { parseImageReference, type ImageReference } from '../../image/reference.js';
import { connect, type NotaryAccess } from '../../notary/http-server.js';
import type { NotaryLog } from '../../notary/log.js';
import type { PassphraseRequest, PassphraseSource } from '../../notary/pass-phrases.js';
import { NotaryRepository } from '../../notary/repository.js';
import { TrustFolder } from '../../notary/trust-folder.js';
import { dockerCredentials, dockerFolder } from '../../registry/credentials.js';
import { httpRequest } from '../../transport/http.js';
import type { TlsOptions } from '../../transport/http-types.js';
import { parseGun } from '../../tuf/notary/names.js';
import type { Context } from '../command.js';
import { readInputFile } from '../files.js';
import { readHidden } from '../prompt.js';

/** Where Docker Hub's images were signed. */
const HUB_SERVER = 'https://notary.docker.io';
const MAX_ATTEMPTS = 3;
const MIN_PASSPHRASE = 8;
const MAX_PEM = 1024 * 1024;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

/** An image as docker's verbs name it. */
export interface Named {
  readonly reference: ImageReference;
  /** As written. */
  readonly text: string;
  /** Undefined when none is written. */
  readonly tag: string | undefined;
}

/** @throws WritError USAGE for a digest; IMAGE_REFERENCE */
export function parseNamed(text: string): Named {
  const reference = parseImageReference(text);
  if (reference.digest !== undefined)
    throw new WritError('USAGE', `cannot use a digest reference for ${text}`, {
      hint: 'name the image by its tag: IMAGE:TAG',
    });
  return { reference, text, tag: reference.writtenTag };
}

/** Registries of this machine are reached without TLS, and vouched for by nobody, as docker has it. */
export const isInsecure = ({ domain }: ImageReference): boolean => LOOPBACK.test(domain);

export const trustFolder = ({ io }: Context): TrustFolder =>
  new TrustFolder(join(dockerFolder(io.env), 'trust'));

/**
 * The repository of an image on its trust server: DOCKER_CONTENT_TRUST_SERVER, else the host of its registry.
 *
 * @throws WritError NOTARY_URL for a server that is not https; CLI_FILE; NOTARY_GUN, NOTARY_PATH
 */
export async function openTrust(
  context: Context,
  { reference }: Named,
  access: NotaryAccess,
): Promise<NotaryRepository> {
  const { env, clock } = context.io;
  const log = logTo(context);
  const gun = parseGun(reference.repository);
  const url = serverOf(context, reference);
  const credentials = dockerCredentials(env);
  const server = await connect({
    url,
    gun,
    access,
    http: httpRequest,
    tls: await tlsFor(context, new URL(url).host, reference),
    credentials: () => credentials(reference.domain),
    log,
  });
  return new NotaryRepository({
    gun,
    trust: trustFolder(context),
    server,
    passphrases: passphrasesOf(context),
    clock,
    log,
  });
}

/** @throws WritError NOTARY_URL */
function serverOf({ io }: Context, { domain }: ImageReference): string {
  const named = io.env['DOCKER_CONTENT_TRUST_SERVER'];
  if (named === undefined || named === '') return domain === 'docker.io' ? HUB_SERVER : `https://${domain}`;
  if (/^https:\/\/[^/]/.test(named) && URL.canParse(named)) return named;
  throw new WritError('NOTARY_URL', `valid https URL required for trust server, got ${named.slice(0, 200)}`);
}

/** `tls/<host:port>/` of docker's folder: every *.crt vouches for the server, NAME.cert and NAME.key say who we are. */
async function tlsFor({ io }: Context, host: string, reference: ImageReference): Promise<TlsOptions> {
  const folder = join(dockerFolder(io.env), 'tls', host);
  const names = await readdir(folder).catch(() => []);
  const read = async (name: string): Promise<string> =>
    Buffer.from(await readInputFile(join(folder, name), MAX_PEM)).toString('utf8');
  const authorities = names.filter(name => name.endsWith('.crt'));
  const cert = names.find(name => name.endsWith('.cert'));
  return {
    ...(authorities.length > 0 && { ca: (await Promise.all(authorities.map(read))).join('\n') }),
    ...(cert !== undefined && { cert: await read(cert), key: await read(cert.replace(/cert$/, 'key')) }),
    ...(isInsecure(reference) && { skipVerification: true }),
  };
}

const logTo =
  ({ out }: Context): NotaryLog =>
  (level, message) => {
    if (level === 'error' || level === 'warning') out.warn(message);
    else out.detail(() => message);
  };

/** DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE for root keys, DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE for all others. */
export function passphrasesOf(context: Context): PassphraseSource {
  const { io, noInput } = context;
  return async request => {
    const { attempt } = request;
    const alias = request.role === 'root' ? 'ROOT' : 'REPOSITORY';
    const given = io.env[`DOCKER_CONTENT_TRUST_${alias}_PASSPHRASE`];
    if (given !== undefined && given !== '') return attempt === 0 ? given : undefined;
    if (noInput || io.stdin.isTTY !== true || attempt >= MAX_ATTEMPTS) return undefined;
    return ask(context, request);
  };
}

/** @throws WritError CLI_PASSPHRASE, CLI_PASSPHRASE_MISMATCH */
async function ask({ io }: Context, { role, keyId, choose }: PassphraseRequest): Promise<string> {
  const key = `${role} key with ID ${keyId.slice(0, 7)}`;
  if (!choose) return readHidden(io, `Enter passphrase for ${key}: `);
  const phrase = await readHidden(io, `Enter passphrase for new ${key}: `);
  if (phrase.length < MIN_PASSPHRASE)
    throw new WritError('CLI_PASSPHRASE', `a pass-phrase has at least ${MIN_PASSPHRASE} characters`);
  if ((await readHidden(io, `Repeat passphrase for new ${key}: `)) === phrase) return phrase;
  throw new WritError('CLI_PASSPHRASE_MISMATCH', 'the two pass-phrases differ');
}
