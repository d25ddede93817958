/** Reads what sources of Linux say about system calls: tables of numbers, entry points and their arguments. */

/** One row of a `*.tbl`: `number abi name [entry point]`. */
export interface Row {
  readonly name: string;
  readonly number: number;
  /** `sys_read` and, for the 32-bit programs of a 64-bit kernel, `compat_sys_…`; none for a number that is kept free. */
  readonly entries: readonly string[];
}

/** Where the kernel keeps the table of an architecture, and which rows of it are its own. */
export const KERNEL_TABLES: Readonly<
  Record<string, { readonly file: string; readonly abis: readonly string[] }>
> = {
  amd64: { file: 'arch/x86/entry/syscalls/syscall_64.tbl', abis: ['common', '64'] },
  // oabi is the older of two interfaces; a kernel that serves it has no seccomp.
  arm: { file: 'arch/arm/tools/syscall.tbl', abis: ['common', 'eabi'] },
  // The last three: arch/arm64/kernel/Makefile.syscalls.
  arm64: {
    file: 'arch/arm64/tools/syscall_64.tbl',
    abis: ['common', '64', 'renameat', 'rlimit', 'memfd_secret'],
  },
  i386: { file: 'arch/x86/entry/syscalls/syscall_32.tbl', abis: ['i386'] },
  ppc64le: { file: 'arch/powerpc/kernel/syscalls/syscall.tbl', abis: ['common', '64', 'nospu'] },
  // The last three: arch/riscv/kernel/Makefile.syscalls.
  riscv64: { file: 'scripts/syscall.tbl', abis: ['common', '64', 'riscv', 'rlimit', 'memfd_secret'] },
  s390x: { file: 'arch/s390/kernel/syscalls/syscall.tbl', abis: ['common'] },
  x32: { file: 'arch/x86/entry/syscalls/syscall_64.tbl', abis: ['common', 'x32'] },
};

export function parseTable(text: string, abis: readonly string[]): Row[] {
  return text.split('\n').flatMap(line => {
    const [number = '', abi = '', name = '', ...entries] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (!/^\d+$/.test(number) || !abis.includes(abi)) return [];
    return [
      {
        name,
        number: Number(number),
        entries: entries.filter(entry => /^(compat_)?sys_(?!oabi)/.test(entry)),
      },
    ];
  });
}

/** `#define __NR_read 63`, as installed headers say it. */
export function parseHeader(text: string): Map<string, number> {
  const found = [
    ...text.matchAll(/^#define __NR_([a-z0-9_]+)\s+\(?(?:__X32_SYSCALL_BIT \+ )?(\d+)\)?\s*$/gm),
  ];
  return new Map(found.map(([, name = '', number]) => [name, Number(number)]));
}

export interface Parameter {
  readonly type: string;
  readonly name: string;
}

/**
 * Every `SYSCALL_DEFINEn(name, type, argument, …)` of a C file by the name of its entry point; a call may have several,
 * for several architectures.
 */
export function parseDefinitions(source: string): [name: string, parameters: Parameter[]][] {
  const found = source.matchAll(/^(COMPAT_)?SYSCALL_DEFINE(\d)\(\s*(\w+)\s*(?:,([^)]*))?\)/gm);
  return [...found].map(([, compat, count, name = '', rest = '']) => {
    const words = rest.split(',').map(word => word.trim().replace(/\s+/g, ' '));
    const parameters = Array.from({ length: Number(count) }, (_, i) => ({
      type: (words[2 * i] ?? '').replace(/^const /, ''),
      name: words[2 * i + 1] ?? '',
    }));
    return [`${compat === undefined ? '' : 'compat_'}sys_${name}`, parameters];
  });
}

const WORDS = new Set([
  ...['int', 'unsigned', 'unsigned int', 'signed int', 'uint', 'u32', 's32', '__u32', '__s32', 'uint32_t'],
  ...['pid_t', 'uid_t', 'gid_t', 'qid_t', 'key_t', 'clockid_t', 'timer_t', 'mqd_t', 'rwf_t', 'key_serial_t'],
]);
const DOUBLE = /^(loff_t|u64|__u64|off64_t|compat_arg_u64.*)$/;
const isWord = (type: string): boolean => WORDS.has(type) || /^compat_\w+$/.test(type);

/**
 * The arguments that the kernel reads as 32 bits and that have the same place on every architecture: where words have
 * 32 bits, an argument of 64 takes two places, and what follows it moves.
 */
export function wordArguments(parameters: readonly Parameter[]): Map<string, number> {
  const end = parameters.findIndex(({ type }) => DOUBLE.test(type));
  const fixed = end < 0 ? parameters : parameters.slice(0, end);
  return new Map(
    fixed.flatMap(({ type, name }, i) => (isWord(type) && /^\w+$/.test(name) ? [[name, i]] : [])),
  );
}

/** What all of several definitions say. */
export function common(maps: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const [first = new Map<string, number>(), ...others] = maps;
  // Names differ between definitions, places decide.
  const places = [...first].filter(([, place]) => others.every(other => [...other.values()].includes(place)));
  return new Map(places);
}

/** The table of syscalls(2), and the HISTORY of a page of its own: since which kernel. */
export function sinceKernel(page: string): string | undefined {
  const history = /^\.SH HISTORY\n([\s\S]*?)(?=^\.S[HS] )/m.exec(page)?.[1] ?? '';
  return /\bLinux (\d+\.\d+(?:\.\d+)?)\b/.exec(history)?.[1];
}

/** `\f[B]name\f[](2)	5.3` or `.BR name (2)` … `T}	2.6`, each a row of the table of syscalls(2). */
export function sinceTable(page: string): Map<string, string> {
  const rows = page.matchAll(
    /^(?:\\f\[B\](\w+)\\f\[\]\(2\)|\.BR (\w+) \(2\)\nT\})\t(\d+\.\d+(?:\.\d+)?)\b/gm,
  );
  return new Map([...rows].map(([, plain, long, version = '']) => [plain ?? long ?? '', version]));
}
