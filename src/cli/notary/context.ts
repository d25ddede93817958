/** What a verb of `notary` works with. */
import { readFile } from 'node:fs/promises';
import { reasonOf, WritError } from '../../errors.js';
import { connect, type NotaryAccess } from '../../notary/http-server.js';
import type { NotaryLog } from '../../notary/log.js';
import { NotaryRepository } from '../../notary/repository.js';
import { offlineServer, type NotaryServer } from '../../notary/server.js';
import type { TrustFolder } from '../../notary/trust-folder.js';
import type { TlsOptions } from '../../transport/http-types.js';
import { httpRequest } from '../../transport/http.js';
import { parseGun, type Gun } from '../../tuf/notary/names.js';
import type { CliIo } from '../io.js';
import { readShown } from '../prompt.js';
import type { NotaryConfig } from './config.js';
import { credentials } from './credentials.js';
import { usage, type Given } from './flags.js';
import { passphrases } from './pass-phrases.js';

export interface NotaryContext {
  readonly io: CliIo;
  readonly config: NotaryConfig;
  readonly log: NotaryLog;
  readonly trust: TrustFolder;
  /** Prints one line. */
  readonly print: (line: string) => void;
}

/** The arguments, of which there must be `count`. @throws WritError NOTARY_USAGE with `message` */
export function needArgs({ args }: Given, count: number, message: string): readonly string[] {
  if (args.length >= count) return args;
  throw usage(message);
}

/** The repository as the trust folder has it: nothing is asked of a server. */
export const offlineRepository = (context: NotaryContext, gun: string): NotaryRepository =>
  repositoryAt(context, parseGun(gun), offlineServer(context.config.server));

/** The repository with its server. @throws WritError NOTARY_URL, NOTARY_CONFIG */
export async function openRepository(
  context: NotaryContext,
  name: string,
  access: NotaryAccess,
): Promise<NotaryRepository> {
  const gun = parseGun(name);
  context.trust.repository(gun); // before the server hears of a name that cannot be
  return repositoryAt(context, gun, await openServer(context, gun, access));
}

const repositoryAt = (
  { io, config, log, trust }: NotaryContext,
  gun: Gun,
  server: NotaryServer,
): NotaryRepository =>
  new NotaryRepository({
    gun,
    trust,
    server,
    pinning: config.pinning,
    passphrases: passphrases(io),
    clock: io.clock,
    log,
  });

export async function openServer(
  { io, config, log }: NotaryContext,
  gun: Gun,
  access: NotaryAccess,
): Promise<NotaryServer> {
  const tls = await readTls(config);
  return connect({
    url: config.server,
    gun,
    access,
    http: httpRequest,
    tls,
    credentials: credentials(io, log),
    log,
  });
}

/** @throws WritError NOTARY_CONFIG */
async function readTls({
  rootCa,
  clientCert,
  clientKey,
  skipVerification,
}: NotaryConfig): Promise<TlsOptions | undefined> {
  if ((clientCert === '') !== (clientKey === '')) {
    throw new WritError('NOTARY_CONFIG', 'either pass both client key and cert, or neither');
  }
  if (rootCa === '' && clientCert === '' && !skipVerification) return undefined;
  const read = async (file: string, what: string): Promise<Uint8Array> => {
    try {
      return await readFile(file);
    } catch (cause) {
      throw new WritError(
        'NOTARY_CONFIG',
        `unable to configure TLS: could not read ${what} "${file}": ${reasonOf(cause)}`,
      );
    }
  };
  return {
    ...(rootCa !== '' && { ca: await read(rootCa, 'CA certificate') }),
    ...(clientCert !== '' && {
      cert: await read(clientCert, 'client certificate'),
      key: await read(clientKey, 'client key'),
    }),
    ...(skipVerification && { skipVerification }),
  };
}

/** Publishes what is staged, where -p was given. */
export async function maybePublish(context: NotaryContext, given: Given, gun: string): Promise<void> {
  if (!given.is('publish')) return;
  const repository = await openRepository(context, gun, 'push,pull');
  context.print(`Auto-publishing changes to ${gun}`);
  await publishAndTell(context, repository);
}

export async function publishAndTell({ print }: NotaryContext, repository: NotaryRepository): Promise<void> {
  await repository.publish();
  print(`Successfully published changes for repository ${repository.gun}`);
}

/** Reads a file as Go would name its failure. @throws WritError NOTARY_FILE */
export async function readInput(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new WritError('NOTARY_FILE', `open ${file}: ${goReason(cause)}`, { cause });
  }
}

function goReason(cause: unknown): string {
  const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  return isAbsent ? 'no such file or directory' : reasonOf(cause);
}

const YES: ReadonlySet<string> = new Set(['y', 'yes']);

/** True iff the next line of standard input says yes. */
export const saysYes = async ({ io }: NotaryContext): Promise<boolean> =>
  YES.has((await readShown(io)).trim().toLowerCase());
