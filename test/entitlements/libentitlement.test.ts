/**
 * The defects of Docker's libentitlement (github.com/moby/libentitlement, never finished), each by the function that has
 * it, and what writ does in its place. Every test fails on a catalogue or a compiler with the same defect.
 */
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/entitlements/compile.js';
import type { Grants } from '../../src/entitlements/grants.js';
import { join, leq, top as topOf, voidedBy } from '../../src/entitlements/grants.js';
import { parseGrant, parseGrants } from '../../src/entitlements/parse-grants.js';
import type { Profile } from '../../src/entitlements/profile.js';
import { canonicalText } from '../../src/json/canonical.js';
import type { JsonObject } from '../../src/json/types.js';
import { answer, permitted } from '../support/seccomp.js';
import { anyGrants, baselines, catalogue, grants, NODE, profileOf, seccompOf } from './catalogue.js';

const EPERM = 1;
const AF = { unix: 1, inet: 2 };
const STREAM = 1;
const domains = [...catalogue.domains.values()];
const process = (profile: Profile): JsonObject => profile.toOci()['process'] as JsonObject;
const linux = (profile: Profile): JsonObject => profile.toOci()['linux'] as JsonObject;
const at = (object: JsonObject, name: string): readonly string[] => object[name] as string[];
const asked = (profile: Profile, name: string, ...args: number[]) =>
  answer(seccompOf(profile), name, ...args);

describe('EntitlementsManager.Add: order dependence', () => {
  // Each entitlement changes the profile at once: security.admin then security.confined is not confined then admin.
  it('grants in any order are the same grants and the same bytes', () => {
    const names = [
      'network=admin',
      'debug=ptrace',
      'security=view',
      'filesystem=writable',
      'tty.inject=allow',
    ];
    const once = profileOf(names);
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: names.length }), order => {
        expect(profileOf(order).digest).toBe(once.digest);
      }),
      { numRuns: 20, seed: 1 },
    );
  });

  it('two sets of grants joined are the same from either side', () => {
    fc.assert(
      fc.property(anyGrants, anyGrants, (a, b) => {
        expect(join(a, b).toJson()).toEqual(join(b, a).toJson());
      }),
      { numRuns: 50, seed: 2 },
    );
  });
});

describe('EntitlementsManager.Add: conflicting grants accepted', () => {
  it.each(['network', 'security', 'host.devices', 'host.processes'])('two levels of %s are refused', name => {
    const domain = catalogue.domains.get(name);
    const levels = domain?.kind === 'ladder' ? domain.levels.map(level => `${name}=${level.name}`) : [];
    expect(levels.length).toBeGreaterThan(1);
    for (const one of levels) {
      for (const other of levels) {
        const both = (): Grants => grants(one, other);
        if (one === other) expect(both().toString()).toBe(grants(one).toString());
        else expect(both).toThrow(expect.objectContaining({ code: 'GRANT_CONFLICT' }));
      }
    }
  });

  it('the old names conflict as the grants do that they stand for', () => {
    expect(() => grants('network.none', 'network.admin')).toThrow(
      expect.objectContaining({ code: 'GRANT_CONFLICT' }),
    );
    expect(() => grants('security.confined', 'security.admin')).toThrow(
      expect.objectContaining({ code: 'GRANT_CONFLICT' }),
    );
  });
});

describe('EntitlementsManager.Add: half of a list applied when a later one fails', () => {
  it('a list with one mistake gives no grants at all', () => {
    const bad = ['network=user', 'debug=ptrace', 'security=everything'];
    expect(() => parseGrants(catalogue, bad)).toThrow(expect.objectContaining({ code: 'GRANT_LEVEL' }));
    expect(() => grants('network=user').with(new Map([['debug', 'nothing']]))).toThrow();
    expect(grants('network=user').toString()).toBe('network=user');
  });
});

describe('securityConfinedEntitlementEnforce: swapped prctl constants', () => {
  // osdefs_linux.go gives PrCapbsetDrop the value of PR_CAPBSET_READ and PrCapbsetRead that of PR_CAPBSET_DROP, so that
  // security.view refuses reading and permits dropping. (Whether our own names have their values is asked of the kernel's
  // headers, in test/system/constants.test.ts.)
  it('prctl is not told apart by numbers that somebody wrote down: what it may do follows from capabilities', () => {
    const [READ, DROP] = [23, 24];
    for (const profile of [profileOf(), profileOf(['security=admin', 'identity.setcap=allow'])]) {
      expect([asked(profile, 'prctl', READ), asked(profile, 'prctl', DROP)]).toEqual(['allow', 'allow']);
    }
    expect(at(process(profileOf())['capabilities'] as JsonObject, 'bounding')).not.toContain('CAP_SETPCAP');
  });
});

describe('securityConfinedEntitlementEnforce: nothing with a C library starts', () => {
  it.each(['arch_prctl', 'madvise', 'prctl'])('%s is permitted in every container', name => {
    expect(asked(profileOf(), name)).toBe('allow');
  });
});

describe('securityConfinedEntitlementEnforce: two conditions on one argument in one rule', () => {
  // Loaders join them with "or": not equal to one or not equal to the other is always true.
  it('no rule of any profile tests an argument twice', () => {
    const rulesOf = (profile: Profile) =>
      seccompOf(profile)['syscalls'] as unknown as { names: string[]; args?: { index: number }[] }[];
    for (const given of [[], ['network=admin'], ['kernel.userns=allow'], ['network.families=*']]) {
      for (const { names, args = [] } of rulesOf(profileOf(given))) {
        const indexes = args.map(({ index }) => index);
        expect([names, new Set(indexes).size]).toEqual([names, indexes.length]);
      }
    }
  });
});

describe('BlockSyscalls: rules with arguments survive a block', () => {
  // Only rules with exactly the arguments of the block are taken out.
  it('a call that is not granted has no rule that permits any of it', () => {
    fc.assert(
      fc.property(anyGrants, given => {
        const profile = compile(given, NODE, baselines);
        const opened = new Set(permitted(seccompOf(profile)));
        for (const { name, permits } of profile.parts.calls) {
          expect([name, opened.has(name)]).toEqual([name, permits !== 'never']);
        }
      }),
      { numRuns: 30, seed: 3 },
    );
  });

  it('clone, which all containers have in part, makes no namespace in any part', () => {
    const profile = profileOf();
    expect(asked(profile, 'clone', 0x11)).toBe('allow');
    for (const flag of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]) {
      expect([flag, asked(profile, 'clone', flag | 0x11)]).toEqual([flag, EPERM]);
    }
  });
});

describe('BlockSyscalls and BlockSyscallsWithArgs: blocks without effect', () => {
  // With a default of ERRNO they add nothing, so a call that is permitted whatever its arguments stays so.
  it('a condition is never beside a rule without one', () => {
    fc.assert(
      fc.property(anyGrants, given => {
        const rules = seccompOf(compile(given, NODE, baselines))['syscalls'] as unknown as {
          names: string[];
          args?: object[];
          action: string;
        }[];
        const bare = rules.filter(({ args = [] }) => args.length === 0).flatMap(({ names }) => names);
        const tested = rules.filter(({ args = [] }) => args.length > 0).flatMap(({ names }) => names);
        expect(tested.filter(name => bare.includes(name))).toEqual([]);
        expect(new Set(bare).size).toBe(bare.length);
      }),
      { numRuns: 30, seed: 4 },
    );
  });

  it('setsockopt is refused where the level below network=admin says so, and only there', () => {
    const IPT_SO_SET_REPLACE = 64;
    expect(asked(profileOf(['network=proxy']), 'setsockopt', 3, 0, IPT_SO_SET_REPLACE)).not.toBe('allow');
    expect(asked(profileOf(['network=proxy']), 'setsockopt', 3, 1, IPT_SO_SET_REPLACE)).toBe('allow');
    expect(asked(profileOf(['network=admin']), 'setsockopt', 3, 0, IPT_SO_SET_REPLACE)).toBe('allow');
  });

  it('every path that is masked or read-only is one that a kernel has', () => {
    // networkNoneEntitlementEnforce masks /proc/pid/net, with the letters "pid".
    const { maskedPaths, readonlyPaths } = catalogue.foundation;
    for (const path of [...maskedPaths, ...readonlyPaths]) expect(path).not.toMatch(/\/pid\/|[*<>]/);
  });
});

describe('AllowSyscallsWithArgs: no effect unless the default is ERRNO', () => {
  it('the default of every profile is a refusal, and what is granted is a rule', () => {
    for (const given of [[], ['network=user'], domains.flatMap(topLevel)]) {
      const seccomp = seccompOf(profileOf(given));
      expect(seccomp).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38 });
      expect(permitted(seccomp)).toContain('read');
    }
  });

  const topLevel = (domain: (typeof domains)[number]): string[] =>
    domain.kind === 'ladder' ? [`${domain.name}=${domain.levels.at(-1)?.name ?? ''}`] : [];
});

describe('AddCaps: the inheritable set', () => {
  // Inheritable capabilities outlive an execve by a user who should have none (CVE-2022-24769).
  it('is empty where the container may run as root, and nothing but the ambient set elsewhere', () => {
    fc.assert(
      fc.property(anyGrants, given => {
        const sets = process(compile(given, NODE, baselines))['capabilities'] as JsonObject;
        const [inheritable, ambient] = [at(sets, 'inheritable'), at(sets, 'ambient')];
        expect(inheritable).toEqual(ambient);
        if (given.covers('identity', 'root')) expect(inheritable).toEqual([]);
        for (const name of inheritable) expect(at(sets, 'bounding')).toContain(name);
      }),
      { numRuns: 50, seed: 5 },
    );
  });
});

describe('hostDevicesNoneEntitlementEnforce: volumes dropped', () => {
  // The mounts of the container are replaced by a fixed list.
  it('a profile never says which mounts there are, only what is granted of the node in addition', () => {
    for (const level of ['none', 'view', 'admin']) {
      expect(profileOf([`host.devices=${level}`]).toOci()).not.toHaveProperty('mounts');
    }
    const mounts = profileOf(['host.paths=/srv/data:ro']).toOci()['mounts'] as JsonObject[];
    expect(mounts.map(({ destination }) => destination)).toEqual(['/srv/data']);
  });
});

describe('removeReadOnlyFlagMount: global state', () => {
  // Options of the default mounts are changed in place, for every container after it.
  it('no profile changes what another one is made of', () => {
    const frozen = (value: unknown): string =>
      canonicalText(JSON.parse(JSON.stringify(value, plain)) as JsonObject);
    const plain = (_: string, value: unknown): unknown =>
      value instanceof Map ? [...value] : value === Infinity ? 'unlimited' : value;
    const [before, first] = [frozen(domains), profileOf().digest];
    const all = compile(topOf(catalogue), NODE, baselines);
    for (const list of ['maskedPaths', 'readonlyPaths', 'namespaces'])
      (linux(all)[list] as unknown[]).push('/');
    for (const list of ['bounding', 'ambient', 'inheritable'])
      (at(process(all)['capabilities'] as JsonObject, list) as string[]).push('CAP_SYS_ADMIN');
    for (const domain of domains)
      voidedBy(join(topOf(catalogue), grants()).with(new Map([[domain.name, nothing(domain)]])));
    expect(frozen(domains)).toBe(before);
    expect(profileOf().digest).toBe(first);
  });

  const nothing = (domain: (typeof domains)[number]): string | readonly string[] => {
    if (domain.kind === 'ladder') return domain.levels[0]?.name ?? '';
    return domain.kind === 'quantity' ? 'unlimited' : [];
  };
});

describe('ParseStringEntitlement: values with dots', () => {
  // The whole text is split at dots, and the last part but one of the domain is lost.
  it.each([
    ['api.access=engine.swarm:all', 'api.access', 'engine.swarm:all'],
    ['sysctls=net.core.somaxconn=1024', 'sysctls', 'net.core.somaxconn=1024'],
    ['host.paths=/srv/a.b.c:ro', 'host.paths', '/srv/a.b.c:ro'],
    ['devices=acme.example/gpu=0', 'devices', 'acme.example/gpu=0'],
  ])('%s', (text, domain, value) => {
    expect(parseGrant(text)).toEqual({ domain, value });
    expect(grants(text).get(domain)).toBe(value);
  });
});

describe('DomainManager: the second identifier of a subdomain is lost', () => {
  it('domains that begin alike are domains of their own', () => {
    const given = grants(
      'host.processes=view',
      'host.devices=view',
      'network=user',
      'network.families=vsock',
    );
    expect(given.toString()).toBe(
      'host.devices=view host.processes=view network=user network.families=vsock',
    );
    expect(leq(grants('host.processes=view'), given)).toBe(true);
  });
});

describe('IsSwarmAPIControlled: what nobody names is allowed', () => {
  it('an API that is not granted is denied, and a pair cannot be both', () => {
    expect(grants().covers('api.access', 'engine:swarm')).toBe(false);
    expect(grants('api.access=engine:read').covers('api.access', 'engine:swarm')).toBe(false);
    expect(() => grants('api.access=engine:swarm,engine:swarm:deny')).toThrow(
      expect.objectContaining({ code: 'GRANT_CONFLICT' }),
    );
  });
});

describe('networkNoneEntitlementEnforce: unix sockets that cannot be used', () => {
  // socket(AF_UNIX) is permitted, and connect, bind, listen, sendmsg and recvmsg are not.
  it('network=none has AF_UNIX sockets that work, and no others', () => {
    const profile = profileOf(['network=none']);
    expect([
      asked(profile, 'socket', AF.unix, STREAM, 0),
      asked(profile, 'socketpair', AF.unix, STREAM, 0),
    ]).toEqual(['allow', 'allow']);
    for (const name of ['connect', 'bind', 'listen', 'accept4', 'sendmsg', 'recvmsg', 'shutdown'])
      expect([name, asked(profile, name)]).toEqual([name, 'allow']);
    expect(asked(profile, 'socket', AF.inet, STREAM, 0)).not.toBe('allow');
  });
});

describe('securityAdminEntitlementEnforce: read-only paths that stay or go with the order', () => {
  it('a higher level never has more that is masked or read-only than a lower one', () => {
    for (const domain of domains) {
      if (domain.kind !== 'ladder') continue;
      const profiles = domain.levels.map(({ name }) => linux(profileOf([`${domain.name}=${name}`])));
      for (const [i, higher] of profiles.entries()) {
        const lower = profiles[Math.max(0, i - 1)] ?? higher;
        for (const list of ['maskedPaths', 'readonlyPaths']) {
          expect([domain.name, at(higher, list).filter(path => !at(lower, list).includes(path))]).toEqual([
            domain.name,
            [],
          ]);
        }
      }
    }
  });
});

describe('security.admin: what it makes meaningless is not said', () => {
  it('is said, and counted against who may grant it', () => {
    expect([...voidedBy(grants('security=admin')).keys()]).toEqual(
      expect.arrayContaining(['filesystem', 'host.devices']),
    );
  });
});
