/**
 * What a seccomp filter sees of a system call, as the bits of a diagram: `struct seccomp_data` of linux/seccomp.h. The
 * order is that of the questions: the architecture, the number, the arguments, each from its highest bit down.
 */
import { type Diagrams, NO, type Node, type Path, YES } from './diagram.js';

/** An unsigned number among the bits. */
export interface Field {
  /** The first bit to be asked for: the highest. */
  readonly first: number;
  readonly width: number;
}

export const ARGUMENTS = 6;
export const ARCH: Field = { first: 0, width: 32 };
export const NUMBER: Field = { first: 32, width: 32 };
export const argument = (index: number): Field => ({ first: 64 + 64 * index, width: 64 });
export const POINTER: Field = { first: 64 + 64 * ARGUMENTS, width: 64 };
/** Of the first bit that is neither of the architecture nor of the number. */
export const AFTER_NUMBER = 64;

/** The lower or the upper 32 bits of a field of 64. */
export const half = ({ first }: Field, upper: boolean): Field => ({
  first: upper ? first : first + 32,
  width: 32,
});

/** The place of bit `i` of a field, counted from its lowest. */
export const bitOf = ({ first, width }: Field, i: number): number => first + width - 1 - i;

/** One call, as a filter sees it. */
export interface Call {
  /** AUDIT_ARCH_*. */
  readonly arch: number;
  readonly number: number;
  /** Six, unsigned 64-bit. */
  readonly args: readonly bigint[];
}

/** The bits of a call, for {@link Diagrams.evaluate}; the instruction pointer is 0. */
export function bitsOf({ arch, number, args }: Call): (bit: number) => 0 | 1 {
  const words = [BigInt(arch >>> 0), BigInt(number >>> 0)];
  return bit => {
    if (bit < AFTER_NUMBER) return bitAt(words[bit >> 5] ?? 0n, 31 - (bit & 31));
    return bitAt(args[(bit - AFTER_NUMBER) >> 6] ?? 0n, 63 - (bit & 63));
  };
}

const bitAt = (word: bigint, i: number): 0 | 1 => (((word >> BigInt(i)) & 1n) === 1n ? 1 : 0);

/** A call that takes a path; bits that the path leaves open are 0. */
export function callOf(path: Path): Call {
  const read = (field: Field): bigint => {
    let value = 0n;
    for (let i = 0; i < field.width; i++) value |= BigInt(path.get(bitOf(field, i)) ?? 0) << BigInt(i);
    return value;
  };
  return {
    arch: Number(read(ARCH)),
    number: Number(read(NUMBER)),
    args: Array.from({ length: ARGUMENTS }, (_, i) => read(argument(i))),
  };
}

/** `(field & mask) == value`. @param value - nothing outside of `mask` is set */
export function maskedEqual(diagrams: Diagrams, field: Field, mask: bigint, value: bigint): Node {
  const no = diagrams.answer(NO);
  let node = diagrams.answer((value & ~mask) === 0n ? YES : NO);
  for (let i = 0; i < field.width; i++) {
    if (bitAt(mask, i) === 0) continue;
    const bit = bitOf(field, i);
    node = bitAt(value, i) === 1 ? diagrams.test(bit, no, node) : diagrams.test(bit, node, no);
  }
  return node;
}

/** `field < value`, both unsigned. */
export function lessThan(diagrams: Diagrams, field: Field, value: bigint): Node {
  const [yes, no] = [diagrams.answer(YES), diagrams.answer(NO)];
  if (value >> BigInt(field.width) !== 0n) return yes;
  let node = no;
  for (let i = 0; i < field.width; i++) {
    const bit = bitOf(field, i);
    node = bitAt(value, i) === 1 ? diagrams.test(bit, yes, node) : diagrams.test(bit, node, no);
  }
  return node;
}

export const not = (diagrams: Diagrams, node: Node): Node =>
  diagrams.map(node, answer => (answer === YES ? NO : YES));

/** Values of a field from `from` on, up to the next piece, and what is decided there. */
export interface Piece {
  readonly from: number;
  readonly node: Node;
}

/**
 * The diagram that answers by intervals of a field of 32 bits.
 *
 * @param pieces - ascending, the first from 0; their nodes ask for later bits only
 */
export function byInterval(diagrams: Diagrams, field: Field, pieces: readonly Piece[]): Node {
  const build = (low: number, bits: number, first: number, last: number): Node => {
    if (first === last) return pieces[first]?.node ?? 0;
    const middle = low + 2 ** (bits - 1);
    const split = lastBefore(pieces, middle, first, last);
    const upper = pieces[split + 1]?.from === middle ? split + 1 : split;
    const zero = build(low, bits - 1, first, split);
    return diagrams.test(bitOf(field, bits - 1), zero, build(middle, bits - 1, upper, last));
  };
  return build(0, field.width, 0, pieces.length - 1);
}

/** The last piece from `first` to `last` that begins before `value`. */
function lastBefore(pieces: readonly Piece[], value: number, first: number, last: number): number {
  let [low, high] = [first, last];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pieces[middle]?.from ?? Infinity) < value) low = middle;
    else high = middle - 1;
  }
  return low;
}
