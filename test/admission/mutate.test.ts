import { describe, expect, it } from 'vitest';
import { member, type JsonObject } from '../../src/json/types.js';
import {
  APP,
  APP_DIGEST,
  ask,
  cluster,
  codes,
  digest,
  grants,
  mutated,
  patchIn,
  pod,
  policy,
  PRODUCTION,
  reasons,
  reviewOf,
  USER_INTENT,
} from './world.js';
import { intentOf } from '../../src/entitlements/intent.js';

const containerOf = (object: JsonObject, list = 'containers', index = 0): JsonObject =>
  ((object['spec'] as JsonObject)[list] as JsonObject[])[index]!;
const contextOf = (object: JsonObject): unknown => containerOf(object)['securityContext'];

const HELD = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'Localhost', localhostProfile: `writ/${USER_INTENT}.json` },
};

describe('the mutating phase', () => {
  it('pins the image, names the profile of its intent, drops what was not granted, and writes it down', () => {
    const done = mutated(pod());
    expect(containerOf(done)).toEqual({
      name: 'app',
      image: `${APP}@${APP_DIGEST}`,
      securityContext: HELD,
    });
    expect((done['spec'] as JsonObject)['securityContext']).toEqual({
      sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '1024' }],
    });
    expect((done['metadata'] as JsonObject)['annotations']).toEqual({
      'writ.dev/decision': '{"policies":["production"],"profile":"localhost"}',
      'writ.dev/grants': '{"network":"user"}',
      'writ.dev/intent': USER_INTENT,
    });
  });

  it('answers with a JSON patch in base64 and echoes the uid', () => {
    const answer = ask(reviewOf(pod()));
    expect(answer).toMatchObject({
      uid: 'c9990ff0-4d9d-4a8c-9645-e0b7bd753d16',
      allowed: true,
      patchType: 'JSONPatch',
    });
    expect(answer.auditAnnotations).toEqual({
      decision: 'allowed',
      policies: 'production',
      intents: USER_INTENT,
    });
    expect(answer.warnings).toBeUndefined();
  });

  it('changes nothing in a pod that it has already changed', () => {
    const done = mutated(pod());
    expect(patchIn(ask(reviewOf(done)))).toEqual([]);
    expect(ask(reviewOf(done)).patchType).toBeUndefined();
  });

  it('gives granted capabilities, spelled without CAP_', () => {
    const done = mutated(pod({ image: 'registry.example/team/port:1' }));
    expect(contextOf(done)).toEqual({
      ...HELD,
      runAsNonRoot: undefined,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
      seccompProfile: {
        type: 'Localhost',
        localhostProfile: `writ/${intentOf(grants({ network: 'serve', identity: 'root' }))}.json`,
      },
    });
  });

  it('keeps what is tighter than the grants', () => {
    const own = {
      runAsUser: 1000,
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    };
    const tight = pod({ image: 'registry.example/team/port:1', securityContext: own });
    expect(contextOf(mutated(tight))).toMatchObject(own);
    const dropped = { capabilities: { drop: ['NET_BIND_SERVICE'] } };
    expect(
      contextOf(mutated(pod({ image: 'registry.example/team/port:1', securityContext: dropped }))),
    ).toMatchObject({
      capabilities: { drop: ['ALL'] },
    });
    const added = { capabilities: { add: ['NET_BIND_SERVICE'] } };
    expect(
      contextOf(mutated(pod({ image: 'registry.example/team/port:1', securityContext: added }))),
    ).toMatchObject({
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
    });
  });

  it('sets nothing that a container inherits from its pod', () => {
    const done = mutated(pod({}, { securityContext: { runAsNonRoot: true, fsGroup: 5 } }));
    expect(contextOf(done)).not.toHaveProperty('runAsNonRoot');
    expect((done['spec'] as JsonObject)['securityContext']).toMatchObject({ runAsNonRoot: true, fsGroup: 5 });
  });

  it('treats null as unset, and makes metadata where there is none', () => {
    const bare = pod(
      { securityContext: null },
      { securityContext: null, initContainers: null, volumes: null },
    );
    const done = mutated({ apiVersion: 'v1', kind: 'Pod', spec: bare['spec']! });
    expect(contextOf(done)).toEqual(HELD);
    expect(member(done['metadata'] as JsonObject, 'annotations')).toHaveProperty(
      ['writ.dev/intent'],
      USER_INTENT,
    );
    const nulled = pod({ securityContext: { runAsNonRoot: null, seccompProfile: null } });
    expect(contextOf(mutated(nulled))).toEqual(HELD);
  });

  it('pins init containers, sidecars and image volumes', () => {
    const done = mutated(
      pod(
        {},
        {
          initContainers: [
            { name: 'init', image: `${APP}:1` },
            { name: 'side', image: 'nginx:1', restartPolicy: 'Always' },
          ],
          volumes: [
            { name: 'v', image: { reference: 'registry.example/team/data:1', pullPolicy: 'Always' } },
            { name: 'e', emptyDir: {} },
          ],
        },
      ),
    );
    expect(containerOf(done, 'initContainers')['image']).toBe(`${APP}@${APP_DIGEST}`);
    expect(containerOf(done, 'initContainers', 1)['image']).toBe(`docker.io/library/nginx@${digest('f')}`);
    expect((done['spec'] as JsonObject)['volumes']).toEqual([
      { name: 'v', image: { reference: `registry.example/team/data@${digest('e')}`, pullPolicy: 'Always' } },
      { name: 'e', emptyDir: {} },
    ]);
  });

  it('lists several grants by intent', () => {
    const done = mutated(
      pod(
        {},
        {
          containers: [
            { name: 'a', image: `${APP}:1` },
            { name: 'b', image: 'registry.example/team/root:1' },
          ],
        },
      ),
    );
    const rooted = grants({ network: 'user', identity: 'root', filesystem: 'writable' });
    expect(member(done['metadata'] as JsonObject, 'annotations')).toMatchObject({
      'writ.dev/intent': [USER_INTENT, intentOf(rooted)].sort().join(','),
      'writ.dev/grants': JSON.stringify(
        Object.fromEntries(
          [
            [USER_INTENT, { network: 'user' }],
            [intentOf(rooted), { filesystem: 'writable', identity: 'root', network: 'user' }],
          ].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
        ),
      ),
    });
  });

  it('writes over what a client wrote under writ.dev/, and removes the rest of it', () => {
    const forged = { 'writ.dev/grants': '{"network":"admin"}', 'writ.dev/verified': 'true', 'a/b~c': 'kept' };
    const done = mutated(pod({}, {}, { annotations: forged }));
    expect(Object.keys((done['metadata'] as JsonObject)['annotations'] ?? {}).sort()).toEqual([
      'a/b~c',
      'writ.dev/decision',
      'writ.dev/grants',
      'writ.dev/intent',
    ]);
    expect(done['metadata']).toHaveProperty(['annotations', 'writ.dev/grants'], '{"network":"user"}');
  });
});

describe('policies', () => {
  const OPEN = { name: 'production', images: ['registry.example/team/**'] };

  it('runtime-default names no profile of writ and warns that calls are not held', () => {
    const admission = cluster({
      policies: [policy({ ...OPEN, authority: grants({ network: 'serve' }), profile: 'runtime-default' })],
    });
    const done = mutated(pod(), admission);
    expect(contextOf(done)).toMatchObject({ seccompProfile: { type: 'RuntimeDefault' } });
    expect(ask(reviewOf(pod()), 'mutate', admission).warnings).toEqual([
      `the policy production names no profile: the system calls of ${APP}@${APP_DIGEST} are not held to its grants`,
    ]);
    const explicit = pod({ securityContext: { seccompProfile: { type: 'RuntimeDefault' } } });
    expect(reasons(explicit, 'mutate', admission)).toEqual([]);
    expect(codes(reasons(explicit))).toEqual(['ADMISSION_SECCOMP']);
  });

  it('clamp goes on with the meet and warns, naming the domain and both levels', () => {
    const admission = cluster({
      policies: [
        policy({
          ...OPEN,
          authority: grants({ network: 'user' }),
          onExcess: 'clamp',
          accept: ['network.namespace'],
        }),
      ],
    });
    const answer = ask(reviewOf(pod({ image: 'registry.example/team/port:1' })), 'mutate', admission);
    expect(answer.allowed).toBe(true);
    expect(answer.warnings?.join(' ')).toContain('network=serve is signed, network=user is allowed');
    expect(answer.warnings?.join(' ')).toContain('identity=root is signed, identity=nonroot is allowed');
  });

  it('deny refuses what was signed above the authority, naming the domain and both levels', () => {
    const admission = cluster({ policies: [policy({ ...OPEN, authority: grants({ network: 'user' }) })] });
    const [found, ...rest] = reasons(pod({ image: 'registry.example/team/port:1' }), 'mutate', admission);
    expect(rest).toEqual([]);
    expect(found?.code).toBe('POLICY_EXCESS');
    expect(found?.message).toContain('container "app": registry.example/team/port@');
    expect(found?.message).toContain('network=serve is signed, network=user is allowed');
  });

  it('what Kubernetes cannot express is denied by name, unless the policy accepts it', () => {
    const data = pod({ image: 'registry.example/team/data:1' });
    const [found] = reasons(data);
    expect(found?.code).toBe('ADMISSION_UNEXPRESSED');
    expect(found?.message).toContain('network.namespace');
    expect(found?.hint).toContain('accept of the policy production');
    const accepting = cluster({ policies: [{ ...PRODUCTION, accept: ['network.namespace'] }] });
    expect(mutated(data, accepting)['metadata']).toHaveProperty(
      ['annotations', 'writ.dev/decision'],
      '{"notExpressed":["network.namespace"],"policies":["production"],"profile":"localhost"}',
    );
  });

  it('the intent must compile for every kind of node', () => {
    const nodes = [
      { arch: 'amd64', runtime: 'runc-1.1' },
      { arch: 'amd64', runtime: 'runc-9.9' },
    ];
    expect(codes(reasons(pod(), 'mutate', cluster({ policies: [{ ...PRODUCTION, nodes }] })))).toEqual([
      'PROFILE_RUNTIME',
    ]);
    expect(
      reasons(pod(), 'mutate', cluster({ policies: [{ ...PRODUCTION, nodes: nodes.slice(0, 1) }] })),
    ).toEqual([]);
  });

  it('warn allows, changes nothing but forged annotations, and tells the user; audit only writes it down', () => {
    const unsigned = pod({ image: 'registry.example/team/none:1', securityContext: { privileged: true } });
    const warn = ask(reviewOf(unsigned), 'mutate', cluster({ policies: [{ ...PRODUCTION, mode: 'warn' }] }));
    expect(warn).toMatchObject({
      allowed: true,
      warnings: [expect.stringContaining('is not signed by team of example')],
    });
    expect(patchIn(warn)).toEqual([]);
    expect(warn.auditAnnotations).toMatchObject({ decision: 'allowed', warned: 'POLICY_UNSIGNED' });
    const audit = ask(
      reviewOf(unsigned),
      'validate',
      cluster({ policies: [{ ...PRODUCTION, mode: 'audit' }] }),
    );
    expect(audit).toMatchObject({
      allowed: true,
      auditAnnotations: { audited: expect.stringContaining('is not signed') },
    });
    expect(audit.warnings).toBeUndefined();
    const asks = pod({ securityContext: { privileged: true } });
    expect(
      ask(reviewOf(asks), 'validate', cluster({ policies: [{ ...PRODUCTION, mode: 'warn' }] })),
    ).toMatchObject({
      allowed: true,
      warnings: [expect.stringContaining('privileged')],
    });
  });

  it('one enforcing policy is enough to deny what belongs to the whole pod', () => {
    const mixed = cluster({
      policies: [
        { ...PRODUCTION, mode: 'warn' },
        policy({ name: 'strict', images: ['registry.example/team/root'], authority: PRODUCTION.authority }),
      ],
    });
    const both = pod(
      {},
      {
        hostNetwork: true,
        containers: [
          { name: 'a', image: `${APP}:1` },
          { name: 'b', image: 'registry.example/team/root:1' },
        ],
      },
    );
    expect(codes(reasons(both, 'mutate', mixed))).toEqual(['ADMISSION_EXCESS']);
    expect(reasons(pod({}, { hostNetwork: true }), 'mutate', mixed)).toEqual([]);
    const windows = pod(
      {},
      {
        os: { name: 'windows' },
        containers: [
          { name: 'a', image: `${APP}:1` },
          { name: 'b', image: 'registry.example/team/root:1' },
        ],
      },
    );
    expect(codes(reasons(windows, 'mutate', mixed))).toEqual(['ADMISSION_WINDOWS']);
  });
});
