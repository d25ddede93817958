/** The service without its listeners: the rooms put together over one data folder. */
import { Admission } from '../admission/admission.js';
import { loadCatalogue } from '../config/catalogue.js';
import type { Config } from '../config/types.js';
import { reasonOf } from '../errors.js';
import { parseRemap } from '../image/remap.js';
import { createRepositoryService } from '../repository/service.js';
import { openTokenAuthority } from '../repository/token-folder.js';
import type { TokenAuthority } from '../repository/tokens.js';
import { frozenExpiries } from './notary/frozen.js';
import type { NotaryRepositories } from '../repository/notary/service.js';
import { NotaryUpkeep } from '../repository/notary/upkeep.js';
import { StoreGate } from '../repository/store-gate.js';
import type { RepositoryService } from '../repository/types.js';
import type { LookupSources } from '../runtime/lookup.js';
import { ProfileKeeper } from '../runtime/profiles.js';
import { BlobFolder } from '../storage/blob-folder.js';
import { openLowdbIndex } from '../storage/lowdb-index.js';
import type { NotarySignerOptions } from '../transport/notary-signer.js';
import type { Clock } from '../tuf/ports.js';
import { repeat } from './background.js';
import { dataPaths, ensureDataFolder, ensureOperatorToken, loadOnlineKeyring } from './data-folder.js';
import { ExpiryWatch } from './expiry-watch.js';
import type { Closers } from './lifecycle.js';
import type { ServiceLog } from './log.js';
import { createMetrics, type Metrics } from './metrics.js';
import { openNotarySigner, openSigners } from './signers.js';
import { NOTARY_LIFETIMES, openNotary } from './notary/open.js';
import { PolicyKeeper } from './policies.js';
import type { Check } from './readiness.js';
import { ServiceTrust } from './trust.js';

export interface Core {
  readonly repositories: RepositoryService;
  /** Undefined with a signer of its own: it does not sign as Notary does. */
  readonly notary: NotaryRepositories | undefined;
  readonly tokens: TokenAuthority;
  readonly trust: ServiceTrust;
  readonly admission: Admission;
  readonly lookup: LookupSources;
  readonly metrics: Metrics;
  readonly checks: readonly Check[];
}

export interface CoreOptions {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: ServiceLog;
}

/** What is done for repositories of either kind without anybody's asking. */
interface Upkeep {
  resignDue(): Promise<{ readonly signed: readonly string[]; readonly failed: readonly Failure[] }>;
  collect(
    keepMs: number,
  ): Promise<{ readonly documents: number; readonly blobs: number; readonly failed: readonly Failure[] }>;
}

interface Failure {
  readonly repository: string;
  readonly error: Error;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How often the service looks for what must be signed again; that is due after hours. */
const RESIGN_MS = 5 * 60_000;
/** How often it looks for what may go; that is days old. */
const COLLECT_MS = 6 * HOUR_MS;

/**
 * @param closers - gets what must be closed, also when this fails on the way
 * @throws WritError of every room: KEYSTORE_*, STORE_*, POLICY_*, TRUST_*, CATALOGUE_*
 */
export async function openCore(options: CoreOptions, closers: Closers): Promise<Core> {
  const { config, clock, log } = options;
  await ensureDataFolder(config.data);
  const tokens = await openTokenAuthority(config.data, clock);
  await ensureOperatorToken(config.data, tokens);
  const called = tellCalls(log, () => metrics);
  const { repositories, notary, upkeep } = await openRepositories(options, called, closers);
  const { catalogue, baselines, presets } = await loadCatalogue(config.catalogue);
  const watch = new ExpiryWatch({ repositories, notary, clock, log });
  const metrics = createMetrics({
    repositoriesFresh: () => trust.fresh(),
    policiesValid: () => policies.problem === undefined,
    roleExpiries: () => watch.expiries(),
    frozen: () => frozenExpiries(notary, clock),
  });
  const trust = await ServiceTrust.open({
    entries: config.trust,
    hosted: config.development && config.trust.length === 0,
    dir: dataPaths(config.data).trust,
    repositories,
    clock,
    log,
    onFailure: () => {
      metrics.failed('refresh');
    },
  });
  const policies = await PolicyKeeper.open({
    paths: config.policies,
    language: { catalogue, presets },
    onChange: set => {
      trust.follow(set);
      log.event('info', `${set.policies.length} policies are in force`);
    },
    onFailure: error => {
      metrics.failed('policies');
      log.event('error', `the policies before stay in force: ${error.message}`, { code: error.code });
    },
  });
  await beginResigning(upkeep, { log, metrics, watch }, closers);
  beginCollecting(upkeep, config.expiries.supersededDays * DAY_MS, { log, metrics }, closers);
  await beginRefreshing(trust, policies, closers);
  const remap = parseRemap(config.remap);
  const sources = { policies: () => policies.current, finder: trust.keeper, remap, baselines, clock };
  return {
    repositories,
    notary,
    tokens,
    trust,
    admission: new Admission({ ...sources, log: log.decision }),
    lookup: { ...sources, profiles: new ProfileKeeper(baselines) },
    metrics,
    checks: [
      { name: 'trust', problem: () => trust.problem() },
      { name: 'policies', problem: () => policies.problem?.message },
    ],
  };
}

/** Counts the calls of a notary-signer, and logs those that failed. */
function tellCalls(log: ServiceLog, metrics: () => Metrics): NonNullable<NotarySignerOptions['measured']> {
  return (call, outcome, seconds, reason) => {
    metrics().signerCalled(call, outcome, seconds);
    // Whether it has a key and whether it is up are questions: no is an answer.
    if (reason === undefined || call === 'info' || call === 'health') return;
    log.event('error', `${call}: ${reason}`, { code: outcome });
  };
}

async function openRepositories(
  { config, env, clock }: CoreOptions,
  called: NotarySignerOptions['measured'],
  closers: Closers,
): Promise<Pick<Core, 'repositories' | 'notary'> & { readonly upkeep: readonly Upkeep[] }> {
  const { store } = dataPaths(config.data);
  const lifetimes = {
    timestamp: config.expiries.timestampHours * HOUR_MS,
    snapshot: config.expiries.snapshotDays * DAY_MS,
  };
  const holder = await openNotarySigner(config, called);
  closers.push(() => holder?.close());
  const signers = await openSigners({ config, env, clock, lifetimes });
  const index = await openLowdbIndex(store);
  closers.push(() => index.close());
  const blobs = await BlobFolder.open(store);
  const gate = new StoreGate();
  const repositories = createRepositoryService({ index, blobs, signers, clock, lifetimes, gate });
  if (config.signer !== undefined) return { repositories, notary: undefined, upkeep: [repositories] };
  const keyring = await loadOnlineKeyring(config.data, env);
  const { keyAlgorithm: algorithm } = config.notary;
  const notary = openNotary({ index, blobs, keyring, clock, algorithm, holder, gate });
  // Blobs are removed last, when both have said what they need no more.
  const upkeep = [new NotaryUpkeep(notary, clock, NOTARY_LIFETIMES), repositories];
  return { repositories, notary, upkeep };
}

async function beginRefreshing(trust: ServiceTrust, policies: PolicyKeeper, closers: Closers): Promise<void> {
  trust.follow(policies.current);
  await trust.keeper.start();
  closers.push(() => {
    trust.keeper.stop();
  });
  policies.start();
  closers.push(() => {
    policies.stop();
  });
}

/** Removes now and then what was superseded long ago. */
function beginCollecting(
  upkeep: readonly Upkeep[],
  keepMs: number,
  { log, metrics }: { readonly log: ServiceLog; readonly metrics: Metrics },
  closers: Closers,
): void {
  const collect = async (kept: Upkeep): Promise<void> => {
    const { documents, blobs, failed } = await kept.collect(keepMs);
    if (documents + blobs > 0) log.event('info', 'removed what was superseded', { documents, blobs });
    for (const { repository, error } of failed) {
      metrics.failed('collect');
      log.event('error', `what was superseded in ${repository} could not be removed: ${error.message}`);
    }
  };
  const guarded = async (): Promise<void> => {
    for (const kept of upkeep) {
      await collect(kept).catch((error: unknown) => {
        metrics.failed('collect');
        log.event('error', `what was superseded could not be removed: ${reasonOf(error)}`);
      });
    }
  };
  const background = repeat(guarded, COLLECT_MS);
  closers.push(() => background.stop());
}

/** Signs at once what became due while the service was down. */
async function beginResigning(
  upkeep: readonly Upkeep[],
  {
    log,
    metrics,
    watch,
  }: { readonly log: ServiceLog; readonly metrics: Metrics; readonly watch: ExpiryWatch },
  closers: Closers,
): Promise<void> {
  const resign = async (): Promise<void> => {
    for (const kept of upkeep) {
      const { signed, failed } = await kept.resignDue();
      for (const name of signed) log.event('info', `signed ${name} again`);
      for (const { repository, error } of failed) {
        metrics.failed('resign');
        log.event('error', `${repository} could not be signed again: ${error.message}`);
      }
    }
    await watch.look();
  };
  const guarded = (): Promise<void> =>
    resign().catch((error: unknown) => {
      metrics.failed('resign');
      log.event(
        'error',
        `nothing could be signed again: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  await guarded();
  const background = repeat(guarded, RESIGN_MS);
  closers.push(() => background.stop());
}
