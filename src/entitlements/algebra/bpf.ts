/** A seccomp program as a diagram: what it answers for every architecture, every number and all arguments. */
import { WritError } from '../../errors.js';
import { argument, ARCH, bitOf, byInterval, half, NUMBER, POINTER, type Field } from './call.js';
import { cellsOf } from './bpf-cells.js';
import { wholeOf, type Part } from './bpf-parts.js';
import { DATA_BYTES, malformed, MEMORY_WORDS, OP, type Instruction } from './bpf-program.js';
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

const AUDIT_ARCH_S390X = 0x80000016;
const WIDTH = 32;
/** Of `struct seccomp_data`, where the number and the architecture end. */
const ARGUMENTS_FROM = 8;
/** Programs of libseccomp for three tables have a tenth of it. */
const MAX_CELLS = 1 << 17;
/** So many take one step in the time of one node. */
const RUNS_OF_WORK = 8;
const START: State = { a: 0, x: 0, memory: Array.from({ length: MEMORY_WORDS }, () => 0) };

/**
 * What `program` returns, as a diagram whose answers are SECCOMP_RET_* words.
 *
 * @throws WritError PROFILE_PROGRAM, PROFILE_TOO_LARGE
 */
export function programDiagram(diagrams: Diagrams, program: readonly Instruction[]): Node {
  const cells = cellsOf(program);
  if (cells.arch.length * cells.number.length > MAX_CELLS)
    throw new WritError(
      'PROFILE_TOO_LARGE',
      'the program tells too many architectures and call numbers apart',
    );
  const whole = wholeOf(diagrams, program);
  const pieces = cells.arch.map(arch => {
    const runs = cells.number.map(number => new Run(diagrams, arch, number));
    spread(diagrams, whole, runs);
    return { from: arch, node: byInterval(diagrams, NUMBER, runs) };
  });
  return byInterval(diagrams, ARCH, pieces);
}

/**
 * Runs for all numbers at once as long as they go one way: programs compare the number with hundreds of others, one after
 * the other.
 */
function spread(diagrams: Diagrams, whole: Part, all: readonly Run[]): void {
  const open: [Part, readonly Run[]][] = [[whole, all]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [part, runs] = next;
    diagrams.spend(runs.length / RUNS_OF_WORK);
    const { code, k } = part.instruction;
    const order = ORDERS.get(code);
    const isShared = runs.length > 1 && (part.asks || part.readsA);
    if (isShared && order !== undefined && !WITH_X.has(code) && part.then && part.otherwise) {
      const yes = runs.filter(run => holds(order, run.a, k));
      // Most comparisons are with the number of another call.
      const no = yes.length === 0 ? runs : runs.filter(run => !holds(order, run.a, k));
      if (no.length > 0) open.push([part.otherwise, no]);
      if (yes.length > 0) open.push([part.then, yes]);
    } else if (isShared && code === OP.loadWord && k < ARGUMENTS_FROM && part.then) {
      for (const run of runs) run.load(k);
      open.push([part.then, runs]);
    } else if (isShared && code === OP.jump && part.then) {
      open.push([part.then, runs]);
    } else for (const run of runs) run.finish(part);
  }
}

/** One run over all arguments at once, for one architecture and the numbers from one on. */
class Run {
  readonly from: number;
  /** What it answers, once it has finished. */
  node: Node = 0;
  /** A before anything else than the number and the architecture was loaded. */
  a = 0;
  readonly #diagrams: Diagrams;
  readonly #arch: number;
  readonly #done = new Map<Part, Map<string, Node>>();

  constructor(diagrams: Diagrams, arch: number, number: number) {
    this.#diagrams = diagrams;
    this.#arch = arch;
    this.from = number;
  }

  /** s390x has the upper half of an argument first; a program that does not ask where it runs is taken for another. */
  get #isBigEndian(): boolean {
    return this.#arch === AUDIT_ARCH_S390X;
  }

  /** @param offset - 0 for the number, 4 for the architecture */
  load(offset: number): void {
    this.a = offset === 0 ? this.from : this.#arch;
  }

  finish(part: Part): void {
    this.node = this.#answer(part, { ...START, a: this.a });
  }

  /** What is returned when it goes on at `start` with `before`. */
  #answer(start: Part, before: State): Node {
    let part: Part | undefined = start;
    let state = before;
    while (part !== undefined) {
      const { instruction, then, otherwise }: Part = part;
      const { code, k } = instruction;
      if (code === OP.returnConstant) return this.#diagrams.answer(k);
      if (code === OP.returnA) return this.#returned(state.a);
      if (otherwise !== undefined) {
        const known: Node | undefined = this.#known(part, state);
        if (known !== undefined) return known;
        const condition: boolean | { node: Node } = this.#condition(instruction, state);
        if (typeof condition !== 'boolean') return this.#fork(part, state, condition.node);
        part = condition ? then : otherwise;
      } else {
        this.#diagrams.spend(1);
        if (code !== OP.jump) state = this.#step(instruction, state);
        part = then;
      }
    }
    throw malformed('it goes beyond its end');
  }

  #fork(part: Part, state: State, condition: Node): Node {
    const { then, otherwise } = part;
    if (then === undefined || otherwise === undefined) throw malformed('it goes beyond its end');
    const yes = this.#answer(then, state);
    const node = this.#diagrams.choose(condition, yes, this.#answer(otherwise, state));
    this.#answersOf(part).set(this.#keyOf(part, state), node);
    return node;
  }

  /** What is remembered is what takes room: states whose words are diagrams have long keys. */
  #known(part: Part, state: State): Node | undefined {
    const key = this.#keyOf(part, state);
    this.#diagrams.spend(key.length);
    return this.#answersOf(part).get(key);
  }

  #keyOf(part: Part, state: State): string {
    const key = keyOf(part, state);
    return this.#isBigEndian ? `big ${key}` : key;
  }

  #answersOf(part: Part): Map<string, Node> {
    if (!part.asks) return part.answers;
    const answers = this.#done.get(part) ?? new Map<string, Node>();
    this.#done.set(part, answers);
    return answers;
  }

  #returned(a: Word): Node {
    if (typeof a === 'number') return this.#diagrams.answer(a);
    throw malformed('what it returns depends on the arguments bit by bit');
  }

  /** Of a branch. */
  #condition({ code, k }: Instruction, { a, x }: State): boolean | { node: Node } {
    const order = ORDERS.get(code);
    const b = WITH_X.has(code) ? x : k;
    // Such a diagram has a node for each value of the one: more than there is room for.
    if (typeof b !== 'number') throw malformed('it compares two arguments with each other');
    if (order === undefined) {
      const common = this.#bitwise(OP.and, a, b);
      return typeof common === 'number' ? common !== 0 : { node: this.#anyOf(common) };
    }
    if (typeof a !== 'number') return { node: this.#compare(a, b, order) };
    return holds(order, a, b);
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
    if (offset === 0) return this.from;
    if (offset === 4) return this.#arch;
    const whole = offset < 16 ? POINTER : argument((offset - 16) >> 3);
    return this.#bitsOf(half(whole, (offset % 8 === 4) !== this.#isBigEndian));
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

const holds = ({ above, below, equal }: Order, a: number, b: number): boolean =>
  (a > b ? above : a < b ? below : equal) === YES;

/** The registers that the part reads. */
function keyOf({ readsA, readsX, readsMemory }: Part, { a, x, memory }: State): string {
  const read = [readsA ? a : 0, readsX ? x : 0];
  if (readsMemory !== 0) read.push(...memory.map((word, i) => ((readsMemory >>> i) & 1 ? word : 0)));
  return read.map(word => (typeof word === 'number' ? word : `[${word.join()}]`)).join(' ');
}
