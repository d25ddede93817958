/** A seccomp program as a diagram: what it answers for every architecture, every number and all arguments. */
import { argument, ARCH, bitOf, byInterval, half, NUMBER, POINTER, type Field, type Piece } from './call.js';
import { cellsOf } from './bpf-cells.js';
import { DATA_BYTES, malformed, MEMORY_WORDS, OP, successors, type Instruction } from './bpf-program.js';
import { NO, YES, type Diagrams, type Node } from './diagram.js';

/** A register: a constant, or 32 boolean diagrams, the lowest bit first. */
type Word = number | readonly Node[];

interface State {
  readonly a: Word;
  readonly x: Word;
  readonly memory: readonly Word[];
}

/** What a comparison answers where A is above, below or equal to the other. */
interface Order {
  readonly above: number;
  readonly below: number;
  readonly equal: number;
}

const EQUAL: Order = { above: NO, below: NO, equal: YES };
const GREATER: Order = { above: YES, below: NO, equal: NO };
const NOT_LESS: Order = { above: YES, below: NO, equal: YES };
const ORDERS: ReadonlyMap<number, Order> = new Map([
  [OP.jumpEqual, EQUAL],
  [OP.jumpEqualX, EQUAL],
  [OP.jumpGreater, GREATER],
  [OP.jumpGreaterX, GREATER],
  [OP.jumpNotLess, NOT_LESS],
  [OP.jumpNotLessX, NOT_LESS],
]);
const WITH_X: ReadonlySet<number> = new Set([OP.jumpEqualX, OP.jumpGreaterX, OP.jumpNotLessX, OP.jumpSetX]);

const WIDTH = 32;
const START: State = { a: 0, x: 0, memory: Array.from({ length: MEMORY_WORDS }, () => 0) };

/**
 * What `program` returns, as a diagram whose answers are SECCOMP_RET_* words.
 *
 * @throws WritError PROFILE_PROGRAM, PROFILE_TOO_LARGE
 */
export function programDiagram(diagrams: Diagrams, program: readonly Instruction[]): Node {
  const cells = cellsOf(program);
  const shared = new Map<string, Node>();
  const asks = asksAgain(program);
  const numbersOf = (arch: number): Piece[] =>
    cells.number.map(number => ({
      from: number,
      node: new Run(diagrams, program, { arch, number, asks, shared }).from(0, START),
    }));
  const pieces = cells.arch.map(arch => ({
    from: arch,
    node: byInterval(diagrams, NUMBER, numbersOf(arch)),
  }));
  return byInterval(diagrams, ARCH, pieces);
}

interface WordsAsked {
  readonly arch: number;
  readonly number: number;
  /** For each instruction: whether what follows may look at these words again. */
  readonly asks: readonly boolean[];
  /** What was found out where nothing looks at them any more: the same for all of them. */
  readonly shared: Map<string, Node>;
}

function asksAgain(program: readonly Instruction[]): boolean[] {
  const asks: boolean[] = [];
  // Jumps go forward only.
  for (let pc = program.length - 1; pc >= 0; pc--) {
    const one = program[pc];
    if (one === undefined) continue;
    asks[pc] = (one.code === OP.loadWord && one.k < 8) || successors(one, pc).some(next => asks[next]);
  }
  return asks;
}

/** One run over all arguments at once, for one architecture and one number. */
class Run {
  readonly #diagrams: Diagrams;
  readonly #program: readonly Instruction[];
  readonly #word: WordsAsked;
  readonly #done = new Map<string, Node>();

  constructor(diagrams: Diagrams, program: readonly Instruction[], word: WordsAsked) {
    this.#diagrams = diagrams;
    this.#program = program;
    this.#word = word;
  }

  /** What is returned when it goes on at `start` with `before`. */
  from(start: number, before: State): Node {
    let [pc, state] = [start, before];
    for (;;) {
      const instruction = this.#program[pc];
      if (instruction === undefined) throw malformed('it goes beyond its end');
      const { code, jt, jf, k } = instruction;
      if (code === OP.returnConstant) return this.#diagrams.answer(k);
      if (code === OP.returnA) return this.#returned(state.a);
      if (code === OP.jump) {
        pc += 1 + k;
        continue;
      }
      const condition = this.#condition(instruction, state);
      if (condition === undefined) {
        state = this.#step(instruction, state);
        pc++;
      } else if (typeof condition === 'boolean') pc += 1 + (condition ? jt : jf);
      else return this.#fork(pc, state, condition, [pc + 1 + jt, pc + 1 + jf]);
    }
  }

  #fork(pc: number, state: State, condition: { node: Node }, [yes, no]: [number, number]): Node {
    const key = keyOf(pc, state);
    const done = this.#word.asks[pc] === true ? this.#done : this.#word.shared;
    const known = done.get(key);
    if (known !== undefined) return known;
    const node = this.#diagrams.choose(condition.node, this.from(yes, state), this.from(no, state));
    done.set(key, node);
    return node;
  }

  #returned(a: Word): Node {
    if (typeof a === 'number') return this.#diagrams.answer(a);
    throw malformed('what it returns depends on the arguments bit by bit');
  }

  /** Undefined for what is no branch. */
  #condition({ code, k }: Instruction, { a, x }: State): boolean | { node: Node } | undefined {
    const order = ORDERS.get(code);
    const isSet = code === OP.jumpSet || code === OP.jumpSetX;
    if (order === undefined && !isSet) return undefined;
    const b = WITH_X.has(code) ? x : k;
    // Such a diagram has a node for each value of the one: more than there is room for.
    if (typeof b !== 'number') throw malformed('it compares two arguments with each other');
    if (order === undefined) {
      const common = this.#bitwise(OP.and, a, b);
      return typeof common === 'number' ? common !== 0 : { node: this.#anyOf(common) };
    }
    if (typeof a !== 'number') return { node: this.#compare(a, b, order) };
    return (a > b ? order.above : a < b ? order.below : order.equal) === YES;
  }

  #step({ code, k }: Instruction, state: State): State {
    const { a, x, memory } = state;
    switch (code) {
      case OP.loadWord:
        return { ...state, a: this.#load(k) };
      case OP.loadConstant:
        return { ...state, a: k };
      case OP.loadConstantX:
        return { ...state, x: k };
      case OP.loadLength:
        return { ...state, a: DATA_BYTES };
      case OP.loadLengthX:
        return { ...state, x: DATA_BYTES };
      case OP.loadMemory:
        return { ...state, a: memory[k] ?? 0 };
      case OP.loadMemoryX:
        return { ...state, x: memory[k] ?? 0 };
      case OP.store:
        return { ...state, memory: memory.with(k, a) };
      case OP.storeX:
        return { ...state, memory: memory.with(k, x) };
      case OP.aToX:
        return { ...state, x: a };
      case OP.xToA:
        return { ...state, a: x };
      case OP.shiftLeft:
        return { ...state, a: this.#shift(a, k) };
      case OP.shiftRight:
        return { ...state, a: this.#shift(a, -k) };
      default:
        return { ...state, a: this.#bitwise(code, a, k) };
    }
  }

  #load(offset: number): Word {
    if (offset === 0) return this.#word.number;
    if (offset === 4) return this.#word.arch;
    const whole = offset < 16 ? POINTER : argument((offset - 16) >> 3);
    return this.#bitsOf(half(whole, offset % 8 === 4));
  }

  #bitsOf(field: Field): Node[] {
    const [no, yes] = [this.#diagrams.answer(NO), this.#diagrams.answer(YES)];
    return Array.from({ length: WIDTH }, (_, i) => this.#diagrams.test(bitOf(field, i), no, yes));
  }

  #compare(a: readonly Node[], b: number, { above, below, equal }: Order): Node {
    const diagrams = this.#diagrams;
    const [higher, lower] = [diagrams.answer(above), diagrams.answer(below)];
    let node = diagrams.answer(equal);
    a.forEach((bit, i) => {
      node = ((b >>> i) & 1) === 1 ? diagrams.choose(bit, node, lower) : diagrams.choose(bit, higher, node);
    });
    return node;
  }

  #anyOf(bits: readonly Node[]): Node {
    const yes = this.#diagrams.answer(YES);
    return bits.reduce((node, bit) => this.#diagrams.choose(bit, yes, node), this.#diagrams.answer(NO));
  }

  #bitwise(code: number, a: Word, k: number): Word {
    if (typeof a === 'number') return fixedBitwise(code, a, k);
    return a.map((bit, i) => this.#diagrams.map(bit, value => fixedBitwise(code, value, (k >>> i) & 1)));
  }

  /** @param by - to the left; negative to the right. The kernel refuses shifts by more than 31. */
  #shift(word: Word, by: number): Word {
    if (Math.abs(by) >= WIDTH) throw malformed(`it shifts by ${Math.abs(by)} bits`);
    if (typeof word === 'number') return (by >= 0 ? word << by : word >>> -by) >>> 0;
    const no = this.#diagrams.answer(NO);
    return word.map((_, i) => word[i - by] ?? no);
  }
}

function fixedBitwise(code: number, a: number, b: number): number {
  switch (code) {
    case OP.and:
      return (a & b) >>> 0;
    case OP.or:
      return (a | b) >>> 0;
    default:
      return (a ^ b) >>> 0;
  }
}

const keyOf = (pc: number, { a, x, memory }: State): string =>
  [pc, a, x, ...memory].map(word => (typeof word === 'number' ? word : `[${word.join()}]`)).join(' ');
