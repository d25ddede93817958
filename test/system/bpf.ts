/** The classic BPF that the kernel runs for seccomp: executed on one call, and searched over all arguments. */

export interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

export const AUDIT_ARCH_X86_64 = 0xc000003e;
const ALLOW = 0x7fff0000;
const LOG = 0x7ffc0000;
const ERRNO = 0x00050000;

export function parseProgram(text: string): Instruction[] {
  return text
    .trim()
    .split('\n')
    .map(line => {
      const [code, jt, jf, k] = line.split(' ').map(Number) as [number, number, number, number];
      return { code, jt, jf, k };
    });
}

/** A word of the accumulator, or undefined when it depends on arguments that are left open. */
type Word = number | undefined;

/** What the filter says: `allow`, the errno, or the raw action. */
export function verdict(action: number): string | number {
  if (action === ALLOW || action === LOG) return 'allow';
  return (action & 0x7fff0000) >>> 0 === ERRNO ? action & 0xffff : `0x${action.toString(16)}`;
}

/** Every return value that some arguments of call `number` can reach; exactly one when `args` are given. */
export function outcomes(
  program: readonly Instruction[],
  number: number,
  args?: readonly bigint[],
): Set<number> {
  const found = new Set<number>();
  const seen = new Set<string>();
  const open: [number, Word][] = [[0, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const key = next.join();
    if (seen.has(key)) continue;
    seen.add(key);
    const at = step(program, next, number, args);
    if (typeof at === 'number') found.add(at);
    else open.push(...at);
  }
  return found;
}

function step(
  program: readonly Instruction[],
  [pc, word]: [number, Word],
  number: number,
  args: readonly bigint[] | undefined,
): number | [number, Word][] {
  const { code, jt, jf, k } = program[pc]!;
  const branch = (test: (value: number) => boolean): [number, Word][] => {
    const yes: [number, Word] = [pc + 1 + jt, word];
    const no: [number, Word] = [pc + 1 + jf, word];
    if (word === undefined) return [yes, no];
    return [test(word) ? yes : no];
  };
  switch (code) {
    case 0x06: // RET K
      return k;
    case 0x20: // LD W ABS
      return [[pc + 1, load(k, number, args)]];
    case 0x54: // AND K
      return [[pc + 1, word === undefined ? undefined : (word & k) >>> 0]];
    case 0x05: // JA
      return [[pc + 1 + k, word]];
    case 0x15: // JEQ
      return branch(value => value === k);
    case 0x25: // JGT
      return branch(value => value > k);
    case 0x35: // JGE
      return branch(value => value >= k);
    case 0x45: // JSET
      return branch(value => (value & k) !== 0);
    default:
      throw new Error(`instruction ${code} at ${pc}`);
  }
}

/** struct seccomp_data: nr, arch, instruction pointer, six 64-bit arguments, all little-endian. */
function load(offset: number, number: number, args: readonly bigint[] | undefined): Word {
  if (offset === 0) return number;
  if (offset === 4) return AUDIT_ARCH_X86_64;
  if (offset < 16 || args === undefined) return undefined;
  const value = args[(offset - 16) >> 3] ?? 0n;
  return Number((offset % 8 === 0 ? value : value >> 32n) & 0xffffffffn);
}
