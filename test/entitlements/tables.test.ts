/** The generated tables: numbers that public headers have, no number twice, and what compile makes of old libraries and of s390x. */
import { describe, expect, it } from 'vitest';
import { testable } from '../../src/entitlements/arguments.js';
import {
  architectureOf,
  ARCHITECTURES,
  FACTS,
  multiplexed,
  TABLE_NAMES,
} from '../../src/entitlements/architectures.js';
import { isNamed } from '../../src/entitlements/named.js';
import type { SyscallTable, TableName } from '../../src/entitlements/model.js';
import { SINCE } from '../../src/entitlements/since.js';
import { catalogue, profileOf, seccompOf } from './catalogue.js';

const tableOf = (name: TableName): SyscallTable => catalogue.tables.get(name)!;
const X32 = 0x40000000;

/** asm/unistd.h of each: read, openat, clone, execve, socket. */
const ANCHORS: Readonly<Record<TableName, readonly number[]>> = {
  amd64: [0, 257, 56, 59, 41],
  arm: [3, 322, 120, 11, 281],
  arm64: [63, 56, 220, 221, 198],
  i386: [3, 295, 120, 11, 359],
  ppc64le: [3, 286, 120, 11, 326],
  riscv64: [63, 56, 220, 221, 198],
  s390x: [3, 288, 120, 11, 359],
  x32: [X32, X32 + 257, X32 + 56, X32 + 520, X32 + 41],
};
const COUNTS = {
  amd64: 385,
  arm: 430,
  arm64: 327,
  i386: 461,
  ppc64le: 424,
  riscv64: 328,
  s390x: 390,
  x32: 374,
};

describe.each(TABLE_NAMES)('the table of %s', name => {
  const { numbers, highest, origin } = tableOf(name);

  it('has the numbers of public headers, each once and in order, and says from where and how far', () => {
    const found = ['read', 'openat', 'clone', 'execve', 'socket'].map(call => numbers.get(call));
    expect(found).toEqual(ANCHORS[name]);
    const all = [...numbers.values()];
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(all.toSorted((a, b) => a - b));
    expect(numbers.size).toBe(COUNTS[name]);
    expect(highest).toBe(471);
    expect(origin).toContain('Linux 7.2');
  });

  it('has the calls of all architectures from 424 on at the same numbers', () => {
    for (const call of ['pidfd_send_signal', 'io_uring_setup', 'clone3', 'landlock_add_rule', 'listns'])
      expect((numbers.get(call) ?? NaN) % X32).toBe(tableOf('amd64').numbers.get(call));
  });
});

it('architectures are known by the names of Go, Debian and uname', () => {
  const names = ['x86_64', 'aarch64', '386', 'i686', 'armhf', 'armv7l', 'ppc64el', 's390x', 'x32', 'mips'];
  expect(names.map(architectureOf)).toEqual([
    ...['amd64', 'arm64', 'i386', 'i386', 'arm', 'arm', 'ppc64le', 's390x', undefined, undefined],
  ]);
});

it('a name that a libseccomp lacks is lost, and said; Debian 2.5.4 resolves 368 names of amd64', () => {
  const amd64 = tableOf('amd64');
  const asDebian = [...amd64.numbers.keys()].filter(name =>
    isNamed(amd64, name, { highest: 456, libseccomp: '2.5.4' }),
  );
  expect(asDebian).toHaveLength(368);
  const lost = (libseccomp: string) =>
    profileOf(['programs=common'], { arch: 'riscv64', libseccomp }).parts.lost;
  expect(lost('2.5.4')).toContain('riscv_hwprobe');
  expect(lost('2.5.4')).toContain('cachestat');
  expect(lost('2.6.1')).toEqual([]);
});

it('arguments have places that are the same everywhere; pointers and longs cannot be tested', () => {
  expect(Object.fromEntries(testable('socket')!.args)).toEqual({ domain: 0, type: 1, protocol: 2 });
  expect(testable('prctl')?.args.get('option')).toBe(0);
  expect(testable('fallocate')?.args.has('len')).toBe(false);
  expect(testable('mmap')?.args.has('prot')).not.toBe(true);
  expect(testable('toString')).toBeUndefined();
});

it('kernels that had a call first are in the order of versions', () => {
  const of = (call: string) =>
    Object.entries(SINCE).find(([, calls]) => calls.split(' ').includes(call))?.[0];
  expect([of('close_range'), of('clone3'), of('read')]).toEqual(['5.9', '5.3', '1.0']);
});

it('multiplexers stand for the calls of linux/net.h and linux/ipc.h', () => {
  expect(multiplexed('socket')).toEqual({ by: 'socketcall', call: 1 });
  expect(multiplexed('sendmmsg')).toEqual({ by: 'socketcall', call: 20 });
  expect(multiplexed('shmctl')).toEqual({ by: 'ipc', call: 24 });
  expect(multiplexed('read')).toBeUndefined();
});

it('attack: 32-bit and x32 tables are in the filter only with legacy32=allow, and only where there are any', () => {
  const listed = (arch: string, ...entries: string[]) =>
    seccompOf(profileOf(entries, { arch }))['architectures'];
  for (const arch of ARCHITECTURES) expect(listed(arch)).toEqual([FACTS[arch].seccomp]);
  expect(listed('amd64', 'legacy32=allow')).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']);
  expect(listed('arm64', 'legacy32=allow')).toEqual(['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']);
  expect(listed('s390x', 'legacy32=allow')).toEqual(['SCMP_ARCH_S390X']);
});
