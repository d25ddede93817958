/** Prometheus metrics of one service; a registry of its own, so that two services in a process do not mix. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { notaryMetrics, type NotaryExchange } from './notary/metrics.js';

/** The calls of the API that write. */
export type WriteAction = 'create' | 'publish' | 'propose' | 'approve' | 'reject';

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** One admission decision. */
  decided(phase: 'mutate' | 'validate', outcome: string, seconds: number): void;
  /** One write of the API: `ok`, or the code of its failure. */
  written(action: WriteAction, outcome: string): void;
  /** One lookup: `ok`, or the code of its failure. */
  lookedUp(outcome: string): void;
  /** A background task that failed: `resign`, `collect`, `refresh`, `policies`. */
  failed(task: string): void;
  /** One call of a notary-signer: `ok`, or the code of its failure. */
  signerCalled(call: string, outcome: string, seconds: number): void;
  /** One exchange on the Notary wire. */
  notary(exchange: NotaryExchange): void;
}

/** Read when the metrics are asked for. */
export interface GaugeSources {
  readonly repositoriesFresh: () => ReadonlyMap<string, boolean>;
  readonly policiesValid: () => boolean;
  readonly roleExpiries: () => Iterable<RoleExpiry>;
  readonly frozen?: () => Promise<readonly FrozenExpiry[]>;
}

const NONE = (): Promise<readonly FrozenExpiry[]> => Promise.resolve([]);

/** A Notary repository that cannot be signed here until its owner rotates keys. */
export interface FrozenExpiry {
  readonly repository: string;
  readonly secondsLeft: number;
}

export interface RoleExpiry {
  readonly repository: string;
  readonly role: string;
  readonly secondsLeft: number;
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];

export function createMetrics(sources: GaugeSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const decided = decisionMetrics(registers);
  const writes = new Counter({
    name: 'writ_repository_writes_total',
    help: 'Writes of the repository API by action and outcome',
    labelNames: ['action', 'outcome'] as const,
    registers,
  });
  const lookups = new Counter({
    name: 'writ_lookups_total',
    help: 'Profile lookups by outcome',
    labelNames: ['outcome'] as const,
    registers,
  });
  const failures = new Counter({
    name: 'writ_background_failures_total',
    help: 'Failures of background tasks',
    labelNames: ['task'] as const,
    registers,
  });
  registerGauges(registry, sources);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    decided,
    written: (action, outcome) => {
      writes.inc({ action, outcome });
    },
    lookedUp: outcome => {
      lookups.inc({ outcome });
    },
    failed: task => {
      failures.inc({ task });
    },
    signerCalled: signerMetrics(registers),
    notary: notaryMetrics(registers),
  };
}

function signerMetrics(registers: Registry[]): Metrics['signerCalled'] {
  const calls = new Counter({
    name: 'writ_notary_signer_calls_total',
    help: 'Calls of the notary-signer that holds the keys, by call and outcome',
    labelNames: ['call', 'outcome'] as const,
    registers,
  });
  const duration = new Histogram({
    name: 'writ_notary_signer_call_seconds',
    help: 'Time until the notary-signer answered, or was given up',
    labelNames: ['call'] as const,
    buckets: SECONDS,
    registers,
  });
  return (call, outcome, seconds) => {
    calls.inc({ call, outcome });
    duration.observe({ call }, seconds);
  };
}

/** Decisions that wait to be counted. */
const MAX_WAITING = 512;

/** Counts and durations of decisions; they are counted together, which costs much less than one by one. */
function decisionMetrics(registers: Registry[]): Metrics['decided'] {
  const waiting: (readonly [phase: string, outcome: string, seconds: number])[] = [];
  const settle = (): void => {
    for (const [phase, outcome, seconds] of waiting.splice(0)) {
      decisions.inc({ phase, outcome });
      duration.observe(seconds);
    }
  };
  const decisions = new Counter({
    name: 'writ_admission_decisions_total',
    help: 'Admission decisions by phase and outcome',
    labelNames: ['phase', 'outcome'] as const,
    registers,
    collect: settle,
  });
  const duration = new Histogram({
    name: 'writ_admission_duration_seconds',
    help: 'Time to decide one admission request, body parsing included',
    buckets: SECONDS,
    registers,
    collect: settle,
  });
  return (phase, outcome, seconds) => {
    if (waiting.push([phase, outcome, seconds]) >= MAX_WAITING) settle();
  };
}

function registerGauges(
  registry: Registry,
  { repositoriesFresh, policiesValid, roleExpiries, frozen = NONE }: GaugeSources,
): void {
  new Gauge({
    name: 'writ_role_expires_seconds',
    help: 'Seconds until a role of a hosted repository expires; negative once it has',
    labelNames: ['repository', 'role'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const { repository, role, secondsLeft } of roleExpiries())
        this.set({ repository, role }, secondsLeft);
    },
  });
  new Gauge({
    name: 'writ_notary_frozen_seconds',
    help: 'Seconds until an imported Notary repository expires whose owner must rotate keys; negative once it has',
    labelNames: ['repository'] as const,
    registers: [registry],
    async collect() {
      const found = await frozen();
      this.reset();
      for (const { repository, secondsLeft } of found) this.set({ repository }, secondsLeft);
    },
  });
  new Gauge({
    name: 'writ_trust_repository_fresh',
    help: '1 when the verified metadata of a trusted repository is current, 0 when it has expired or is missing',
    labelNames: ['repository'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const [repository, fresh] of repositoriesFresh()) this.set({ repository }, fresh ? 1 : 0);
    },
  });
  new Gauge({
    name: 'writ_policies_valid',
    help: '1 when the policy files are valid, 0 while the last good ones stand in for broken ones',
    registers: [registry],
    collect() {
      this.set(policiesValid() ? 1 : 0);
    },
  });
}
