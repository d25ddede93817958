import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { compile } from '../../src/entitlements/compile.js';
import { join, leq, type Grants } from '../../src/entitlements/grants.js';
import { intentOf } from '../../src/entitlements/intent.js';
import type { Profile } from '../../src/entitlements/profile.js';
import type { JsonObject } from '../../src/json/types.js';
import { answer, permitted } from '../support/seccomp.js';
import { anyGrants, baselines, catalogue, grants, NODE, profileOf, seccompOf, top } from './catalogue.js';

const RUNTIMES = ['runc-1.1', 'runc-1.3', 'crun-1.8', 'crun-1.21', 'crun-1.28'];

/** Arguments worth trying: every boundary that some rule of the catalogue draws, beside values of no note. */
const FLAGS = [0, 0x11, 0x20000, 0x10000000, 0x10020011, 0x7e020000, 0x80, 0x40000000];
const vectors = new Map<string, number[][]>([
  ['clone', FLAGS.map(flag => [flag])],
  ['unshare', FLAGS.map(flag => [flag])],
  ['setns', [0, 0x10000000, 0x40000000].map(type => [3, type])],
  ['ioctl', [0, 0x5401, 0x5411, 0x5412, 0x5413, 0x541c, 0x80005412].map(request => [0, request])],
  ['personality', [0, 8, 9, 0x20000, 0x20008, 0xffffffff, 0x40000].map(persona => [persona])],
  ['syslog', [0, 2, 3, 5, 9, 10, 11, 19].map(type => [type])],
  [
    'socket',
    [0, 1, 2, 10, 16, 17, 38, 40, 64].flatMap(d =>
      [0, 1, 2, 3, 5, 0x80801].flatMap(t => [0, 1, 4, 6, 9, 12, 16, 17, 58, 262, 600].map(p => [d, t, p])),
    ),
  ],
  ['setsockopt', [0, 1, 6, 41].flatMap(l => [1, 26, 63, 64, 67, 68, 96, 99, 100].map(o => [3, l, o]))],
]);

/** A profile as the set of everything it lets through. */
function permissions(profile: Profile): Set<string> {
  const { linux, process, root } = profile.toOci() as Record<string, JsonObject>;
  const seccomp = seccompOf(profile);
  const calls = permitted(seccomp).flatMap(name =>
    (vectors.get(name) ?? [[]])
      .filter(args => answer(seccomp, name, ...args) === 'allow')
      .map(args => `${name}(${args.join()})`),
  );
  const has = (list: unknown, path: string): boolean => (list as string[]).includes(path);
  const { maskedPaths, readonlyPaths } = catalogue.foundation;
  return new Set([
    ...calls,
    ...((process!['capabilities'] as JsonObject)['bounding'] as string[]),
    ...catalogue.foundation.namespaces.filter(
      type => !(linux!['namespaces'] as { type: string }[]).some(own => own.type === type),
    ),
    ...maskedPaths.filter(path => !has(linux!['maskedPaths'], path)),
    ...readonlyPaths.filter(path => !has(linux!['readonlyPaths'], path)),
    ...profile.parts.devices.flatMap(({ type, access }) => [...access].map(letter => type + letter)),
    ...profile.parts.freedoms,
    ...(process!['noNewPrivileges'] === true ? [] : ['privileges']),
    ...(process!['user'] === undefined ? ['root'] : []),
    ...(root!['readonly'] === true ? [] : ['write']),
  ]);
}

const LEGACY = grants('legacy32=allow');

describe('the laws', () => {
  const any = fc.constantFrom(...RUNTIMES.map(runtime => ({ runtime, arch: 'amd64' })), {
    runtime: 'runc-1.1',
    arch: 'arm64',
  });

  it('monotone: more grants permit no less', () => {
    fc.assert(
      fc.property(anyGrants, anyGrants, any, (a, b, target) => {
        const more = permissions(compile(join(a, b), target, baselines));
        const less = permissions(compile(a, target, baselines));
        expect([...less].filter(item => !more.has(item))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('nothing appears from a combination alone', () => {
    fc.assert(
      fc.property(anyGrants, anyGrants, any, (a, b, target) => {
        const both = permissions(compile(join(a, b), target, baselines));
        // legacy32 opens other tables to whatever the other domains open: it is the one that has to be the same on both sides.
        const alike = (one: Grants): Grants => (join(a, b).rank('legacy32') > 0 ? join(one, LEGACY) : one);
        const left = permissions(compile(alike(a), target, baselines));
        const right = permissions(compile(alike(b), target, baselines));
        expect([...both].filter(item => !left.has(item) && !right.has(item))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('each level opens something of its own, or says nothing but what it is for', () => {
    for (const domain of catalogue.domains.values()) {
      if (domain.kind !== 'ladder') continue;
      for (const [rank, level] of domain.levels.entries()) {
        // Nobody has a user namespace of their own unless the engine is told so: the level is for policies.
        if (rank === 0 || domain.name === 'host.users') continue;
        const below = grants(`${domain.name}=${domain.levels[rank - 1]!.name}`);
        const here = grants(`${domain.name}=${level.name}`);
        expect(leq(below, here)).toBe(true);
        expect(permissions(compile(here, NODE, baselines)).size).toBeGreaterThan(
          permissions(compile(below, NODE, baselines)).size,
        );
      }
    }
  });

  it('same inputs, same bytes; the digest is of the bytes', () => {
    fc.assert(
      fc.property(anyGrants, given => {
        const profile = compile(given, NODE, baselines);
        expect(compile(given, NODE, baselines).bytes).toEqual(profile.bytes);
        expect(profile.digest).toBe(createHash('sha256').update(profile.bytes).digest('hex'));
        expect(profile.intent).toBe(intentOf(given));
      }),
      { numRuns: 20 },
    );
  });

  it('every permitted entry says what opened it', () => {
    fc.assert(
      fc.property(anyGrants, any, (given, target) => {
        const profile = compile(given, target, baselines);
        for (const name of permitted(seccompOf(profile)))
          expect(profile.origin('syscall', name)).not.toEqual([]);
        for (const name of profile.parts.capabilities)
          expect(profile.origin('capability', name)).not.toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});

describe('a container that was granted nothing', () => {
  it.each(RUNTIMES)('is permitted at most 120 calls on %s, amd64', runtime => {
    const count = permitted(seccompOf(profileOf([], { runtime }))).length;
    expect(count).toBeLessThanOrEqual(120);
    expect(count).toBeGreaterThan(100);
  });

  it('has what static, glibc and musl programs start with, and what the table of domains promises', () => {
    const names = permitted(seccompOf(profileOf()));
    const musl = ['open', 'stat', 'fork', 'poll', 'tkill', 'readv', 'writev', 'nanosleep', 'pipe'];
    const glibc = [
      'openat',
      'newfstatat',
      'arch_prctl',
      'madvise',
      'set_tid_address',
      'pread64',
      'clone',
      'getrandom',
    ];
    const promised = [
      'kill',
      'chmod',
      'chown',
      'prctl',
      'seccomp',
      'landlock_restrict_self',
      'shmget',
      'semop',
      'msgsnd',
      'mq_open',
    ];
    const unix = [
      'socketpair',
      'connect',
      'bind',
      'listen',
      'accept',
      'accept4',
      'sendmsg',
      'sendto',
      'recvmsg',
    ];
    expect([...musl, ...glibc, ...promised, ...unix].filter(name => !names.includes(name))).toEqual([]);
  });

  it('is compiled into these parts of config.json', () => {
    const { linux, process, root } = profileOf().toOci() as Record<string, JsonObject>;
    expect(process).toEqual({
      capabilities: { ambient: [], bounding: [], effective: [], inheritable: [], permitted: [] },
      noNewPrivileges: true,
      user: { uid: 65534, gid: 65534 },
    });
    expect(root).toEqual({ readonly: true });
    expect(linux!['namespaces']).toEqual(
      ['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'].map(type => ({ type })),
    );
    expect(linux!['resources']).toEqual({ devices: [{ allow: false, access: 'rwm' }] });
    expect(linux!['sysctl']).toEqual({ 'net.ipv4.ip_unprivileged_port_start': '1024' });
    expect(linux!['maskedPaths']).toEqual(catalogue.foundation.maskedPaths);
    expect(linux!['readonlyPaths']).toEqual(catalogue.foundation.readonlyPaths);
  });
});

describe('what a grant opens beside calls', () => {
  const oci = (...entries: string[]): Record<string, JsonObject> =>
    profileOf(entries).toOci() as Record<string, JsonObject>;

  it('capabilities: ambient and inheritable only where nothing runs as user 0, which gets them otherwise', () => {
    const caps = ['CAP_NET_BIND_SERVICE', 'CAP_NET_BROADCAST', 'CAP_NET_RAW'];
    const given = { bounding: caps, effective: caps, permitted: caps };
    const capabilities = (...entries: string[]): unknown => oci(...entries)['process']!['capabilities'];
    expect(capabilities('network=proxy')).toEqual({ ...given, ambient: caps, inheritable: caps });
    expect(capabilities('network=proxy', 'identity=root')).toEqual({
      ...given,
      ambient: [],
      inheritable: [],
    });
  });

  it('devices, host processes, the root file system, users and privileges', () => {
    expect(oci('host.devices=view')['linux']!['resources']).toEqual({
      devices: [
        { allow: false, access: 'rwm' },
        { allow: true, type: 'b', access: 'r' },
        { allow: true, type: 'c', access: 'r' },
      ],
    });
    expect(oci('host.devices=view')['linux']!['maskedPaths']).not.toContain('/sys/firmware');
    expect(oci('host.devices=view')['linux']!['maskedPaths']).toContain('/proc/kcore');
    expect(oci('host.devices=view')['linux']!['readonlyPaths']).toContain('/proc/irq');
    expect(oci('host.devices=admin')['linux']!['readonlyPaths']).not.toContain('/proc/irq');
    expect(oci('host.processes=view')['linux']!['namespaces']).not.toContainEqual({ type: 'pid' });
    expect(oci('filesystem=writable')['root']).toEqual({ readonly: false });
    expect(oci('identity=root')['process']!['user']).toBeUndefined();
    expect(oci('privilege=escalate')['process']!['noNewPrivileges']).toBe(false);
  });

  it('no_new_privs off brings the early calls of the runtime, as a contribution of that level', () => {
    const profile = profileOf(['privilege=escalate']);
    expect(answer(seccompOf(profile), 'setuid')).toBe('allow');
    expect(profile.origin('syscall', 'setuid')).toEqual(['privilege=escalate (runc-1.1 early)']);
    expect(answer(seccompOf(profileOf()), 'setuid')).toBe(1);
    expect(profileOf().origin('syscall', 'setuid')).toEqual([]);
    expect(profileOf().origin('syscall', 'fstatfs')).toEqual(['runc-1.1 late']);
    expect(profileOf().origin('syscall', 'openat')).toEqual(['security=confined', 'runc-1.1 late']);
  });

  it('names origins of every kind', () => {
    const profile = compile(top, NODE, baselines);
    expect(profile.origin('capability', 'CAP_SYS_PTRACE')).toEqual(['debug=ptrace', 'host.processes=admin']);
    expect(profile.origin('namespace', 'pid')).toEqual(['host.processes=view']);
    expect(profile.origin('unmasked', '/sys/firmware')).toEqual(['host.devices=view', 'proc-mount=unmasked']);
    expect(profile.origin('writable', '/proc/irq')).toEqual(['host.devices=admin', 'proc-mount=unmasked']);
    expect(profile.origin('device', 'c:rwm')).toEqual(['host.devices=admin']);
    expect(profile.origin('freedom', 'write-root')).toEqual(['filesystem=writable']);
    expect(profile.origin('syscall', 'bpf')).toEqual(['kernel.bpf=allow']);
    expect(profile.origin('syscall', 'uretprobe')).toEqual([]);
    expect(profile.origin('item', 'path:/srv:ro')).toEqual(['host.paths=/:rw']);
    expect(profile.origin('limit', 'memory')).toEqual([]);
  });
});

describe('the kind of node', () => {
  const refused = (target: Record<string, string>, code: string, message: string): void => {
    expect(() => compile(grants(), { ...NODE, ...target }, baselines)).toThrow(
      expect.objectContaining({ code, message }),
    );
  };

  it('a runtime that no baseline covers is refused', () => {
    refused({ runtime: 'runc-1.2' }, 'PROFILE_RUNTIME', 'no baseline covers the runtime "runc-1.2"');
    for (const runtime of [
      '',
      'runc',
      'runc-1',
      'runc-1.1.',
      'runc-1.1-rc1',
      'xrunc-1.1',
      'runc-1.11',
      'runc-1.1.5.1',
    ]) {
      expect(() => compile(grants(), { ...NODE, runtime }, baselines)).toThrow(
        expect.objectContaining({
          code: 'PROFILE_RUNTIME',
          hint: 'covered are crun-1.21, crun-1.28, crun-1.8, runc-1.1, runc-1.3',
        }),
      );
    }
    expect(profileOf([], { runtime: 'runc-1.1.5' }).bytes).toEqual(profileOf().bytes);
  });

  it('an architecture that no baseline covers is refused', () => {
    refused(
      { arch: 'mips64' },
      'PROFILE_ARCHITECTURE',
      'no baseline of runc-1.1 covers the architecture "mips64"',
    );
    refused({ arch: 'x32' }, 'PROFILE_ARCHITECTURE', 'no baseline of runc-1.1 covers the architecture "x32"');
  });

  it('a libseccomp that no baseline covers is refused; an old one loses calls and says which', () => {
    refused({ libseccomp: '2.4.0' }, 'PROFILE_LIBSECCOMP', 'no baseline covers libseccomp "2.4.0"');
    const all = profileOf(['programs=common']);
    const old = profileOf(['programs=common'], { libseccomp: '2.5.4' });
    expect(all.parts.lost).toEqual([]);
    expect(old.parts.lost).toContain('fchmodat2');
    expect(old.parts.lost).not.toContain('futex_waitv');
    expect(permitted(seccompOf(old))).not.toContain('cachestat');
    expect(permitted(seccompOf(old))).toContain('futex_waitv');
    expect(profileOf([], { libseccomp: '2.5.4' }).parts.lost).toEqual([]);
  });

  it('a kernel older than the oldest is refused, and one that is no version', () => {
    refused({ kernel: '4.13' }, 'PROFILE_KERNEL', 'no baseline covers the kernel "4.13": the oldest is 4.14');
    for (const kernel of ['3.99', '', '6', 'v6.1', '6.x']) {
      expect(() => profileOf([], { kernel })).toThrow(expect.objectContaining({ code: 'PROFILE_KERNEL' }));
    }
    for (const kernel of ['4.14', '4.14.1', '5.0', '6.1.0-18-amd64', '6.18.44-fc-v669', '10.0+']) {
      expect(profileOf([], { kernel }).digest).toBe(profileOf().digest);
    }
  });

  it('each architecture has its own name and only its own calls', () => {
    const arm = seccompOf(profileOf([], { arch: 'arm64' }));
    expect(arm['architectures']).toEqual(['SCMP_ARCH_AARCH64']);
    expect(permitted(arm)).not.toContain('open');
    expect(permitted(arm)).toEqual(expect.arrayContaining(['mkdirat', 'unlinkat', 'dup3', 'ppoll']));
    expect(seccompOf(profileOf())['architectures']).toEqual(['SCMP_ARCH_X86_64']);
    expect(permitted(seccompOf(profileOf()))).not.toContain('mkdirat');
  });
});
