/**
 * Sets of system-call arguments as unions of cubes. A cube fixes some bits of some 32-bit arguments; that is
 * exactly what one seccomp rule of SCMP_CMP_MASKED_EQ conditions can say, so what is computed here is what is
 * loaded. The kernel uses the low 32 bits of an `int`: no mask reaches beyond them, so for every condition
 * permits(x) = permits(x mod 2^32).
 */
import { WritError } from '../errors.js';
import type { Cube, Match } from './model.js';

/** More than any filter has room for: what is cut by many masks can come to any number of pieces. */
const MAX_PIECES = 1 << 14;

/** Every vector of arguments. */
export const UNIVERSE: Cube = [];

/**
 * The vectors of `from` that are in none of `cubes`, as disjoint cubes: the prefix cover of the rest.
 * There is no masked NE in seccomp, so "all but" has to be said like this.
 *
 * @throws WritError PROFILE_TOO_LARGE when it comes to more than 2^14 cubes
 */
export function subtract(from: readonly Cube[], cubes: readonly Cube[]): Cube[] {
  let rest = [...from];
  for (const cube of cubes) {
    const left: Cube[] = [];
    for (const piece of rest) {
      if (intersects(piece, cube)) left.push(...without(piece, cube));
      else left.push(piece);
    }
    if (left.length > MAX_PIECES)
      throw new WritError('PROFILE_TOO_LARGE', 'conditions on one call come to too many pieces');
    rest = left;
  }
  return rest;
}

/**
 * True iff some vector is in both.
 *
 * Counted, here and in `at`: a profile is compiled by a program that has just started, where a for-of makes an object
 * for each step, and what runs often is optimised when it is over.
 */
export function intersects(a: Cube, b: Cube): boolean {
  for (let i = 0, j = 0, left = a[0], right = b[0]; left && right; left = a[i], right = b[j]) {
    if (left.index === right.index && ((left.value ^ right.value) & left.mask & right.mask) !== 0)
      return false;
    if (left.index <= right.index) i++;
    if (right.index <= left.index) j++;
  }
  return true;
}

/**
 * The same union without cubes that another one contains; `always` when nothing is left outside of it.
 *
 * @returns cubes in a fixed order, whatever the order of the input
 */
export function normalise(cubes: readonly Cube[]): readonly Cube[] | 'always' {
  if (mayCover(cubes) && subtract([UNIVERSE], cubes).length === 0) return 'always';
  const unique = new Map(cubes.map(cube => [keyOf(cube), cube]));
  const all = [...unique.values()];
  return [...unique.keys()].sort().flatMap(key => {
    const cube = unique.get(key);
    return cube === undefined || all.some(other => other !== cube && contains(other, cube)) ? [] : [cube];
  });
}

/**
 * False when the cubes are too small to hold every vector together, which spares the search for what is left. Each
 * fixed bit halves a cube; the sum is not exact, so only what is clearly too little counts.
 */
function mayCover(cubes: readonly Cube[]): boolean {
  const share = (cube: Cube): number => cube.reduce((part, { mask }) => part / 2 ** bitCount(mask), 1);
  return cubes.reduce((sum, cube) => sum + share(cube), 0) > 0.99;
}

function bitCount(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** True iff every vector of `inner` is in `outer`. */
export function contains(outer: Cube, inner: Cube): boolean {
  return outer.every(wide => {
    const narrow = at(inner, wide.index);
    return (
      narrow !== undefined &&
      (wide.mask & ~narrow.mask) === 0 &&
      ((wide.value ^ narrow.value) & wide.mask) === 0
    );
  });
}

/** `piece` minus `cube`, which meet: one piece for each bit that `cube` fixes and `piece` leaves open, highest first. */
function without(piece: Cube, cube: Cube): Cube[] {
  const pieces: Cube[] = [];
  let inside = piece;
  for (const { index, mask: fixed, value: wanted } of cube) {
    let { mask, value } = at(piece, index) ?? { mask: 0, value: 0 };
    for (let open = (fixed & ~mask) >>> 0; open !== 0;) {
      const bit = highestBit(open);
      mask = (mask | bit) >>> 0;
      pieces.push(withMatch(inside, { index, mask, value: (value | (~wanted & bit)) >>> 0 }));
      value = (value | (wanted & bit)) >>> 0;
      open = (open & ~bit) >>> 0;
    }
    inside = withMatch(inside, { index, mask, value });
  }
  return pieces;
}

const highestBit = (word: number): number => (1 << (31 - Math.clz32(word))) >>> 0;

/** `cube` with `match` in place of what it says of that argument; keeps the conditions in the order of arguments. */
function withMatch(cube: Cube, match: Match): Cube {
  const after = cube.findIndex(other => other.index >= match.index);
  if (after < 0) return [...cube, match];
  return cube.toSpliced(after, cube[after]?.index === match.index ? 1 : 0, match);
}

function at(cube: Cube, index: number): Match | undefined {
  for (let i = 0; i < cube.length; i++) {
    if (cube[i]?.index === index) return cube[i];
  }
  return undefined;
}

function keyOf(cube: Cube): string {
  return cube.map(({ index, mask, value }) => `${index}:${hex(value)}/${hex(mask)}`).join(' ');
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');
