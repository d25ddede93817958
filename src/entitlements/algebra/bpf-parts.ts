/**
 * Parts of programs, each kept once: what begins at one instruction and goes on to the end. Two filters of one loader have
 * nearly all parts in common, so that what is known of a part need not be found out again for the next filter.
 */
import { BRANCHES, malformed, OP, successors, type Instruction } from './bpf-program.js';
import type { Diagrams, Node } from './diagram.js';

/** What begins at one instruction. */
export interface Part {
  readonly instruction: Instruction;
  /** Of a branch where its condition holds, else what comes next; undefined after a return. */
  readonly then: Part | undefined;
  /** Of a branch where its condition fails. */
  readonly otherwise: Part | undefined;
  /** Whether it may look at what is in A, or in X, when it begins; and which words of the memory, a bit each. */
  readonly readsA: boolean;
  readonly readsX: boolean;
  readonly readsMemory: number;
  /** Whether it may look at the architecture or at the number of the call. */
  readonly asks: boolean;
  /** What it answers, by the registers that it reads; of one that asks, only within one call. */
  readonly answers: Map<string, Node>;
}

const TAKES_A: ReadonlySet<number> = new Set([
  ...[OP.store, OP.and, OP.or, OP.xor, OP.shiftLeft, OP.shiftRight, OP.returnA, OP.aToX],
  ...BRANCHES,
]);
const SETS_A: ReadonlySet<number> = new Set([
  ...[OP.loadWord, OP.loadLength, OP.loadConstant, OP.loadMemory, OP.xToA],
]);
const TAKES_X: ReadonlySet<number> = new Set([
  ...[OP.storeX, OP.xToA, OP.jumpEqualX, OP.jumpGreaterX, OP.jumpNotLessX, OP.jumpSetX],
]);
const SETS_X: ReadonlySet<number> = new Set([OP.loadConstantX, OP.loadLengthX, OP.loadMemoryX, OP.aToX]);
const LOADS: ReadonlySet<number> = new Set([OP.loadMemory, OP.loadMemoryX]);
const STORES: ReadonlySet<number> = new Set([OP.store, OP.storeX]);
/** Of `struct seccomp_data`, where the number and the architecture end. */
const ARGUMENTS_FROM = 8;

interface Kept {
  readonly part: Part;
  readonly id: number;
}

/** The parts that are known with one {@link Diagrams}. */
class Parts {
  readonly #known = new Map<string, Kept>();

  of(program: readonly Instruction[]): Part | undefined {
    const at: Kept[] = [];
    // Jumps go forward only.
    for (let pc = program.length - 1; pc >= 0; pc--) {
      const instruction = program[pc];
      if (instruction === undefined) continue;
      const [then, otherwise] = successors(instruction, pc).map(next => at[next]);
      const { code, k } = instruction;
      const key = `${code} ${k} ${then?.id ?? ''} ${otherwise?.id ?? ''}`;
      let kept = this.#known.get(key);
      if (kept === undefined) {
        kept = { part: partOf(instruction, then?.part, otherwise?.part), id: this.#known.size };
        this.#known.set(key, kept);
      }
      at[pc] = kept;
    }
    return at[0]?.part;
  }
}

const known = new WeakMap<Diagrams, Parts>();

/** @param program - one that was checked. @throws WritError PROFILE_PROGRAM when it is empty */
export function wholeOf(diagrams: Diagrams, program: readonly Instruction[]): Part {
  const parts = known.get(diagrams) ?? new Parts();
  known.set(diagrams, parts);
  const whole = parts.of(program);
  if (whole === undefined) throw malformed('it is empty');
  return whole;
}

function partOf(instruction: Instruction, then: Part | undefined, otherwise: Part | undefined): Part {
  const { code, k } = instruction;
  const after = (read: (part: Part) => boolean): boolean =>
    [then, otherwise].some(part => part !== undefined && read(part));
  const memory = (then?.readsMemory ?? 0) | (otherwise?.readsMemory ?? 0);
  const word = 1 << k;
  return {
    instruction,
    then,
    otherwise,
    readsA: TAKES_A.has(code) || (!SETS_A.has(code) && after(({ readsA }) => readsA)),
    readsX: TAKES_X.has(code) || (!SETS_X.has(code) && after(({ readsX }) => readsX)),
    readsMemory: LOADS.has(code) ? memory | word : STORES.has(code) ? memory & ~word : memory,
    asks: (code === OP.loadWord && k < ARGUMENTS_FROM) || after(({ asks }) => asks),
    answers: new Map(),
  };
}
