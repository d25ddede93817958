/** What is decided at all, and the recorded reviews of a real API server. */
import { describe, expect, it } from 'vitest';
import type { Admission } from '../../src/admission/admission.js';
import { sameJson } from '../../src/admission/equal.js';
import { reviewOfPod } from '../../src/admission/review.js';
import { parseDigest } from '../../src/image/digest.js';
import type { JsonObject } from '../../src/json/types.js';
import { applyPatch } from './apply-patch.js';
import {
  APP,
  APP_DIGEST,
  ask,
  both,
  bytes,
  cluster,
  codes,
  digest,
  findingsOf,
  golden,
  mutated,
  patchIn,
  pod,
  policy,
  reasons,
  reviewOf,
  TARGETS,
  USER,
  USER_INTENT,
} from './world.js';

const EVIL = 'registry.example/team/evil:1';
const evil = pod({ image: EVIL });
const deleting = (object: JsonObject): JsonObject => ({
  ...object,
  metadata: { ...(object['metadata'] as JsonObject), deletionTimestamp: '2026-11-21T00:00:00Z' },
});

describe('what passes without a decision', () => {
  it.each([
    ['DELETE', { operation: 'DELETE', object: null, oldObject: evil }],
    [
      'CONNECT',
      {
        operation: 'CONNECT',
        kind: { group: '', version: 'v1', kind: 'PodExecOptions' },
        subResource: 'exec',
      },
    ],
    ['a status', { operation: 'UPDATE', subResource: 'status', oldObject: pod() }],
    ['an unchanged spec', { operation: 'UPDATE', oldObject: { ...evil, metadata: { labels: { a: 'b' } } } }],
    ['a pod that is being deleted', { operation: 'UPDATE', oldObject: deleting(pod()) }],
  ])('%s', (_, request) => {
    const answer = ask(reviewOf(evil, request));
    expect(answer).toEqual({ uid: 'c9990ff0-4d9d-4a8c-9645-e0b7bd753d16', allowed: true });
  });

  it('not a status on CREATE, nor a deletion that only the new object claims', () => {
    expect(codes(reasons(evil, 'mutate', cluster(), { subResource: 'status' }))).toEqual(['ADMISSION_KIND']);
    expect(codes(reasons(deleting(evil)))).toEqual(['POLICY_UNSIGNED']);
    const update = { operation: 'UPDATE', oldObject: pod() };
    expect(codes(reasons(deleting(evil), 'mutate', cluster(), update))).toEqual(['POLICY_UNSIGNED']);
    expect(codes(reasons(evil, 'mutate', cluster(), { operation: 'UPDATE', oldObject: null }))).toEqual([
      'POLICY_UNSIGNED',
    ]);
    expect(codes(reasons(evil, 'mutate', cluster(), { oldObject: evil }))).toEqual(['POLICY_UNSIGNED']);
  });

  it('a resize is decided and never patched', () => {
    const done = mutated(pod());
    const resized = { ...done, spec: { ...(done['spec'] as JsonObject), resources: {} } } as JsonObject;
    const request = { operation: 'UPDATE', subResource: 'resize', oldObject: done };
    expect(patchIn(ask(reviewOf(resized, request)))).toEqual([]);
    expect(
      codes(reasons(pod({ tty: true }), 'mutate', cluster(), { ...request, oldObject: pod() })),
    ).toContain('ADMISSION_UNPINNED');
  });
});

describe('ephemeral containers', () => {
  const running = mutated(pod());
  const debug = (container: object): JsonObject =>
    ({
      ...running,
      spec: {
        ...(running['spec'] as JsonObject),
        ephemeralContainers: [{ name: 'debug', image: 'nginx:1', ...container }],
      },
    }) as JsonObject;
  const request = { operation: 'UPDATE', subResource: 'ephemeralcontainers', oldObject: running };

  it('a new one is pinned and held; nothing else is patched', () => {
    const patch = patchIn(ask(reviewOf(debug({}), request)));
    expect(patch.map(({ path }) => path)).toEqual([
      '/spec/ephemeralContainers/0/image',
      '/spec/ephemeralContainers/0/securityContext',
    ]);
    const done = applyPatch(debug({}), patch) as JsonObject;
    expect(reasons(done, 'validate', cluster(), request)).toEqual([]);
    expect(codes(reasons(debug({}), 'validate', cluster(), request))).toEqual([
      'ADMISSION_UNPINNED',
      'ADMISSION_UNPROTECTED',
    ]);
    const later = { ...request, oldObject: done };
    expect(patchIn(ask(reviewOf(done, later)))).toEqual([]);
  });
  it('an unsigned one is denied', () => {
    expect(codes(reasons(debug({ image: EVIL }), 'mutate', cluster(), request))).toEqual(['POLICY_UNSIGNED']);
  });
  it('one that replaces another under its name is decided', () => {
    const before = debug({});
    const changed = { ...request, oldObject: before };
    expect(codes(reasons(debug({ image: EVIL }), 'mutate', cluster(), changed))).toEqual(['POLICY_UNSIGNED']);
  });
  it('may join the processes of a container with equal grants only', () => {
    expect(reasons(debug({ targetContainerName: 'app' }), 'mutate', cluster(), request)).toEqual([]);
    const root = { image: 'registry.example/team/root:1', targetContainerName: 'app' };
    expect(codes(reasons(debug(root), 'mutate', cluster(), request))).toEqual(['ADMISSION_SHARED_PROCESSES']);
    expect(codes(reasons(debug({ targetContainerName: 'none' }), 'mutate', cluster(), request))).toEqual([
      'ADMISSION_SHARED_PROCESSES',
    ]);
    expect(codes(reasons(debug({ targetContainerName: 7 }), 'mutate', cluster(), request))).toEqual([
      'ADMISSION_POD',
    ]);
  });
});

const requestIn = (review: JsonObject): JsonObject => review['request'] as JsonObject;

describe('reviews that a real API server sent', () => {
  it('CREATE-pods-mutate: the signed image is pinned and held; unsigned it is denied', () => {
    const review = golden('CREATE-pods-mutate.json');
    const answer = ask(review);
    expect(answer).toMatchObject({ uid: requestIn(review)['uid'], allowed: true });
    const done = applyPatch(requestIn(review)['object']!, patchIn(answer));
    expect(JSON.stringify(done)).toContain(`docker.io/library/nginx@${digest('f')}`);
    expect(JSON.stringify(done)).toContain(`writ/${USER_INTENT}.json`);
    const again = { ...review, request: { ...requestIn(review), object: done } };
    expect(ask(again, 'validate')).toMatchObject({ allowed: true });
    expect(ask(review, 'mutate', cluster({ targets: [] })).status).toMatchObject({
      reason: 'POLICY_UNSIGNED',
    });
  });
  it.each(['CREATE-deployments-validate.json', 'CREATE-cronjobs-validate.json'])(
    '%s: templates are not decided here',
    name => {
      expect(ask(golden(name), 'validate').status).toMatchObject({ reason: 'ADMISSION_KIND', code: 403 });
    },
  );
  it('UPDATE-pods-ephemeralcontainers-validate: the debugger must be signed and held', () => {
    const review = golden('UPDATE-pods-ephemeralcontainers-validate.json');
    const everywhere = policy({ namespaces: ['default'], images: ['**'], authority: USER });
    expect(ask(review, 'validate', cluster({ policies: [everywhere] })).status?.reason).toBe(
      'POLICY_UNSIGNED',
    );
    const targets = [...TARGETS, ...both('docker.io/ok/dbg', '1', digest('4'), USER)];
    const admission = cluster({ policies: [everywhere], targets });
    expect(ask(review, 'validate', admission).status?.reason).toBe('ADMISSION_UNPINNED');
    const answer = ask(review, 'mutate', admission);
    const object = applyPatch(requestIn(review)['object']!, patchIn(answer));
    expect(
      ask({ ...review, request: { ...requestIn(review), object } }, 'validate', admission),
    ).toMatchObject({ allowed: true });
  });
  it('1.4 MB and 2.8 MB: decided, or passed as unchanged', () => {
    const everywhere = policy({ namespaces: ['default'], images: ['**'], authority: USER });
    const targets = both('registry.example/app', '1', parseDigest(`sha256:${'a'.repeat(64)}`), USER);
    const admission = cluster({ policies: [everywhere], targets });
    expect(ask(golden('CREATE-pods-validate.json.gz'), 'mutate', admission)).toMatchObject({ allowed: true });
    expect(ask(golden('CREATE-pods-validate.json.gz'), 'validate', admission).status?.reason).toBe(
      'ADMISSION_UNPROTECTED',
    );
    for (const name of ['UPDATE-pods-mutate.json.gz', 'UPDATE-pods-validate.json.gz']) {
      expect(ask(golden(name), 'validate', admission)).toMatchObject({ allowed: true });
    }
  });
});

describe('reviews', () => {
  const text = (change: object): Uint8Array => bytes({ ...reviewOf(pod()), ...change } as JsonObject);
  it.each([
    { kind: 'Review' },
    { apiVersion: 'admission.k8s.io/v1beta1' },
    { request: null },
    { request: { uid: '' } },
    { request: { uid: 'x'.repeat(257) } },
    { request: { uid: 7 } },
  ])('%j cannot be answered', change => {
    const handled = cluster().handle(text(change), 'mutate');
    expect(handled).toMatchObject({ kind: 'unreadable', error: { code: 'ADMISSION_REVIEW', status: 400 } });
  });
  it.each([
    { operation: 'PATCH' },
    { kind: 'Pod' },
    { resource: null },
    { namespace: 7 },
    { userInfo: 'x' },
    { object: [] },
  ])('%j is denied under its uid', request => {
    expect(ask(reviewOf(pod(), request))).toMatchObject({
      uid: 'c9990ff0-4d9d-4a8c-9645-e0b7bd753d16',
      allowed: false,
      status: { code: 400, reason: 'ADMISSION_REVIEW' },
    });
  });
  it.each([{ object: null }, { object: { metadata: {} } }])(
    '%j has nothing to decide and is denied',
    request => {
      expect(ask(reviewOf(pod(), request)).status?.reason).toBe('ADMISSION_POD');
    },
  );
  it('a dry run is decided like any other, and says so in the log', () => {
    const lines: string[] = [];
    const admission = cluster({ log: line => lines.push(line) });
    expect(ask(reviewOf(pod(), { dryRun: true }), 'mutate', admission).allowed).toBe(true);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      time: '2026-11-21T00:00:00.000Z',
      log: 'admission',
      phase: 'mutate',
      decision: 'allowed',
      operation: 'CREATE',
      namespace: 'prod',
      name: 'web',
      user: 'alice',
      dryRun: true,
      images: [
        {
          image: `${APP}:1`,
          fields: ['spec.containers[0]'],
          policy: 'production',
          digest: APP_DIGEST,
          intent: USER_INTENT,
          grants: { network: 'user' },
          signed: [{ repository: 'example', role: 'team', version: 3 }],
        },
      ],
    });
  });
  it('can be made of a plain pod', () => {
    const admission: Admission = cluster();
    const made = reviewOfPod(pod(), { namespace: 'prod', operation: 'CREATE' });
    expect(admission.decide(made, 'mutate').kind).toBe('allowed');
    const other = reviewOfPod(pod({ image: EVIL }), { namespace: 'prod', operation: 'UPDATE' });
    expect(codes(findingsOf(admission.decide(other, 'validate')))).toEqual(['POLICY_UNSIGNED']);
  });
});

describe('equal JSON', () => {
  it('ignores the order of members and nothing else', () => {
    expect(sameJson({ a: 1, b: [null, 'x'] }, { b: [null, 'x'], a: 1 })).toBe(true);
    const pairs: [unknown, unknown][] = [
      [{ a: 1 }, { a: 2 }],
      [{ a: 1 }, { b: 1 }],
      [
        [1, 2],
        [2, 1],
      ],
      [[1], [1, 1]],
      [{}, []],
      [[], {}],
      [null, {}],
      [undefined, null],
      ['1', 1],
      [{ a: 1 }, { a: 1, b: 1 }],
    ];
    for (const [a, b] of pairs)
      expect(sameJson(a as JsonObject, b as JsonObject), JSON.stringify([a, b])).toBe(false);
  });
});
