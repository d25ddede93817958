/**
 * Ordered decision diagrams: a function from bits to answers as a graph that asks for one bit after the other, in one
 * fixed order, each question once. Two functions are equal iff their nodes are the same, so that whatever is found out
 * by walking a diagram is exact. R. E. Bryant, "Graph-Based Algorithms for Boolean Function Manipulation" (1986), with
 * answers that are any 32-bit words, as seccomp's are.
 */
import { WritError } from '../../errors.js';

/** A node of one {@link Diagrams}; it means nothing in another. */
export type Node = number;

/** Of a boolean diagram. */
export const NO = 0;
export const YES = 1;

/** Which way each bit goes on one path from the root; bits that are not asked for are left out. */
export type Path = ReadonlyMap<number, 0 | 1>;

/** Below all bits: answers ask for none. */
const ANSWER = 0x7fff_ffff;
const MAX_NODES = 1 << 21;
/** About half a minute. Real profiles ask for a thousandth of it; hostile ones could ask for more than there is time. */
const MAX_WORK = 1 << 27;
/** What a step of a walk costs that is remembered: as much as so many questions. */
const STEP = 8;
const NONE = -1;

/** Nodes are kept once each, so that equal ones are the same number. */
export class Diagrams {
  #bits = new Int32Array(1024);
  /** Of answers: the answer itself. */
  #zero = new Int32Array(1024);
  #one = new Int32Array(1024);
  #size = 0;
  /** Open addressing: node + 1, or 0 for a free place. */
  #table = new Int32Array(4096);
  #work: number;

  /** @param work - how much may be done with it: 1 for a node that is asked for, more for what takes longer */
  constructor(work: number = MAX_WORK) {
    this.#work = work;
  }

  /**
   * Counts what somebody does beside asking for nodes, so that whatever is asked of a hostile profile comes to an end.
   *
   * @throws WritError PROFILE_TOO_LARGE when more was done than may be
   */
  spend(work: number): void {
    this.#work -= work;
    if (this.#work < 0) throw new WritError('PROFILE_TOO_LARGE', 'the profile takes too long to understand');
  }

  /** How many nodes there are: a measure of the work. */
  get size(): number {
    return this.#size;
  }

  /** The constant. @param value - a 32-bit word, unsigned */
  answer(value: number): Node {
    return this.#unique(ANSWER, value | 0, 0);
  }

  /**
   * `one` where `bit` is set, else `zero`. Neither may ask for `bit` or one before it.
   *
   * @throws WritError PROFILE_TOO_LARGE when there are more than 2^21 nodes
   */
  test(bit: number, zero: Node, one: Node): Node {
    return zero === one ? zero : this.#unique(bit, zero, one);
  }

  /** The diagram in which every answer `x` is `change(x)`. @throws WritError PROFILE_TOO_LARGE */
  map(node: Node, change: (answer: number) => number): Node {
    const done = new Map<Node, Node>();
    const walk = (at: Node): Node => {
      const known = done.get(at);
      if (known !== undefined) return known;
      this.spend(STEP);
      const made = this.#isAnswer(at)
        ? this.answer(change(this.#valueOf(at)))
        : this.test(this.#bitOf(at), walk(this.#zeroOf(at)), walk(this.#oneOf(at)));
      done.set(at, made);
      return made;
    };
    return walk(node);
  }

  /** The diagram whose answer is `join(x, y)` where `a` answers x and `b` answers y. @throws WritError PROFILE_TOO_LARGE */
  combine(a: Node, b: Node, join: (x: number, y: number) => number): Node {
    const done = new Map<number, Node>();
    const walk = (x: Node, y: Node): Node => {
      const bit = Math.min(this.#bitOf(x), this.#bitOf(y));
      if (bit === ANSWER) return this.answer(join(this.#valueOf(x), this.#valueOf(y)));
      const key = x * MAX_NODES + y;
      const known = done.get(key);
      if (known !== undefined) return known;
      this.spend(STEP);
      const [x0, x1] = this.#bitOf(x) === bit ? [this.#zeroOf(x), this.#oneOf(x)] : [x, x];
      const [y0, y1] = this.#bitOf(y) === bit ? [this.#zeroOf(y), this.#oneOf(y)] : [y, y];
      const made = this.test(bit, walk(x0, y0), walk(x1, y1));
      done.set(key, made);
      return made;
    };
    return walk(a, b);
  }

  /** `yes` where the boolean diagram `condition` says so, else `no`. @throws WritError PROFILE_TOO_LARGE */
  choose(condition: Node, yes: Node, no: Node): Node {
    if (this.#isAnswer(condition)) return this.#valueOf(condition) === YES ? yes : no;
    if (yes === no) return yes;
    const done = new Map<number, Map<Node, Node>>();
    const walk = (c: Node, x: Node, y: Node): Node => {
      if (x === y) return x;
      if (this.#isAnswer(c)) return this.#valueOf(c) === YES ? x : y;
      const known = done.get(c * MAX_NODES + x)?.get(y);
      if (known !== undefined) return known;
      this.spend(STEP);
      const bit = Math.min(this.#bitOf(c), this.#bitOf(x), this.#bitOf(y));
      const side = (at: Node, one: boolean): Node => {
        if (this.#bitOf(at) !== bit) return at;
        return one ? this.#oneOf(at) : this.#zeroOf(at);
      };
      const half = (one: boolean): Node => walk(side(c, one), side(x, one), side(y, one));
      const made = this.test(bit, half(false), half(true));
      const row = done.get(c * MAX_NODES + x) ?? new Map<Node, Node>();
      done.set(c * MAX_NODES + x, row.set(y, made));
      return made;
    };
    return walk(condition, yes, no);
  }

  /** What the diagram answers where the bits are as `value` says. */
  evaluate(node: Node, value: (bit: number) => 0 | 1): number {
    let at = node;
    while (!this.#isAnswer(at)) at = value(this.#bitOf(at)) === 1 ? this.#oneOf(at) : this.#zeroOf(at);
    return this.#valueOf(at);
  }

  /** A path to an answer that is `wanted`, the first in the order of the bits; undefined when there is none. */
  find(node: Node, wanted: (answer: number) => boolean): Path | undefined {
    const barren = new Set<Node>();
    const path = new Map<number, 0 | 1>();
    const walk = (at: Node): boolean => {
      if (barren.has(at)) return false;
      if (this.#isAnswer(at)) return wanted(this.#valueOf(at));
      const bit = this.#bitOf(at);
      for (const [way, next] of [
        [0, this.#zeroOf(at)],
        [1, this.#oneOf(at)],
      ] as const) {
        path.set(bit, way);
        if (walk(next)) return true;
      }
      path.delete(bit);
      barren.add(at);
      return false;
    };
    return walk(node) ? path : undefined;
  }

  /** Every answer that some bits lead to. */
  answers(node: Node): Set<number> {
    const found = new Set<number>();
    const seen = new Set<Node>();
    const walk = (at: Node): void => {
      if (seen.has(at)) return;
      seen.add(at);
      this.spend(1);
      if (this.#isAnswer(at)) {
        found.add(this.#valueOf(at));
        return;
      }
      walk(this.#zeroOf(at));
      walk(this.#oneOf(at));
    };
    walk(node);
    return found;
  }

  /** The diagram where the bits before `from` are as `value` says: what is left asks for later ones only. */
  follow(node: Node, from: number, value: (bit: number) => 0 | 1): Node {
    let at = node;
    while (this.#bitOf(at) < from) at = value(this.#bitOf(at)) === 1 ? this.#oneOf(at) : this.#zeroOf(at);
    return at;
  }

  /** The bit that `node` asks for, and where it goes then; undefined for an answer. */
  question(node: Node): { bit: number; zero: Node; one: Node } | undefined {
    if (this.#isAnswer(node)) return undefined;
    return { bit: this.#bitOf(node), zero: this.#zeroOf(node), one: this.#oneOf(node) };
  }

  #isAnswer(node: Node): boolean {
    return this.#bitOf(node) === ANSWER;
  }

  #bitOf(node: Node): number {
    return this.#bits[node] ?? ANSWER;
  }

  #zeroOf(node: Node): Node {
    return this.#zero[node] ?? 0;
  }

  #oneOf(node: Node): Node {
    return this.#one[node] ?? 0;
  }

  #valueOf(node: Node): number {
    return (this.#zero[node] ?? 0) >>> 0;
  }

  #unique(bit: number, zero: number, one: number): Node {
    this.spend(1);
    const mask = this.#table.length - 1;
    for (let place = hash(bit, zero, one) & mask; ; place = (place + 1) & mask) {
      const node = (this.#table[place] ?? 0) - 1;
      if (node === NONE) return this.#add(place, bit, zero, one);
      if (this.#bits[node] === bit && this.#zero[node] === zero && this.#one[node] === one) return node;
    }
  }

  #add(place: number, bit: number, zero: number, one: number): Node {
    if (this.#size >= MAX_NODES)
      throw new WritError('PROFILE_TOO_LARGE', `the profile needs more than ${MAX_NODES} decisions`);
    const node = this.#size++;
    if (node === this.#bits.length) this.#grow();
    this.#bits[node] = bit;
    this.#zero[node] = zero;
    this.#one[node] = one;
    this.#table[place] = node + 1;
    if (this.#size * 2 > this.#table.length) this.#rehash();
    return node;
  }

  #grow(): void {
    const longer = (words: Int32Array): Int32Array<ArrayBuffer> => {
      const copy = new Int32Array(words.length * 2);
      copy.set(words);
      return copy;
    };
    this.#bits = longer(this.#bits);
    this.#zero = longer(this.#zero);
    this.#one = longer(this.#one);
  }

  #rehash(): void {
    const table = new Int32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (let node = 0; node < this.#size; node++) {
      let place = hash(this.#bits[node] ?? 0, this.#zero[node] ?? 0, this.#one[node] ?? 0) & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = node + 1;
    }
    this.#table = table;
  }
}

function hash(bit: number, zero: number, one: number): number {
  let mixed = Math.imul(bit, 0x9e3779b1) ^ Math.imul(zero, 0x85ebca6b) ^ Math.imul(one, 0xc2b2ae35);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
