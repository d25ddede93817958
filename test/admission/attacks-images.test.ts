/** Attacks on what runs: the numbered rows of the threat list that are about images and their trust. */
import { describe, expect, it } from 'vitest';
import { WritError } from '../../src/errors.js';
import { parseRoleName } from '../../src/tuf/role-name.js';
import type { JsonObject } from '../../src/json/types.js';
import {
  APP,
  APP_DIGEST,
  ask,
  both,
  cluster,
  codes,
  digest,
  grants,
  MemoryFinder,
  mutated,
  NOW,
  pod,
  policy,
  reasons,
  reviewOf,
  signed,
  TARGETS,
  USER,
} from './world.js';

const EVIL = 'registry.example/team/evil:1';
const validated = (object: JsonObject, admission = cluster(), request = {}) =>
  codes(reasons(object, 'validate', admission, request));

describe('attack 1: the tag moves after admission', () => {
  it('what was admitted is a digest, and validating denies a tag', () => {
    const before = mutated(pod());
    const moved = cluster({ targets: both(APP, '1', digest('9'), USER) });
    expect(JSON.stringify(before)).toContain(`${APP}@${APP_DIGEST}`);
    expect(JSON.stringify(mutated(pod(), moved))).toContain(`${APP}@${digest('9')}`);
    expect(validated(pod())).toContain('ADMISSION_UNPINNED');
    expect(validated(before)).toEqual([]);
  });

  it('no registry is asked: the same metadata gives the same digest each time', () => {
    const finder = new MemoryFinder(TARGETS);
    const admission = cluster({ finder });
    expect(mutated(pod(), admission)).toEqual(mutated(pod(), admission));
    expect(finder.asked).toEqual([`example team ${APP}:1`, `example team ${APP}@${APP_DIGEST}`]);
  });
});

describe('attack 2: an unsigned image where nobody looks', () => {
  const places: [string, JsonObject][] = [
    ['container', pod({ image: EVIL })],
    [
      'second container',
      pod(
        {},
        {
          containers: [
            { name: 'a', image: `${APP}:1` },
            { name: 'b', image: EVIL },
          ],
        },
      ),
    ],
    ['init container', pod({}, { initContainers: [{ name: 'i', image: EVIL }] })],
    ['sidecar', pod({}, { initContainers: [{ name: 's', image: EVIL, restartPolicy: 'Always' }] })],
    ['ephemeral container', pod({}, { ephemeralContainers: [{ name: 'd', image: EVIL }] })],
    ['image volume', pod({}, { volumes: [{ name: 'v', image: { reference: EVIL } }] })],
  ];
  it.each(places)('%s', (_, object) => {
    expect(codes(reasons(object))).toEqual(['POLICY_UNSIGNED']);
    expect(validated(object)).toContain('POLICY_UNSIGNED');
  });

  it('a container or image volume without an image is denied', () => {
    expect(codes(reasons(pod({ image: '' })))).toEqual(['ADMISSION_POD']);
    expect(codes(reasons(pod({}, { volumes: [{ name: 'v', image: {} }] })))).toEqual(['ADMISSION_POD']);
  });

  it('an image volume by tag is denied in the validating phase', () => {
    const done = mutated(pod({}, { volumes: [{ name: 'v', image: { reference: `${APP}:1` } }] }));
    expect(validated(done)).toEqual([]);
    const unpinned = JSON.parse(
      JSON.stringify(done).replace(`"reference":"${APP}@${APP_DIGEST}"`, `"reference":"${APP}:1"`),
    ) as JsonObject;
    expect(validated(unpinned)).toEqual(['ADMISSION_UNPINNED']);
  });
});

describe('attack 3: UPDATE to an unsigned image', () => {
  const old = mutated(pod());
  const withImage = (image: string): JsonObject =>
    JSON.parse(JSON.stringify(old).replace(`${APP}@${APP_DIGEST}`, image)) as JsonObject;
  const update = { operation: 'UPDATE', oldObject: old };

  it('is denied in both phases', () => {
    expect(codes(reasons(withImage(EVIL), 'mutate', cluster(), update))).toEqual(['POLICY_UNSIGNED']);
    expect(validated(withImage(EVIL), cluster(), update)).toEqual(['POLICY_UNSIGNED']);
  });

  it('a signed image by tag is pinned, and nothing else is patched', () => {
    const two = cluster({ targets: [...TARGETS, ...both(APP, '2', digest('7'), USER)] });
    const done = mutated(withImage(`${APP}:2`), two, update);
    expect(done).toEqual(withImage(`${APP}@${digest('7')}`));
  });

  it('a signed image with other grants is denied: the profile of a running pod cannot change', () => {
    const found = reasons(withImage('registry.example/team/root:1'), 'mutate', cluster(), update);
    expect(codes(found)).toEqual(['ADMISSION_SECCOMP']);
  });

  it('a pod from before writ cannot be updated into an unprotected one', () => {
    const bare = { operation: 'UPDATE', oldObject: pod() };
    const found = reasons(pod({ image: `${APP}@${APP_DIGEST}`, tty: true }), 'mutate', cluster(), bare);
    expect(new Set(codes(found))).toEqual(new Set(['ADMISSION_UNPROTECTED']));
    expect(found.map(({ message }) => message)).toEqual([
      'container "app": its securityContext lacks allowPrivilegeEscalation, readOnlyRootFilesystem, runAsNonRoot, capabilities, seccompProfile as granted',
      'the pod: spec.securityContext lacks the sysctls net.ipv4.ip_unprivileged_port_start as granted',
    ]);
  });
});

describe('attack 4: a forged "already verified" annotation', () => {
  const forged = {
    'writ.dev/decision': 'allowed',
    'writ.dev/intent': '0'.repeat(64),
    'writ.dev/verified': 'true',
  };
  it('changes no decision', () => {
    expect(codes(reasons(pod({ image: EVIL }, {}, { annotations: forged })))).toEqual(['POLICY_UNSIGNED']);
    expect(validated(pod({}, {}, { annotations: forged }))).toContain('ADMISSION_UNPINNED');
  });
});

describe('attack 5: forged ownerReferences', () => {
  it('no owner is skipped', () => {
    const ownerReferences = [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'x', uid: 'y', controller: true },
    ];
    expect(codes(reasons(pod({ image: EVIL }, {}, { ownerReferences })))).toEqual(['POLICY_UNSIGNED']);
  });
});

describe('attack 6: a host inside a path, a name that begins like a trusted one', () => {
  it.each([
    'evil.example/registry.example/team/app:1',
    'registry.example.evil.example/team/app:1',
    'registry.example/teamevil/app:1',
    'registry.example/team:1',
  ])('%s is matched by no policy', image => {
    expect(codes(reasons(pod({ image })))).toEqual(['POLICY_NO_MATCH']);
  });
});

describe('attack 7: implicit hosts', () => {
  it.each(['nginx:1', 'library/nginx:1', 'docker.io/nginx:1', 'index.docker.io/library/nginx:1'])(
    '%s is docker.io/library/nginx',
    image => {
      expect(JSON.stringify(mutated(pod({ image })))).toContain(`"docker.io/library/nginx@${digest('f')}"`);
    },
  );
  it.each(['localhost/nginx:1', 'localhost/library/nginx:1', 'DOCKER/nginx:1', 'Library/nginx:1'])(
    '%s is not',
    image => {
      expect(codes(reasons(pod({ image })))).toEqual(['POLICY_NO_MATCH']);
    },
  );
});

describe('attack 8: digests that disagree, or are none', () => {
  it('the digest beside a tag must itself be signed', () => {
    expect(codes(reasons(pod({ image: `${APP}:1@${digest('9')}` })))).toEqual(['POLICY_UNSIGNED']);
    expect(reasons(pod({ image: `${APP}:other@${APP_DIGEST}` }))).toEqual([]);
  });
  it.each([
    [`${APP}@${APP_DIGEST}@${APP_DIGEST}`, 'IMAGE_DIGEST'],
    [`${APP}@md5:${'a'.repeat(32)}`, 'IMAGE_DIGEST'],
    [`${APP}@sha512:${'a'.repeat(128)}`, 'IMAGE_DIGEST'],
    [`${APP}@sha256:${'a'.repeat(63)}`, 'IMAGE_DIGEST'],
    [`${APP}@sha256:${'A'.repeat(64)}`, 'IMAGE_DIGEST'],
  ])('%s', (image, code) => {
    expect(codes(reasons(pod({ image })))).toEqual([code]);
  });
});

describe('attack 9: characters that look like others, or like nothing', () => {
  it.each([
    ['homoglyph', 'registry.example/te\u0430m/app:1'],
    ['zero width', 'registry.example/team\u200b/app:1'],
    ['bidi', 'registry.example/\u202eteam/app:1'],
    ['NUL', `${APP}:1\u0000`],
    ['newline', `${APP}:1\nfoo`],
    ['5 KB', `registry.example/team/${'a'.repeat(5_000)}:1`],
    ['..', 'registry.example/team/../other/app:1'],
    ['port', 'registry.example:99999/team/app:1'],
    ['leading space', ` ${APP}:1`],
  ])('%s', (_, image) => {
    const [found, ...rest] = reasons(pod({ image }));
    expect(rest).toEqual([]);
    expect(found?.code).toBe('IMAGE_REFERENCE');
    expect(found?.message).toMatch(/^[\x20-\x7e]{1,600}$/);
  });
});

describe('attack 13: an error while matching', () => {
  it.each([new Error('boom'), new WritError('TRUST_UNKNOWN', 'no root of the repository example is pinned')])(
    '%s denies',
    error => {
      const finder = {
        generation: 1,
        find: () => {
          throw error;
        },
      };
      const answer = ask(reviewOf(pod()), 'mutate', cluster({ finder }));
      expect(answer.allowed).toBe(false);
      expect(answer.status?.reason).toBe(error instanceof WritError ? 'TRUST_UNKNOWN' : 'INTERNAL');
      expect(answer.status?.code).toBe(error instanceof WritError ? 403 : 500);
    },
  );
});

describe('a failure that nobody expected', () => {
  it('is not kept: the next review is decided anew', () => {
    const working = new MemoryFinder(TARGETS);
    let broken = true;
    const find = (...args: Parameters<MemoryFinder['find']>) => {
      if (broken) throw new Error('boom');
      return working.find(...args);
    };
    const admission = cluster({ finder: { generation: 1, find } });
    expect(codes(reasons(pod(), 'mutate', admission))).toEqual(['INTERNAL']);
    broken = false;
    expect(reasons(pod(), 'mutate', admission)).toEqual([]);
  });
});

describe('attack 14: an empty list is not "all satisfied"', () => {
  it('no policies, no namespaces, no containers: denied', () => {
    expect(codes(reasons(pod(), 'mutate', cluster({ policies: [] })))).toEqual(['POLICY_NO_MATCH']);
    const nowhere = policy({ namespaces: [], authority: grants() });
    expect(codes(reasons(pod(), 'mutate', cluster({ policies: [nowhere] })))).toEqual(['POLICY_NO_MATCH']);
    expect(codes(reasons(pod({}, { containers: [] })))).toContain('ADMISSION_POD');
    expect(codes(reasons(pod({}, { containers: null })))).toContain('ADMISSION_POD');
  });
});

describe('attack 15: a valid signature of another role', () => {
  it('does not count', () => {
    const targets = both(APP, '1', APP_DIGEST, USER, 'interns');
    expect(codes(reasons(pod(), 'mutate', cluster({ targets })))).toEqual(['POLICY_UNSIGNED']);
  });
  it('a target named after one digest that describes another does not count', () => {
    const targets = [signed(`${APP}@${APP_DIGEST}`, digest('9'), USER)];
    expect(codes(reasons(pod({ image: `${APP}@${APP_DIGEST}` }), 'mutate', cluster({ targets })))).toEqual([
      'POLICY_DIGEST_MISMATCH',
    ]);
  });
});

describe('attack 17: a later webhook rewrites the image', () => {
  it('the validating phase decides from scratch', () => {
    const done = JSON.stringify(mutated(pod()));
    const rewritten = (image: string): JsonObject =>
      JSON.parse(done.replace(`${APP}@${APP_DIGEST}`, image)) as JsonObject;
    expect(validated(rewritten(EVIL))).toEqual(['POLICY_UNSIGNED']);
    expect(validated(rewritten(`${APP}:1`))).toEqual(['ADMISSION_UNPINNED']);
    expect(validated(rewritten(`registry.example/team/root@${digest('b')}`))).toEqual(['ADMISSION_SECCOMP']);
  });
  it('the mutating phase that never ran is noticed', () => {
    expect(validated(pod())).toEqual([
      'ADMISSION_UNPINNED',
      'ADMISSION_UNPROTECTED',
      'ADMISSION_UNPROTECTED',
    ]);
  });
  it.each([
    'allowPrivilegeEscalation',
    'readOnlyRootFilesystem',
    'runAsNonRoot',
    'capabilities',
    'seccompProfile',
  ])('a webhook that removes %s is noticed', key => {
    const done = structuredClone(mutated(pod())) as {
      spec: { containers: { securityContext: Record<string, unknown> }[] };
    };
    Reflect.deleteProperty(done.spec.containers[0]!.securityContext, key);
    const found = reasons(done as unknown as JsonObject, 'validate');
    expect(found.map(({ message }) => message)).toEqual([
      `container "app": its securityContext lacks ${key} as granted`,
    ]);
  });
});

describe('attack 22: the grants of container A used for B', () => {
  it('B may not name the profile of A', () => {
    const done = mutated(
      pod(
        {},
        {
          containers: [
            { name: 'a', image: `${APP}:1` },
            { name: 'b', image: 'registry.example/team/tracer:1' },
          ],
        },
      ),
    );
    expect(validated(done)).toEqual([]);
    const text = JSON.stringify(done);
    const [, one, two] = /writ\/([0-9a-f]{64})\.json.*writ\/([0-9a-f]{64})\.json/.exec(text) ?? [];
    const swapped = JSON.parse(text.replace(`writ/${one!}.json`, `writ/${two!}.json`)) as JsonObject;
    expect(validated(swapped)).toEqual(['ADMISSION_SECCOMP']);
  });

  it('what the pod asks for must be granted to all its containers', () => {
    const tracer = { name: 'b', image: 'registry.example/team/tracer:1' };
    const alone = pod({}, { hostPID: true, containers: [tracer] });
    expect(codes(reasons(alone))).not.toContain('ADMISSION_EXCESS');
    const shared = pod({}, { hostPID: true, containers: [{ name: 'a', image: `${APP}:1` }, tracer] });
    const [found] = reasons(shared);
    expect(found?.code).toBe('ADMISSION_EXCESS');
    expect(found?.message).toBe(
      `the pod, for ${APP}@${APP_DIGEST}: spec.hostPID asks for host.processes=view, but the image ${APP}@${APP_DIGEST} is granted host.processes=none`,
    );
  });

  it('processes are shared between equal grants only', () => {
    const root = { name: 'b', image: 'registry.example/team/root:1' };
    const app = { name: 'a', image: `${APP}:1` };
    const nginx = { name: 'c', image: 'nginx:1' };
    const share = { shareProcessNamespace: true };
    expect(new Set(codes(reasons(pod({}, { ...share, containers: [app, root] }))))).toEqual(
      new Set(['ADMISSION_SHARED_PROCESSES']),
    );
    expect(reasons(pod({}, { ...share, containers: [app, nginx] }))).toEqual([]);
    expect(reasons(pod({}, { shareProcessNamespace: false, containers: [app, root] }))).toEqual([]);
  });
});

describe('attack 23: rollback, freeze, clock', () => {
  it('what has expired denies from that second on, though the decision was kept', () => {
    let now = NOW;
    const finder = new MemoryFinder(TARGETS);
    finder.validUntil = new Date('2026-11-21T00:01:00Z');
    const stale = {
      generation: 1,
      find: (...args: Parameters<MemoryFinder['find']>) => {
        if (now >= finder.validUntil) throw new WritError('TRUST_UNKNOWN', 'expired');
        return finder.find(...args);
      },
    };
    const admission = cluster({ finder: stale, now: () => now });
    expect(reasons(pod(), 'mutate', admission)).toEqual([]);
    now = new Date('2026-11-21T00:00:59.999Z');
    expect(reasons(pod(), 'mutate', admission)).toEqual([]);
    now = new Date('2026-11-21T00:01:00Z');
    expect(codes(reasons(pod(), 'mutate', admission))).toEqual(['TRUST_UNKNOWN']);
  });

  it('an expired role denies its images', () => {
    const finder = new MemoryFinder(TARGETS, [{ role: parseRoleName('team'), since: NOW }]);
    expect(codes(reasons(pod(), 'mutate', cluster({ finder })))).toEqual(['TRUST_ROLE_EXPIRED']);
  });

  it('a refresh is seen at once', () => {
    const finders = [new MemoryFinder(TARGETS), new MemoryFinder([])];
    let at = 0;
    const finder = {
      get generation() {
        return at;
      },
      find: (...args: Parameters<MemoryFinder['find']>) => finders[at]!.find(...args),
    };
    const admission = cluster({ finder });
    expect(reasons(pod(), 'mutate', admission)).toEqual([]);
    at = 1;
    expect(codes(reasons(pod(), 'mutate', admission))).toEqual(['POLICY_UNSIGNED']);
  });
});
