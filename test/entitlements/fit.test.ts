/** The least grants for what a file asks for: nothing less covers it, and what was emitted is found again. */
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/entitlements/compile.js';
import { emit } from '../../src/entitlements/emit/index.js';
import { fit, type Fit } from '../../src/entitlements/fit/fit.js';
import { readAsked } from '../../src/entitlements/fit/read.js';
import { Given, type Asked } from '../../src/entitlements/fit/wants.js';
import type { Grants } from '../../src/entitlements/grants.js';
import { leq } from '../../src/entitlements/grants.js';
import type { Profile } from '../../src/entitlements/profile.js';
import { partsOf } from '../../src/entitlements/parts.js';
import type { JsonObject, JsonValue } from '../../src/json/types.js';
import { anyGrants, baselines, catalogue, grants, NODE } from './catalogue.js';

const read = (json: JsonValue): Asked => readAsked(json, catalogue, 'amd64').containers[0]!;
const fitted = (asked: Asked): Fit => fit(asked, catalogue, NODE, baselines);
const compiled = (of: Grants): Profile => compile(of, NODE, baselines);

const podOf = (profile: Profile): JsonObject => {
  const { pod, container, securityContext } = emit('kubernetes', profile).output as Record<
    string,
    JsonObject
  >;
  const containers = [{ ...container, name: 'app', securityContext: securityContext as JsonObject }];
  return { kind: 'Pod', spec: { ...pod, containers } };
};

/** Every way to lower one ladder by a step, or to take one member of a closed set away. */
function lowered(of: Grants): Grants[] {
  return [...catalogue.domains.values()].flatMap(domain => {
    const value = of.value(domain.name);
    if (domain.kind === 'ladder' && typeof value === 'number' && value > 0)
      return [of.with(new Map([[domain.name, partsOf(domain)[value - 1]!.name]]))];
    if (domain.kind === 'members' && typeof value !== 'number')
      return value.map((_, i) => of.with(new Map<string, JsonValue>([[domain.name, value.toSpliced(i, 1)]])));
    return [];
  });
}

const covers = (of: Grants, asked: Asked): boolean => {
  const given = new Given(compiled(of));
  return asked.wants.every(({ right }) => given.gives(right));
};

const pod = (container: JsonObject, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  spec: { ...spec, containers: [{ name: 'app', image: 'example', ...container }] },
});

describe('a pod', () => {
  it.each<[string, JsonObject, string[]]>([
    ['nothing', pod({}), []],
    ['a port below 1024', pod({ ports: [{ containerPort: 80 }] }), ['network=serve']],
    ['a port from 1024', pod({ ports: [{ containerPort: 8080 }] }), ['network=user']],
    ['user 0', pod({ securityContext: { runAsUser: 0 } }), ['identity=root']],
    ['user 0 of the pod', pod({}, { securityContext: { runAsUser: 0 } }), ['identity=root']],
    ['a root to write', pod({ securityContext: { readOnlyRootFilesystem: false } }), ['filesystem=writable']],
    [
      'privileges to gain',
      pod({ securityContext: { allowPrivilegeEscalation: true } }),
      ['privilege=escalate'],
    ],
    ['the processes of the node', pod({}, { hostPID: true }), ['host.processes=view']],
    ['the network of the node', pod({}, { hostNetwork: true }), ['network.host=host']],
    ['a capability', pod({ securityContext: { capabilities: { add: ['NET_ADMIN'] } } }), ['network=admin']],
    [
      'another spelling',
      pod({ securityContext: { capabilities: { add: ['cap_sys_time'] } } }),
      ['kernel.time=allow'],
    ],
    [
      'a limit',
      pod({ resources: { limits: { memory: '256Mi', cpu: '500m' } } }),
      ['resources.memory=256Mi', 'resources.cpu=500m'],
    ],
    [
      'a port of the node',
      pod({ ports: [{ containerPort: 8080, hostPort: 8080 }] }),
      ['network=user', 'host.ports=8080'],
    ],
    [
      'a path of the node',
      pod(
        { volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true }] },
        { volumes: [{ name: 'data', hostPath: { path: '/srv/data' } }] },
      ),
      ['host.paths=/srv/data:ro'],
    ],
    [
      'a setting',
      pod({}, { securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '4096' }] } }),
      ['sysctls=net.core.somaxconn=4096'],
    ],
  ])('%s', (_, file, entries) => {
    const asked = read(file);
    expect(fitted(asked).grants.toString()).toBe(grants(...entries).toString());
    expect(fitted(asked).beyond).toEqual([]);
  });

  it('says what no grant stands for, and what the file does not say', () => {
    const asked = read(pod({ securityContext: { seccompProfile: { type: 'Unconfined' } } }));
    expect(fitted(asked).beyond).toEqual([
      expect.objectContaining({ from: 'spec.containers[0].securityContext.seccompProfile' }),
    ]);
    expect(read(pod({})).unsaid).toEqual([
      expect.stringMatching(/^the user: /),
      expect.stringMatching(/^system calls: /),
    ]);
    const odd = read(pod({ securityContext: { capabilities: { add: ['FLY'] } } }));
    expect(fitted(odd).beyond).toEqual([
      { from: 'spec.containers[0].securityContext.capabilities.add[0]', why: '"FLY" is no capability' },
    ]);
  });

  it('says which limits it cannot read', () => {
    const { grants: found, beyond } = fitted(
      read(pod({ resources: { limits: { memory: '1.5Ei', cpu: 2 } } })),
    );
    expect(found.toString()).toBe('resources.cpu=2');
    expect(beyond).toEqual([
      { from: 'spec.containers[0].resources.limits.memory', why: 'no grant stands for "1.5Ei"' },
    ]);
  });

  it('finds the template of a workload', () => {
    const { spec } = pod({ ports: [{ containerPort: 80 }] });
    const job = { kind: 'CronJob', spec: { jobTemplate: { spec: { template: { spec: spec! } } } } };
    const found = fitted(read(job));
    expect(found.because.get('network')).toBe('spec.jobTemplate.spec.template.spec.containers[0].ports[0]');
  });

  it('privileged asks for every capability, device and path, and for no filter', () => {
    const { grants: found, beyond } = fitted(read(pod({ securityContext: { privileged: true } })));
    expect(beyond).toHaveLength(1);
    expect(found.get('security')).toBe('admin');
    expect(found.get('host.devices')).toBe('admin');
    expect(found.get('proc-mount')).toBe('unmasked');
    expect(found.get('network')).toBe('admin');
  });
});

describe('docker inspect', () => {
  it('counts the default capabilities of the engine, and what is not restricted', () => {
    const found = fitted(read([{ Name: '/web', Config: { User: '' }, HostConfig: { Privileged: false } }]));
    expect(found.grants.toString()).toBe(
      grants(
        'audit.write=allow',
        'devices.mknod=allow',
        'filesystem.chroot=allow',
        'filesystem=writable',
        'identity=switch',
        'identity.setcap=allow',
        'network=proxy',
        'privilege=escalate',
      ).toString(),
    );
  });
});

describe('limits', () => {
  const limited = (host: JsonObject): string[] =>
    Object.entries(fitted(read([{ HostConfig: { CapDrop: ['ALL'], ...host } }])).grants.toJson())
      .filter(([domain]) => domain.startsWith('resources.'))
      .map(([domain, amount]) => `${domain}=${String(amount)}`);

  it.each<[string, JsonObject, string[]]>([
    ['as they are', { Memory: 2_097_152, PidsLimit: 7 }, ['resources.memory=2097152', 'resources.pids=7']],
    ['of 0 and below 0 are none', { Memory: 0, PidsLimit: -1, Ulimits: [{ Name: 'nofile', Hard: -1 }] }, []],
    ['that are broken are rounded up', { Memory: 2_097_152.5 }, ['resources.memory=2097153']],
    ['beyond any node are none', { NanoCpus: Number.MAX_SAFE_INTEGER * 1000, Memory: 1e300 }, []],
    ['of files', { Ulimits: [{ Name: 'nofile', Hard: 64 }] }, ['resources.open-files=64']],
  ])('%s', (_, host, expected) => {
    expect(limited(host)).toEqual(expected);
  });
});

describe('a seccomp object', () => {
  const asked = (...rules: JsonObject[]): unknown => {
    const object = { defaultAction: 'SCMP_ACT_ERRNO', syscalls: rules };
    const { wants } = read({ process: {}, linux: { seccomp: object } });
    return wants.flatMap(({ right }) => (right.kind === 'call' ? [[right.name, right.cubes]] : []));
  };
  const args = [{ index: 0, value: 3, op: 'SCMP_CMP_EQ' }];
  const cube = [{ index: 0, mask: 0xffffffff, value: 3 }];
  const conditional = { names: ['ioctl'], action: 'SCMP_ACT_ALLOW', args };

  it('asks for what a rule permits beside one that only repeats the default', () => {
    expect(asked({ names: ['ioctl'], action: 'SCMP_ACT_ERRNO' }, conditional)).toEqual([['ioctl', [cube]]]);
  });

  it('asks for nothing of a call that a whole rule refuses, and for all that one permits', () => {
    expect(asked({ names: ['ioctl'], action: 'SCMP_ACT_KILL' }, conditional)).toEqual([]);
    expect(asked({ names: ['ioctl'], action: 'SCMP_ACT_ALLOW' }, conditional)).toEqual([['ioctl', [[]]]]);
  });
});

it('a rule of a config.json for all devices asks for all access to all of them, as runc gives it', () => {
  const devices = [{ allow: true, type: 'a', major: 10, minor: 200, access: 'r' }];
  const { wants } = read({ ociVersion: '1.1.0', process: {}, linux: { resources: { devices } } });
  const asked = wants.flatMap(({ right }) => (right.kind === 'device' ? [right.rule] : []));
  expect(asked).toEqual(['b', 'c'].map(type => ({ type, access: 'rwm' })));
});

it.each([null, [], {}, { kind: 'Pod', spec: { containers: [] } }, { kind: 'Service', spec: {} }])(
  'refuses %j',
  json => {
    expect(() => read(json as JsonValue)).toThrow(expect.objectContaining({ code: 'FIT_FILE' }));
  },
);

/** What a pod says beside the name of its filter, and beside what it asks for by leaving it out. */
const shown = (profile: Profile): string =>
  JSON.stringify(podOf(profile)).replaceAll(profile.intent, 'INTENT').replace('"runAsNonRoot":true,', '');

describe('laws', () => {
  it(
    'a config.json: what was compiled is found again, or less that comes to the same',
    { timeout: 300_000 },
    () => {
      fc.assert(
        fc.property(anyGrants, given => {
          const profile = compiled(given);
          const asked = read(profile.toOci());
          const { grants: found, beyond } = fitted(asked);
          expect(beyond).toEqual([]);
          expect(compiled(found).bytes).toEqual(profile.bytes);
          expect(covers(found, asked)).toBe(true);
          expect([found.toString(), leq(found, given)]).toEqual([found.toString(), true]);
          for (const lower of lowered(found))
            expect([lower.toString(), covers(lower, asked)]).toContain(false);
        }),
        { numRuns: 8 },
      );
    },
  );

  it(
    'a pod: what it shows of grants is found again, and no domain can be lowered',
    { timeout: 300_000 },
    () => {
      fc.assert(
        fc.property(anyGrants, given => {
          const asked = read(podOf(compiled(given)));
          const { grants: found } = fitted(asked);
          // A pod cannot tell which of two domains gave a capability; it shows no more than it did.
          expect(shown(compiled(found))).toEqual(shown(compiled(given)));
          for (const lower of lowered(found))
            expect([lower.toString(), covers(lower, asked)]).toContain(false);
        }),
        { numRuns: 8 },
      );
    },
  );
});
