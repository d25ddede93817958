/** Attack classes against the compiled filter, each with the grants that should stop it and the one that opens it. */
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json/types.js';
import { answer, type Answer } from '../support/seccomp.js';
import { ARCHITECTURES, FACTS } from '../../src/entitlements/architectures.js';
import { anyGrants, baselines, profileOf, seccompOf, top } from './catalogue.js';
import { compile } from '../../src/entitlements/compile.js';

const EPERM = 1;
const EACCES = 13;
const ENOSYS = 38;
const HIGH = 2n ** 32n;

const on = (arch: string, ...entries: string[]): JsonObject => seccompOf(profileOf(entries, { arch }));

/** `clone` has its flags where the architecture has them. */
const withFlags = (arch: string, name: string, flags: number): number[] =>
  arch === 's390x' && name === 'clone' ? [0, flags] : [flags];

describe.each(ARCHITECTURES)('on %s', arch => {
  const lowest = on(arch);

  it('attack: TIOCSTI and TIOCLINUX are refused, also with bits above 32 set', () => {
    for (const request of [0x5412n, 0x541cn]) {
      for (const high of [0n, HIGH, HIGH * 0xffffffffn]) {
        expect(answer(lowest, 'ioctl', 0, request + high)).toBe(EPERM);
        expect(answer(on(arch, 'tty.inject=allow'), 'ioctl', 0, request + high)).toBe('allow');
      }
    }
    for (const request of [0, 0x5401, 0x5411, 0x5413, 0x541b, 0x541d, 0x80045430, 0xffffffff]) {
      expect(answer(lowest, 'ioctl', 0, request)).toBe('allow');
    }
  });

  it('attack: clone and unshare make a user namespace only with kernel.userns', () => {
    const flag = 0x10000000;
    const userns = on(arch, 'kernel.userns=allow');
    for (const name of ['clone', 'unshare']) {
      const ask = (seccomp: JsonObject, flags: number): Answer =>
        answer(seccomp, name, ...withFlags(arch, name, flags));
      expect(ask(lowest, flag)).toBe(EPERM);
      expect(ask(on(arch, 'security=admin'), flag)).toBe(EPERM);
      expect(ask(userns, flag)).toBe('allow');
      expect(ask(userns, flag | 0x40000000)).toBe('allow');
      expect(ask(userns, 0x40000000)).toBe('allow');
      expect(ask(lowest, 0x40000000)).toBe(EPERM);
      expect(ask(on(arch, 'security=admin'), 0x40000000)).toBe('allow');
    }
    expect(answer(userns, 'setns', 3, flag)).toBe('allow');
    expect(answer(userns, 'setns', 3, 0)).toBe('allow');
    expect(answer(lowest, 'setns', 3, flag)).toBe(EPERM);
  });

  it('clone makes threads and processes, and no namespace, without any grant', () => {
    expect(answer(lowest, 'clone', ...withFlags(arch, 'clone', 0x1200011))).toBe('allow');
    expect(answer(lowest, 'clone', ...withFlags(arch, 'clone', 0x3d0f00))).toBe('allow');
    for (const flag of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]) {
      expect(answer(lowest, 'clone', ...withFlags(arch, 'clone', flag | 0x11))).toBe(EPERM);
    }
  });

  it('attack: clone3, which hides its arguments, is missing under every grant', () => {
    const everything = seccompOf(compile(top, { arch, runtime: 'runc-1.1' }, baselines));
    for (const seccomp of [lowest, everything]) {
      expect(answer(seccomp, 'clone3')).toBe(ENOSYS);
      expect((seccomp['syscalls'] as { names: string[] }[]).at(-1)!.names).toContain('clone3');
    }
  });

  it('attack: socketcall, which hides the family, is refused by a rule where the table has it: not by the default', () => {
    const refused = FACTS[arch].multiplexes ? EACCES : ENOSYS;
    for (const grant of ['network=none', 'network=admin', 'security=admin'])
      expect(answer(on(arch, grant), 'socketcall')).toBe(refused);
    // i386 programs of an amd64
    const legacy = arch === 'amd64' || FACTS[arch].multiplexes ? EACCES : ENOSYS;
    expect(answer(on(arch, 'legacy32=allow'), 'socketcall')).toBe(legacy);
    // No call of SysV IPC is tested: libseccomp opens each through ipc too.
    expect(answer(lowest, 'ipc')).toBe(ENOSYS);
  });

  it('attack: sockets: families, types and protocols each need their grant', () => {
    const rows: [number, number, number, string][] = [
      [1, 1, 0, 'network=none'],
      [1, 2, 0, 'network=none'],
      [1, 0x80801, 0, 'network=none'],
      [2, 1, 0, 'network=user'],
      [2, 0x80801, 6, 'network=user'],
      [2, 2, 17, 'network=user'],
      [2, 2, 1, 'network=user'],
      [10, 1, 6, 'network=user'],
      [10, 2, 58, 'network=user'],
      [16, 3, 0, 'network=user'],
      [2, 3, 1, 'network=proxy'],
      [10, 3, 255, 'network=proxy'],
      [17, 3, 0x300, 'network=proxy'],
      [17, 2, 0, 'network=proxy'],
      [16, 3, 12, 'network=admin'],
      [16, 3, 6, 'network=admin'],
    ];
    const ladder = ['network=none', 'network=user', 'network=serve', 'network=proxy', 'network=admin'];
    for (const [domain, type, protocol, least] of rows) {
      for (const grant of ladder) {
        const open = ladder.indexOf(grant) >= ladder.indexOf(least);
        for (const high of [0n, HIGH]) {
          const args = [BigInt(domain) + high, BigInt(type) + high, BigInt(protocol) + high];
          expect([grant, ...args, answer(on(arch, grant), 'socket', ...args)]).toEqual([
            grant,
            ...args,
            open ? 'allow' : domain === 17 && protocol >= 512 ? ENOSYS : EPERM,
          ]);
        }
      }
    }
  });

  it('attack: AF_ALG, vsock, TIPC, CAN, DCCP and SCTP are refused under every grant of the network ladder', () => {
    const admin = on(arch, 'network=admin');
    for (const family of [38, 40, 30, 29, 31, 44]) expect(answer(admin, 'socket', family, 1, 0)).toBe(EPERM);
    expect(answer(admin, 'socket', 2, 6, 33)).toBe(EPERM);
    expect(answer(admin, 'socket', 2, 1, 132)).toBe(EPERM);
    expect(answer(admin, 'socket', 2, 10, 0x300)).not.toBe('allow');
  });

  it('attack: options of packet filters and IPsec are refused below network=admin', () => {
    const rows: [level: number, refused: number[], open: number[]][] = [
      // XFRM, iptables, arptables, ebtables, multicast routes, IPVS
      [
        0,
        [16, 17, 64, 65, 66, 67, 96, 97, 98, 99, 128, 129, 200, 1152, 1167],
        [0, 1, 15, 18, 23, 26, 31, 35, 52, 63],
      ],
      // beside them IPV6_RECVTCLASS, IPV6_TCLASS, IPV6_FREEBIND
      [41, [34, 35, 64, 65, 96, 97, 98, 99, 128, 200, 1152], [0, 1, 26, 32, 33, 36, 49, 63, 66, 67, 70, 78]],
    ];
    for (const [level, refused, open] of rows) {
      for (const option of refused) {
        expect(answer(on(arch, 'network=proxy'), 'setsockopt', 3, level, option)).toBe(EPERM);
        expect(
          answer(on(arch, 'network=proxy'), 'setsockopt', 3, BigInt(level) + HIGH, BigInt(option) + HIGH),
        ).toBe(EPERM);
        expect(answer(on(arch, 'network=admin'), 'setsockopt', 3, level, option)).toBe('allow');
      }
      for (const option of open)
        expect([option, answer(lowest, 'setsockopt', 3, level, option)]).toEqual([option, 'allow']);
    }
    for (const level of [1, 6, 17, 40, 42, 270]) {
      expect(answer(lowest, 'setsockopt', 3, level, 64)).toBe('allow');
    }
  });

  it.each([
    ['keyctl', undefined],
    ['add_key', undefined],
    ['bpf', undefined],
    ['io_uring_setup', undefined],
    ['init_module', undefined],
    ['kexec_load', undefined],
    ['settimeofday', undefined],
    ['ptrace', 'debug=ptrace'],
    ['process_vm_writev', 'host.processes=admin'],
    ['perf_event_open', 'debug=perf'],
    ['open_by_handle_at', 'security=admin'],
    ['mount', 'security=admin'],
    ['fsopen', 'security=admin'],
    ['move_mount', 'security=admin'],
    ['userfaultfd', 'security=admin'],
    ['setuid', 'identity=switch'],
  ])('attack: %s is refused by name, and opened by %s', (name, grant) => {
    expect(answer(lowest, name)).toBe(EPERM);
    if (grant !== undefined) expect(answer(on(arch, grant), name)).toBe('allow');
  });

  it('what programs fall back from is missing rather than refused', () => {
    for (const name of [
      'faccessat2',
      'close_range',
      'openat2',
      'execveat',
      'epoll_pwait2',
      'a_call_of_2040',
    ]) {
      expect(answer(lowest, name)).toBe(ENOSYS);
    }
  });

  it('attack: open_by_handle_at needs security=admin: DAC_READ_SEARCH alone does not bring it', () => {
    expect(answer(on(arch, 'security=view'), 'open_by_handle_at')).toBe(EPERM);
  });

  it('attack: the kernel log can be read with security=view, not cleared', () => {
    const view = on(arch, 'security=view');
    for (const type of [2, 3, 9, 10]) expect(answer(view, 'syslog', type)).toBe('allow');
    for (const type of [0, 1, 4, 5, 6, 7, 8, 11]) expect(answer(view, 'syslog', type)).toBe(EPERM);
    expect(answer(on(arch, 'security=admin'), 'syslog', 5)).toBe('allow');
  });
});

describe('the shape of the rules, under any grants', () => {
  type Arg = { index: number; value: number; valueTwo: number; op: string };
  interface Rule {
    names: string[];
    action: string;
    args?: Arg[];
  }

  it('attack: argument width: conditions look at 32 bits, one per argument, never beside an unconditional rule, and never at argument 6', () => {
    fc.assert(
      fc.property(anyGrants, given => {
        const profile = compile(given, { arch: 'amd64', runtime: 'crun-1.8' }, baselines);
        const rules = seccompOf(profile)['syscalls'] as unknown as Rule[];
        const whole = rules.filter(rule => !rule.args).flatMap(rule => rule.names);
        expect(new Set(whole).size).toBe(whole.length);
        for (const { names, args = [] } of rules.filter(rule => rule.args)) {
          expect(names).toHaveLength(1);
          expect(whole).not.toContain(names[0]);
          expect(new Set(args.map(({ index }) => index)).size).toBe(args.length);
          for (const { index, value, valueTwo, op } of args) {
            expect(op).toBe('SCMP_CMP_MASKED_EQ');
            expect(index).toBeLessThan(5);
            expect(value).toBeGreaterThan(0);
            expect(value).toBeLessThanOrEqual(0xffffffff);
            expect(valueTwo & ~value).toBe(0);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('attack: unknown numbers, 32-bit and x32 tables: defaults to ENOSYS for the native table alone', () => {
    const { defaultAction, defaultErrnoRet, architectures } = seccompOf(profileOf());
    expect({ defaultAction, defaultErrnoRet, architectures }).toEqual({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      architectures: ['SCMP_ARCH_X86_64'],
    });
  });
});
