/** A cluster in memory: the shipped catalogue, a few policies and signed images, and pods to decide about. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { loadCatalogue } from '../../src/config/catalogue.js';
import { Grants } from '../../src/entitlements/grants.js';
import { intentOf } from '../../src/entitlements/intent.js';
import { Admission, type AdmissionOptions } from '../../src/admission/admission.js';
import type { Decision, Finding, Phase } from '../../src/admission/decision.js';
import type { PatchOperation } from '../../src/admission/json-patch.js';
import type { JsonObject, JsonValue } from '../../src/json/types.js';
import type { SignedTarget } from '../../src/policy/finder.js';
import type { AdmissionPolicy } from '../../src/policy/model.js';
import { PolicySet } from '../../src/policy/policy-set.js';
import { both, digest, MemoryFinder, NOW, policy } from '../policy/world.js';
import { applyPatch } from './apply-patch.js';

export { both, digest, MemoryFinder, NOW, policy, signed } from '../policy/world.js';

export const { catalogue, baselines } = await loadCatalogue();

export const grants = (levels: Record<string, string> = {}): Grants =>
  Grants.of(catalogue, new Map(Object.entries(levels)));

export const APP = 'registry.example/team/app';
export const APP_DIGEST = digest('a');
export const USER = grants({ network: 'user' });
export const USER_INTENT = intentOf(USER);

/** What most tests sign. Digests: app a, root b, cap c, tracer d, data e. */
export const TARGETS: readonly SignedTarget[] = [
  ...both(APP, '1', APP_DIGEST, USER),
  ...both(
    'registry.example/team/root',
    '1',
    digest('b'),
    grants({ network: 'user', identity: 'root', filesystem: 'writable' }),
  ),
  ...both('registry.example/team/port', '1', digest('c'), grants({ network: 'serve', identity: 'root' })),
  ...both(
    'registry.example/team/tracer',
    '1',
    digest('d'),
    grants({ network: 'user', 'host.processes': 'view' }),
  ),
  ...both('registry.example/team/data', '1', digest('e'), grants()),
  ...both('docker.io/library/nginx', '1', digest('f'), USER),
];

export const PRODUCTION = policy({
  name: 'production',
  namespaces: ['prod', 'default'],
  images: ['registry.example/team/**', 'docker.io/library/*'],
  authority: grants({
    network: 'serve',
    identity: 'switch',
    filesystem: 'writable',
    'host.processes': 'view',
  }),
});

export interface Cluster {
  readonly targets?: readonly SignedTarget[];
  readonly policies?: readonly AdmissionPolicy[];
  readonly finder?: AdmissionOptions['finder'];
  readonly now?: () => Date;
  readonly log?: (line: string) => void;
}

export function cluster({
  targets = TARGETS,
  policies = [PRODUCTION],
  finder,
  now,
  log,
}: Cluster = {}): Admission {
  const set = PolicySet.of(policies);
  return new Admission({
    policies: () => set,
    finder: finder ?? new MemoryFinder(targets),
    baselines,
    clock: { now: now ?? (() => NOW) },
    ...(log && { log: line => log(line()) }),
  });
}

export type Loose = Record<string, unknown>;

/** A pod with one container `app`; `spec` and `container` are laid over it. */
export function pod(container: Loose = {}, spec: Loose = {}, metadata: Loose = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'prod', ...metadata },
    spec: { containers: [{ name: 'app', image: `${APP}:1`, ...container }], ...spec },
  } as JsonObject;
}

export function reviewOf(object: JsonValue, request: Loose = {}): JsonObject {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'c9990ff0-4d9d-4a8c-9645-e0b7bd753d16',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      name: 'web',
      namespace: 'prod',
      operation: 'CREATE',
      userInfo: { username: 'alice', groups: ['system:authenticated'] },
      object,
      oldObject: null,
      dryRun: false,
      ...request,
    },
  } as JsonObject;
}

/** A review that a real API server sent. */
export const golden = (name: string): JsonObject => {
  const raw = readFileSync(new URL(`../golden/admission/${name}`, import.meta.url));
  return JSON.parse((name.endsWith('.gz') ? gunzipSync(raw) : raw).toString()) as JsonObject;
};

export const bytes = (value: JsonValue): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

export interface Answer {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
  readonly patch?: string;
  readonly patchType?: string;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** The response to a review. */
export function ask(review: JsonValue, phase: Phase = 'mutate', admission: Admission = cluster()): Answer {
  const handled = admission.handle(bytes(review), phase);
  if (handled.kind === 'unreadable') throw handled.error;
  return (JSON.parse(handled.answer) as { response: Answer }).response;
}

export const patchIn = (answer: Answer): PatchOperation[] =>
  answer.patch === undefined
    ? []
    : (JSON.parse(Buffer.from(answer.patch, 'base64').toString()) as PatchOperation[]);

/** What the API server stores after the mutating phase. */
export function mutated(
  object: JsonValue,
  admission: Admission = cluster(),
  request: Loose = {},
): JsonObject {
  const answer = ask(reviewOf(object, request), 'mutate', admission);
  if (!answer.allowed) throw new Error(answer.status?.message);
  return applyPatch(object, patchIn(answer)) as JsonObject;
}

/** The denial of a pod in a phase: its reasons, or none when it is allowed. */
export function reasons(
  object: JsonValue,
  phase: Phase = 'mutate',
  admission: Admission = cluster(),
  request: Loose = {},
): readonly Finding[] {
  const handled = admission.handle(bytes(reviewOf(object, request)), phase);
  if (handled.kind === 'unreadable') throw handled.error;
  return findingsOf(handled.decision);
}

export const findingsOf = (decision: Decision): readonly Finding[] =>
  decision.kind === 'denied' ? decision.findings.enforce.first : [];

export const codes = (findings: readonly Finding[]): string[] => findings.map(({ code }) => code);
