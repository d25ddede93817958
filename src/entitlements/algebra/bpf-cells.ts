/**
 * Which values of the architecture and of the call number a program tells apart. It only compares them with constants, so
 * that it treats all values of one interval alike, and one of them stands for all.
 */
import { BRANCHES, malformed, OP, successors, type Instruction } from './bpf-program.js';

export interface Cells {
  /** Where a new interval begins, ascending, the first 0. */
  readonly arch: readonly number[];
  readonly number: readonly number[];
}

type Word = 'arch' | 'number';

const AT: ReadonlyMap<number, Word> = new Map([
  [0, 'number'],
  [4, 'arch'],
]);
const COMPARES: ReadonlySet<number> = new Set([OP.jumpEqual, OP.jumpGreater, OP.jumpNotLess]);
/** What leaves the accumulator as it is, and asks nothing of it. */
const IGNORES: ReadonlySet<number> = new Set([
  ...[OP.jump, OP.returnConstant, OP.loadConstantX, OP.loadLengthX, OP.loadMemoryX, OP.storeX],
]);
const REPLACES: ReadonlySet<number> = new Set([OP.loadConstant, OP.loadLength, OP.loadMemory, OP.xToA]);
/** Masks of fewer high bits than this give too many intervals. */
const LOWEST_MASK_BIT = 2 ** 24;
const WORDS = 2 ** 32;

const HOLDS_OTHER = 1;
const HELD: readonly (readonly [number, Word | undefined])[] = [
  [HOLDS_OTHER, undefined],
  [2, 'arch'],
  [4, 'number'],
];
const bitOf = (word: Word | undefined): number =>
  word === undefined ? HOLDS_OTHER : word === 'arch' ? 2 : 4;

/** @throws WritError PROFILE_PROGRAM for a program that does more with them than compare */
export function cellsOf(program: readonly Instruction[]): Cells {
  const cuts = { arch: new Set([0]), number: new Set([0]) };
  // What A may hold when an instruction begins, as bits; jumps go forward only.
  const held = new Uint8Array(program.length);
  held[0] = HOLDS_OTHER;
  for (const [pc, instruction] of program.entries()) {
    const before = held[pc] ?? 0;
    let then = 0;
    for (const [bit, word] of HELD) {
      if ((before & bit) === 0) continue;
      if (word !== undefined) for (const cut of cutsOf(instruction, word)) cuts[word].add(cut);
      then |= bitOf(after(instruction, word));
    }
    if (before !== 0) for (const next of successors(instruction, pc)) held[next] = (held[next] ?? 0) | then;
  }
  const sorted = (set: ReadonlySet<number>): number[] =>
    [...set].filter(cut => cut < WORDS).sort((a, b) => a - b);
  return { arch: sorted(cuts.arch), number: sorted(cuts.number) };
}

/** What is in the accumulator after the instruction. */
function after({ code, k }: Instruction, word: Word | undefined): Word | undefined {
  if (code === OP.loadWord) return AT.get(k);
  return REPLACES.has(code) || code === OP.and ? undefined : word;
}

function cutsOf({ code, k }: Instruction, word: Word): number[] {
  if (code === OP.loadWord || IGNORES.has(code) || REPLACES.has(code)) return [];
  if (COMPARES.has(code)) return [k, k + 1];
  const step = (k & -k) >>> 0;
  if ((code === OP.and || code === OP.jumpSet) && step >= LOWEST_MASK_BIT)
    return Array.from({ length: WORDS / step }, (_, i) => i * step);
  const what = BRANCHES.has(code) ? 'a test' : 'arithmetic';
  throw malformed(
    `${what} of code 0x${code.toString(16)} on the ${word === 'arch' ? 'architecture' : 'call number'} is not understood`,
  );
}
