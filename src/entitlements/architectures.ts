/**
 * What differs between architectures, apart from their tables of calls: linux/audit.h, libseccomp's names, and what the
 * tables of their 32-bit programs are.
 */
import type { Architecture, TableName } from './model.js';

export interface ArchitectureFacts {
  /** As OCI names it. */
  readonly seccomp: string;
  /** AUDIT_ARCH_*, as a filter sees it. x32 calls come with that of x86-64, and a bit in the number. */
  readonly audit: number;
  /** libseccomp looks at the low 32 bits of arguments alone. x32 is one of them, though its registers have 64. */
  readonly isNarrow: boolean;
  /** Its table has `socketcall` and `ipc`, which stand for the calls of sockets and of SysV IPC. */
  readonly multiplexes: boolean;
}

export const FACTS: Readonly<Record<TableName, ArchitectureFacts>> = {
  amd64: { seccomp: 'SCMP_ARCH_X86_64', audit: 0xc000003e, isNarrow: false, multiplexes: false },
  arm: { seccomp: 'SCMP_ARCH_ARM', audit: 0x40000028, isNarrow: true, multiplexes: false },
  arm64: { seccomp: 'SCMP_ARCH_AARCH64', audit: 0xc00000b7, isNarrow: false, multiplexes: false },
  i386: { seccomp: 'SCMP_ARCH_X86', audit: 0x40000003, isNarrow: true, multiplexes: true },
  ppc64le: { seccomp: 'SCMP_ARCH_PPC64LE', audit: 0xc0000015, isNarrow: false, multiplexes: true },
  riscv64: { seccomp: 'SCMP_ARCH_RISCV64', audit: 0xc00000f3, isNarrow: false, multiplexes: false },
  s390x: { seccomp: 'SCMP_ARCH_S390X', audit: 0x80000016, isNarrow: false, multiplexes: true },
  x32: { seccomp: 'SCMP_ARCH_X32', audit: 0xc000003e, isNarrow: true, multiplexes: false },
};

export const ARCHITECTURES: readonly Architecture[] = [
  ...(['amd64', 'arm', 'arm64', 'i386', 'ppc64le', 'riscv64', 's390x'] as const),
];
export const TABLE_NAMES: readonly TableName[] = [...ARCHITECTURES, 'x32'];

/** What else people call them: Go, `uname -m` and Debian. */
const ALIASES: ReadonlyMap<string, Architecture> = new Map<string, Architecture>([
  ...(['x86_64', 'x86-64', 'x64'] as const).map(name => [name, 'amd64'] as const),
  ...(['armhf', 'armel', 'armv6l', 'armv7l', 'armv8l'] as const).map(name => [name, 'arm'] as const),
  ['aarch64', 'arm64'],
  ...(['386', 'x86', 'ia32', 'i486', 'i586', 'i686'] as const).map(name => [name, 'i386'] as const),
  ['ppc64el', 'ppc64le'],
]);

/** The architecture that is called `name`; undefined when none is. */
export function architectureOf(name: string): Architecture | undefined {
  return ARCHITECTURES.find(arch => arch === name) ?? ALIASES.get(name);
}

/**
 * The tables that 32-bit programs of a machine call by, beside its own. Those of s390x and ppc64le are gone or have no
 * name in libseccomp, and of riscv64 likewise: their calls stay outside of the filter, which ends who makes one.
 */
export const LEGACY32: Readonly<Partial<Record<Architecture, readonly TableName[]>>> = {
  amd64: ['i386', 'x32'],
  arm64: ['arm'],
};

/** The calls that `socketcall` stands for, by its first argument: linux/net.h. */
const SOCKETCALL: readonly string[] = [
  ...[
    'socket',
    'bind',
    'connect',
    'listen',
    'accept',
    'getsockname',
    'getpeername',
    'socketpair',
    'send',
    'recv',
  ],
  ...[
    'sendto',
    'recvfrom',
    'shutdown',
    'setsockopt',
    'getsockopt',
    'sendmsg',
    'recvmsg',
    'accept4',
    'recvmmsg',
  ],
  'sendmmsg',
];

/** Likewise of `ipc`: linux/ipc.h. */
const IPC: ReadonlyMap<string, number> = new Map([
  ...(['semop', 'semget', 'semctl', 'semtimedop'] as const).map((name, i) => [name, i + 1] as const),
  ...(['msgsnd', 'msgrcv', 'msgget', 'msgctl'] as const).map((name, i) => [name, i + 11] as const),
  ...(['shmat', 'shmdt', 'shmget', 'shmctl'] as const).map((name, i) => [name, i + 21] as const),
]);

export interface Multiplexed {
  readonly by: 'socketcall' | 'ipc';
  /** The first argument that stands for the call. */
  readonly call: number;
}

/** How a call is made through a multiplexer, on an architecture that has them; undefined when it is not. */
export function multiplexed(name: string): Multiplexed | undefined {
  const socket = SOCKETCALL.indexOf(name);
  if (socket >= 0) return { by: 'socketcall', call: socket + 1 };
  const ipc = IPC.get(name);
  return ipc === undefined ? undefined : { by: 'ipc', call: ipc };
}

export const isMultiplexer = (name: string): boolean => name === 'socketcall' || name === 'ipc';

/** `clone` takes its flags as its second argument on s390: CONFIG_CLONE_BACKWARDS2 of the kernel. */
export const argumentPlace = (arch: Architecture, call: string, place: number): number =>
  arch === 's390x' && call === 'clone' && place < 2 ? 1 - place : place;
