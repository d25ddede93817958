/** `writ serve`: the listeners over the core, and an orderly end. */
import type { Address, Config } from '../config/types.js';
import { WritError } from '../errors.js';
import type { RepositoryName } from '../image/repository-name.js';
import { MAX_API_BODY } from '../transport/api-types.js';
import type { Clock } from '../tuf/ports.js';
import { createApp } from './app.js';
import { createAuthenticator, isLoopbackAddress } from './auth.js';
import { openCore, type Core } from './core.js';
import { closeAll, once, open, type Closers } from './lifecycle.js';
import { createLog, type ServiceLog } from './log.js';
import { openDoor } from './notary/door.js';
import { notaryAdminRoutes } from './notary/admin-routes.js';
import { notaryRoutes, type NotaryChange } from './notary/routes.js';
import { frozenRoute } from './notary/frozen.js';
import { admissionRoutes } from './routes/admission.js';
import { documentRoute } from './routes/document.js';
import { healthRoutes, metricsRoute } from './routes/health.js';
import { lookupRoutes } from './routes/lookup.js';
import { proposalRoutes } from './routes/proposals.js';
import { repositoryRoutes } from './routes/repositories.js';
import { tufRoutes } from './routes/tuf.js';
import { plainServer, tlsServer } from './servers.js';
import { ensureDevelopmentCertificate, loadCredentials, readPem } from './tls.js';

export interface ServerOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes the log: whole lines of JSON. */
  readonly write: (text: string) => void;
  readonly clock?: Clock;
}

export interface RunningServer {
  /** Base URLs, as they are listened on. */
  readonly addresses: {
    readonly repository: string;
    readonly admission: string;
    readonly metrics: string | undefined;
  };
  /** What an operator should know at every start, one sentence each. */
  readonly notices: readonly string[];
  /** Takes no further request, finishes those under way, and closes the store. May be called twice. */
  close(): Promise<void>;
}

/** The largest AdmissionReview seen was 3.2 MB. */
const MAX_REVIEW = 7 * 1024 * 1024;

const SYSTEM_CLOCK: Clock = { now: () => new Date() };

/**
 * Starts the service; when it resolves, all listeners answer.
 *
 * @throws WritError SERVER_PLAIN_HTTP, SERVER_PORT_IN_USE, SERVER_LISTEN, SERVER_TLS, SERVER_DATA, STORE_LOCKED, and
 *   those of the configuration's files; nothing stays open then
 */
export async function startServer(config: Config, options: ServerOptions): Promise<RunningServer> {
  const { env, write, clock = SYSTEM_CLOCK } = options;
  refusePlainHttp(config);
  const closers: Closers = [];
  const close = once(() => closeAll(closers));
  const log = createLog(config.log.level, clock, write);
  closers.push(() => {
    log.flush();
  });
  try {
    const core = await openCore({ config, env, clock, log }, closers);
    const repository = await serveRepository(config, { core, clock, log }, closers);
    const admission = await serveAdmission(config, core, clock, closers);
    const metrics = await serveMetrics(config.metricsListen, core, closers);
    const notices = noticesOf(config);
    for (const notice of notices) log.event('warn', notice);
    log.event('info', 'serving', { repository, admission, ...(metrics && { metrics }) });
    return { addresses: { repository, admission, metrics }, notices, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Tokens and profiles would travel readable, and anybody on the way could change what is served. */
function refusePlainHttp({ listen: { host, port }, tls, plainHttp }: Config): void {
  if (tls !== undefined || isLoopback(host) || plainHttp) return;
  throw new WritError(
    'SERVER_PLAIN_HTTP',
    `${host}:${port} can be reached from other machines, and no tls is configured`,
  );
}

const isLoopback = (host: string): boolean => host === 'localhost' || isLoopbackAddress(host);

async function serveRepository(
  config: Config,
  { core, clock, log }: { readonly core: Core; readonly clock: Clock; readonly log: ServiceLog },
  closers: Closers,
): Promise<string> {
  const credentials = config.tls && (await loadCredentials(config.tls));
  const serverFactory = credentials ? tlsServer({ ...credentials, minVersion: 'TLSv1.2' }) : plainServer;
  const app = createApp({ bodyLimit: MAX_API_BODY, serverFactory });
  const { repositories, tokens, trust, metrics, checks, lookup } = core;
  tufRoutes(app, repositories);
  const write = {
    repositories,
    authenticate: createAuthenticator({ mode: config.auth.mode, tokens }),
    onWritten: (name: RepositoryName) => trust.written(name),
    maxBody: MAX_API_BODY,
    metrics,
  };
  repositoryRoutes(app, write);
  proposalRoutes(app, write);
  if (core.notary !== undefined) {
    const door = await openDoor(app, { config, authenticate: write.authenticate, clock, log });
    const { gunPrefixes, maxAge } = config.notary;
    notaryRoutes(app, {
      repositories: core.notary,
      door,
      maxBody: MAX_API_BODY,
      gunPrefixes,
      maxAge,
      changed: change => logChange(log, change),
      measured: metrics.notary,
    });
    notaryAdminRoutes(app, { repositories: core.notary, authenticate: write.authenticate });
    frozenRoute(app, core.notary, write.authenticate);
  }
  lookupRoutes(app, lookup, metrics);
  healthRoutes(app, checks);
  documentRoute(app);
  if (config.metricsListen === undefined) metricsRoute(app, metrics);
  return open(app, config.listen, credentials ? 'https' : 'http', closers);
}

function logChange(log: ServiceLog, { gun, action, by, roles }: NotaryChange): void {
  const { subject, tokenId: token } = by;
  const facts = { repository: gun, action, subject, token, roles };
  log.event('info', `${subject === '' ? 'somebody' : subject}: ${action} ${gun}`, facts);
}

async function serveAdmission(config: Config, core: Core, clock: Clock, closers: Closers): Promise<string> {
  const { tls, clientCa, clientNames } = config.admission;
  const credentials = tls
    ? await loadCredentials(tls)
    : await ensureDevelopmentCertificate(config.data, clock);
  const app = createApp({
    bodyLimit: MAX_REVIEW,
    serverFactory: tlsServer({
      ...credentials,
      minVersion: 'TLSv1.3',
      clientCa: clientCa === undefined ? undefined : await readPem(clientCa),
      clientNames,
    }),
  });
  admissionRoutes(app, core.admission, core.metrics);
  healthRoutes(app, core.checks);
  return open(app, config.admissionListen, 'https', closers);
}

async function serveMetrics(
  address: Address | undefined,
  core: Core,
  closers: Closers,
): Promise<string | undefined> {
  if (address === undefined) return undefined;
  const app = createApp({ bodyLimit: 1, serverFactory: plainServer });
  metricsRoute(app, core.metrics);
  healthRoutes(app, core.checks);
  return open(app, address, 'http', closers);
}

function noticesOf(config: Config): string[] {
  const notices: string[] = [...config.warnings];
  const { host, port } = config.listen;
  if (config.tls === undefined && !isLoopback(host))
    notices.push(`${host}:${port} is plain HTTP: tokens travel readable`);
  if (config.development) {
    notices.push('development: the online keys, tokens and certificates were made by the service itself');
    if (config.trust.length === 0)
      notices.push('development: the roots of the repositories hosted here are trusted');
  }
  if (config.auth.mode === 'loopback') {
    notices.push('auth.mode is loopback: every program on this machine may write without a token');
  }
  if (config.admission.tls === undefined) {
    notices.push(`admission uses a generated certificate; its authority is ${config.data}/tls/ca.pem`);
  }
  if (config.admission.clientCa === undefined) {
    notices.push('admission answers every caller: set admission.clientCa to require a client certificate');
  }
  if (config.policies.length === 0) notices.push('no policies are configured: admission denies every image');
  return notices;
}
