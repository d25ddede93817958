/** `writ serve-signer`: the online keys in a process of their own, behind client certificates. */
import type { Config, SignerService, TlsFiles } from '../../config/types.js';
import { WritError } from '../../errors.js';
import { MAX_SIGNER_BODY } from '../../transport/remote-signer.js';
import type { Clock } from '../../tuf/ports.js';
import { createApp } from '../app.js';
import { dataPaths, ensureDataFolder, loadOnlineKeyring } from '../data-folder.js';
import { closeAll, once, open, type Closers } from '../lifecycle.js';
import { createLog } from '../log.js';
import { SLACK_MS } from '../online-signers.js';
import { tlsServer } from '../servers.js';
import type { ServerOptions } from '../start.js';
import { loadCredentials, readPem } from '../tls.js';
import { BookFolder } from './book.js';
import { SigningDesk } from './desk.js';
import { RateLimit } from './rate.js';
import { signerRoutes } from './routes.js';

export interface RunningSigner {
  /** Base URL, as it is listened on. */
  readonly address: string;
  /** Takes no further request, and finishes those under way. May be called twice. */
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const SYSTEM_CLOCK: Clock = { now: () => new Date() };

/**
 * Starts the signer; when it resolves, it answers.
 *
 * @throws WritError SIGNER_CONFIG when a certificate, the authority of clients or their names are missing; SERVER_TLS,
 *   SERVER_PORT_IN_USE, SERVER_LISTEN, SERVER_DATA, STORE_LOCKED, KEYSTORE_*; nothing stays open then
 */
export async function startSigner(config: Config, options: ServerOptions): Promise<RunningSigner> {
  const { env, write, clock = SYSTEM_CLOCK } = options;
  const { listen, maxPerMinute } = config.serveSigner;
  const { tls, clientCa, clientNames } = required(config.serveSigner);
  const closers: Closers = [];
  const close = once(() => closeAll(closers));
  const log = createLog(config.log.level, clock, write);
  closers.push(() => {
    log.flush();
  });
  try {
    await ensureDataFolder(config.data);
    const book = await BookFolder.open(dataPaths(config.data).signed);
    closers.push(() => book.close());
    const desk = new SigningDesk({
      keyring: await loadOnlineKeyring(config.data, env),
      book,
      clock,
      maxLifetime: {
        snapshot: config.expiries.snapshotDays * 24 * HOUR_MS + SLACK_MS,
        timestamp: config.expiries.timestampHours * HOUR_MS + SLACK_MS,
      },
      rate: new RateLimit(maxPerMinute),
      log,
    });
    const app = createApp({
      bodyLimit: MAX_SIGNER_BODY,
      serverFactory: tlsServer({
        ...(await loadCredentials(tls)),
        minVersion: 'TLSv1.3',
        clientCa: await readPem(clientCa),
        clientNames,
      }),
    });
    signerRoutes(app, desk);
    const address = await open(app, listen, 'https', closers);
    log.event('info', 'signing', { address, callers: clientNames });
    return { address, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Required {
  readonly tls: TlsFiles;
  readonly clientCa: string;
  readonly clientNames: readonly string[];
}

/** There is no signer for everybody, not even in development. */
function required({ tls, clientCa, clientNames }: SignerService): Required {
  const missing = (setting: string): WritError =>
    new WritError('SIGNER_CONFIG', `serveSigner.${setting} is not set: the signer asks callers who they are`);
  if (tls === undefined) throw missing('tls');
  if (clientCa === undefined) throw missing('clientCa');
  if (clientNames.length === 0) throw missing('clientNames');
  return { tls, clientCa, clientNames };
}
