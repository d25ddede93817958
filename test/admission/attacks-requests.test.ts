/** Attacks on how it is asked: the numbered rows of the threat list that are about requests and fields. */
import { describe, expect, it } from 'vitest';
import { FindingList } from '../../src/admission/decision.js';
import { explainDenial, wireWarnings } from '../../src/admission/explain.js';
import { MAX_REVIEW_BYTES } from '../../src/admission/review.js';
import { isWritError } from '../../src/errors.js';
import type { JsonObject } from '../../src/json/types.js';
import { applyPatch } from './apply-patch.js';
import {
  APP,
  APP_DIGEST,
  ask,
  bytes,
  cluster,
  codes,
  digest,
  mutated,
  patchIn,
  pod,
  PRODUCTION,
  reasons,
  reviewOf,
  USER_INTENT,
} from './world.js';

const EVIL = 'registry.example/team/evil:1';
const handle = (text: string | Uint8Array) =>
  cluster().handle(typeof text === 'string' ? new TextEncoder().encode(text) : text, 'mutate');
const answer = (text: string): unknown => {
  const handled = handle(text);
  return handled.kind === 'answer' ? JSON.parse(handled.answer) : handled;
};
const unreadable = (text: string | Uint8Array): string => {
  const handled = handle(text);
  return handled.kind === 'unreadable' && isWritError(handled.error) ? handled.error.code : handled.kind;
};

describe('attack 10: JSON that two readers read differently', () => {
  const text = JSON.stringify(reviewOf(pod()));
  it('duplicate keys', () => {
    expect(unreadable(text.replace(`"image":"${APP}:1"`, `"image":"${APP}:1","image":"${EVIL}"`))).toBe(
      'JSON_DUPLICATE_KEY',
    );
  });
  it.each(['Containers', 'CONTAINERS', 'containerſ'])('the case variant %s', key => {
    expect(codes(reasons(pod({}, { [key]: [{ name: 'x', image: EVIL }] })))).toEqual(['ADMISSION_FIELD']);
  });
  it('Image beside image', () => {
    expect(codes(reasons(pod({ Image: EVIL })))).toEqual(['ADMISSION_FIELD']);
  });
  it('__proto__', () => {
    const inherits = text.replace(`"image":"${APP}:1"`, `"__proto__":{"image":"${APP}:1"}`);
    expect(answer(inherits)).toMatchObject({
      response: { allowed: false, status: { reason: 'ADMISSION_POD' } },
    });
    const beside = text.replace('"spec":{', '"spec":{"__proto__":{"hostPID":true},');
    expect(answer(beside)).toMatchObject({ response: { status: { reason: 'ADMISSION_FIELD' } } });
  });
});

describe('attack 11: huge and deep bodies', () => {
  it('more than 7 MiB', () => {
    expect(unreadable(new Uint8Array(MAX_REVIEW_BYTES + 1))).toBe('JSON_SIZE');
    expect(unreadable(new Uint8Array(MAX_REVIEW_BYTES).fill(0x20))).toBe('JSON_SYNTAX');
  });
  it('deep nesting', () => {
    expect(unreadable(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toBe('JSON_DEPTH');
  });
  it.each(['', 'null', '[]', '"x"', '{}', '{"kind":"AdmissionReview"}', '<html>', '\xff'])(
    '%j is no review',
    text => {
      expect(['ADMISSION_REVIEW', 'JSON_SYNTAX', 'JSON_UTF8']).toContain(unreadable(text));
    },
  );
});

describe('attack 12: a pod of 5,000 containers', () => {
  const many = (count: number, image: (i: number) => string): JsonObject =>
    pod(
      {},
      {
        containers: Array.from({ length: count }, (_, i) => ({
          name: `c${i}`,
          image: image(i),
          securityContext: { privileged: i % 2 === 0 },
        })),
      },
    );

  it('is denied in a bounded answer', () => {
    const answer = ask(reviewOf(many(5_000, () => `${APP}:1`)));
    expect(answer.allowed).toBe(false);
    expect(answer.status?.message).toContain('and 2492 more reasons');
    expect(JSON.stringify(answer).length).toBeLessThan(12_000);
    const unsigned = ask(reviewOf(many(5_000, i => `registry.example/team/x${i}:1`)));
    expect(JSON.stringify(unsigned).length).toBeLessThan(12_000);
  });
  it('asks once for each image', () => {
    const lines: string[] = [];
    cluster({ log: line => lines.push(line) }).handle(bytes(reviewOf(many(5_000, () => EVIL))), 'mutate');
    expect(lines).toHaveLength(1);
    expect(lines[0]!.length).toBeLessThan(4_000);
    expect(JSON.parse(lines[0]!)).toMatchObject({ denied: [{ code: 'POLICY_UNSIGNED' }] });
  });
  it('is logged in a bounded line', () => {
    const lines: string[] = [];
    const images = many(5_000, i => `registry.example/team/x${i}:1`);
    cluster({ log: line => lines.push(line) }).handle(bytes(reviewOf(images)), 'mutate');
    expect(lines[0]!.length).toBeLessThan(20_000);
    const entry = JSON.parse(lines[0]!) as { images: unknown[]; denied: unknown[] };
    expect(entry).toMatchObject({ imageCount: 5_000, deniedCount: 5_000 });
    expect([entry.images.length, entry.denied.length]).toEqual([20, 20]);
  });
});

describe('attack 16: a patch that does not apply', () => {
  it('every patch applies to the object that was sent, whatever is missing in it', () => {
    const contexts = [undefined, null, {}, { capabilities: null }, { capabilities: { drop: ['NET_RAW'] } }];
    const metadatas = [
      undefined,
      null,
      {},
      { annotations: null },
      { annotations: { 'writ.dev/x': '1', 'a~/b': '2' } },
    ];
    for (const securityContext of contexts) {
      for (const metadata of metadatas) {
        const object = { ...pod({ securityContext }, { securityContext }), metadata } as JsonObject;
        const sent = JSON.parse(JSON.stringify(object)) as JsonObject;
        const podContext = securityContext?.capabilities === undefined ? securityContext : undefined;
        const clean = {
          ...sent,
          spec: { ...(sent['spec'] as JsonObject), securityContext: podContext ?? null },
        } as JsonObject;
        const answer = ask(reviewOf(clean));
        expect(answer.allowed).toBe(true);
        const done = applyPatch(clean, patchIn(answer)) as JsonObject;
        expect(codes(reasons(done, 'validate'))).toEqual([]);
      }
    }
  });
  it('a pod whose parts have other types is denied, not patched', () => {
    for (const broken of [
      pod({ securityContext: 'x' }),
      pod({}, { securityContext: [] }),
      pod({}, { containers: {} }),
      pod({}, { volumes: 'x' }),
    ]) {
      expect(codes(reasons(broken))).toContain('ADMISSION_POD');
    }
  });
});

describe('attack 18: labels, names and namespaces that would exempt', () => {
  it('no label and no annotation of the object exempts it', () => {
    const labels = { 'writ.dev/skip': 'true', 'kubernetes.io/metadata.name': 'kube-system' };
    expect(codes(reasons(pod({ image: EVIL }, {}, { labels, annotations: labels })))).toEqual([
      'POLICY_UNSIGNED',
    ]);
  });
  it('the namespace is that of the review', () => {
    expect(codes(reasons(pod({}, {}, { namespace: 'default' })))).toEqual(['ADMISSION_POD']);
    expect(
      codes(reasons(pod({}, {}, { namespace: '' }), 'mutate', cluster(), { namespace: 'other' })),
    ).toEqual(['POLICY_NO_MATCH']);
    expect(codes(reasons(pod({}, {}, { namespace: '' }), 'mutate', cluster(), { namespace: '*' }))).toEqual([
      'POLICY_NO_MATCH',
    ]);
  });
});

describe('attack 19: the annotation of a mirror pod from a user', () => {
  const mirror = pod(
    { image: EVIL },
    { nodeName: 'node-1' },
    { annotations: { 'kubernetes.io/config.mirror': 'x' } },
  );
  const by = (username: string) => ({ userInfo: { username, groups: [] } });
  it.each(['alice', 'system:node:node-2', 'system:node:', 'system:node:node-1x', ''])(
    'from %s is denied',
    user => {
      expect(codes(reasons(mirror, 'mutate', cluster(), by(user)))).toEqual(['ADMISSION_MIRROR']);
    },
  );
  it('without a node is denied', () => {
    const nowhere = pod({}, {}, { annotations: { 'kubernetes.io/config.mirror': 'x' } });
    expect(codes(reasons(nowhere, 'mutate', cluster(), by('system:node:')))).toEqual(['ADMISSION_MIRROR']);
  });
  it('from its own node is reported and never changed', () => {
    for (const phase of ['mutate', 'validate'] as const) {
      const answer = ask(reviewOf(mirror, by('system:node:node-1')), phase);
      expect(answer).toMatchObject({
        allowed: true,
        auditAnnotations: { audited: expect.stringContaining(EVIL) },
      });
      expect(answer.patch).toBeUndefined();
    }
    const denied = pod(
      {},
      { nodeName: 'node-1', runtimeClassName: 'x' },
      { annotations: { 'kubernetes.io/config.mirror': 'x' } },
    );
    expect(ask(reviewOf(denied, by('system:node:node-1')))).toMatchObject({
      allowed: true,
      auditAnnotations: { audited: expect.stringContaining('runtimeClassName') },
    });
    const annotations = { 'kubernetes.io/config.mirror': 'x', 'writ.dev/grants': 'forged' };
    const signedMirror = pod({}, { nodeName: 'node-1' }, { annotations });
    expect(ask(reviewOf(signedMirror, by('system:node:node-1'))).patch).toBeUndefined();
  });
});

describe('attack 20: seccomp profiles that are none', () => {
  const profiles: JsonObject[] = [
    { type: 'Unconfined' },
    { type: 'RuntimeDefault' },
    { type: 'Localhost', localhostProfile: '' },
    { type: 'Localhost' },
    { type: 'Localhost', localhostProfile: `writ/../writ/${USER_INTENT}.json` },
    { type: 'Localhost', localhostProfile: `writ/${'0'.repeat(64)}.json` },
    { type: 'localhost', localhostProfile: `writ/${USER_INTENT}.json` },
  ];
  it.each(profiles)('%j in a container', seccompProfile => {
    expect(codes(reasons(pod({ securityContext: { seccompProfile } })))).toEqual(['ADMISSION_SECCOMP']);
  });
  it.each(profiles)('%j in the pod', seccompProfile => {
    expect(codes(reasons(pod({}, { securityContext: { seccompProfile } })))).toContain('ADMISSION_SECCOMP');
  });
  it('Unconfined in the pod is denied though every container has its own', () => {
    const done = mutated(pod());
    const loosened = {
      ...done,
      spec: { ...(done['spec'] as JsonObject), securityContext: { seccompProfile: { type: 'Unconfined' } } },
    };
    expect(codes(reasons(loosened as JsonObject, 'mutate'))).toEqual(['ADMISSION_SECCOMP']);
  });
  it.each([
    ['seccomp.security.alpha.kubernetes.io/pod', 'unconfined'],
    ['container.seccomp.security.alpha.kubernetes.io/app', 'unconfined'],
    ['container.apparmor.security.beta.kubernetes.io/app', 'unconfined'],
    ['seccomp-profile.kubernetes.cri-o.io/app', 'unconfined'],
    ['io.kubernetes.cri-o.userns-mode', 'auto'],
  ])('the annotation %s', (key, value) => {
    const annotated = pod({}, {}, { annotations: { [key]: value } });
    expect(codes(reasons(annotated))).toEqual(['ADMISSION_ANNOTATION']);
    const update = { operation: 'UPDATE', oldObject: pod() };
    expect(codes(reasons(annotated, 'mutate', cluster(), update))).toContain('ADMISSION_ANNOTATION');
  });
  it('the old AppArmor annotation may say what the field may', () => {
    const key = 'container.apparmor.security.beta.kubernetes.io/app';
    expect(reasons(pod({}, {}, { annotations: { [key]: 'runtime/default' } }))).toEqual([]);
    expect(reasons(pod({}, {}, { annotations: { [key]: 'localhost/mine' } }))).toEqual([]);
  });
});

describe('attack 21: spellings of capabilities', () => {
  it.each(['CAP_SYS_ADMIN', 'sys_admin', 'Sys_Admin', 'all', '', 'SYS ADMIN', 'SYS_ADMIN\n', 7, null])(
    '%j',
    name => {
      expect(codes(reasons(pod({ securityContext: { capabilities: { add: [name] } } })))).toEqual([
        'ADMISSION_CAPABILITY',
      ]);
      expect(codes(reasons(pod({ securityContext: { capabilities: { drop: [name] } } })))).toEqual([
        'ADMISSION_CAPABILITY',
      ]);
    },
  );
  it.each(['SYS_ADMIN', 'ALL', 'NET_RAW', 'NO_SUCH'])('%s is not granted', name => {
    expect(codes(reasons(pod({ securityContext: { capabilities: { add: [name] } } })))).toEqual([
      'ADMISSION_EXCESS',
    ]);
  });
  it('says which grant it would take', () => {
    const [found] = reasons(pod({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }));
    expect(found).toEqual({
      code: 'ADMISSION_EXCESS',
      message: `container "app": spec.containers[0].securityContext.capabilities.add[0] asks for the capability SYS_ADMIN, which needs security=admin, but the image ${APP}@${APP_DIGEST} is granted security=confined`,
      hint: `remove the field; or sign with the grant (\`writ sign --grant security=admin ${APP}@${APP_DIGEST}\`) and let the policy production allow it`,
    });
  });
});

describe('attack 24: warnings and log lines', () => {
  const nasty = 'x\n{"log":"admission","decision":"allowed"}\u0085\u2028\u202e\u001b[2J';
  it('control characters reach neither the answer nor the log', () => {
    const lines: string[] = [];
    const admission = cluster({ policies: [{ ...PRODUCTION, mode: 'warn' }], log: line => lines.push(line) });
    const object = pod({ name: nasty, image: EVIL }, {}, { name: nasty });
    const request = { name: nasty, userInfo: { username: nasty } };
    const answers = [ask(reviewOf(object, request), 'mutate', admission), ask(reviewOf(object, request))];
    for (const answer of answers) {
      for (const text of [
        answer.status?.message ?? '',
        ...(answer.warnings ?? []),
        ...Object.values(answer.auditAnnotations ?? {}),
      ]) {
        expect(text).toMatch(/^[\x20-\x7e]*$/);
      }
    }
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      log: 'admission',
      decision: 'allowed',
      user: nasty,
      name: nasty,
    });
  });
  it('whatever a message holds, words and warnings are printable', () => {
    const list = new FindingList();
    list.add('enforce', () => ({ code: 'ADMISSION_POD', message: nasty, hint: nasty }));
    const denied = { kind: 'denied', images: [], findings: list.all } as const;
    expect(explainDenial({ name: nasty, namespace: nasty }, denied)).toMatch(/^[\x20-\x7e]+$/);
    expect(wireWarnings([nasty])).toEqual(['x?{"log":"admission","decision":"allowed"}????[2J']);
  });
  it('at most 10 warnings of 256 characters', () => {
    const containers = Array.from({ length: 30 }, (_, i) => ({
      name: 'c',
      image: `registry.example/team/${'x'.repeat(200)}${i}:1`,
    }));
    const answer = ask(
      reviewOf(pod({}, { containers })),
      'mutate',
      cluster({ policies: [{ ...PRODUCTION, mode: 'warn' }] }),
    );
    expect(answer.warnings).toHaveLength(10);
    expect(answer.warnings?.at(-1)).toBe('and 21 more');
    expect(Math.max(...(answer.warnings ?? []).map(({ length }) => length))).toBe(256);
  });
});

describe('attack 25: a newer kind or field', () => {
  it.each([
    { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } },
    { kind: { group: '', version: 'v2', kind: 'Pod' } },
    { kind: { group: 'evil', version: 'v1', kind: 'Pod' } },
    { resource: { group: '', version: 'v1', resource: 'podtemplates' } },
    { subResource: 'newer' },
    { operation: 'UPDATE', subResource: 'newer', oldObject: pod() },
  ])('%j is denied', request => {
    expect(codes(reasons(pod(), 'mutate', cluster(), request))).toEqual(['ADMISSION_KIND']);
  });
  it.each([
    pod({}, { imageBundles: [{ image: EVIL }] }),
    pod({ sideImage: EVIL }),
    pod({ securityContext: { newer: true } }),
    pod({}, { securityContext: { newer: true } }),
    pod({}, { volumes: [{ name: 'v', oci: { reference: EVIL } }] }),
    pod({}, { volumes: [{ name: 'v', image: { reference: `${APP}@${digest('a')}`, fallback: EVIL } }] }),
    { ...pod(), more: {} },
  ])('an unknown field is denied', object => {
    expect(codes(reasons(object))).toEqual(['ADMISSION_FIELD']);
  });
});
