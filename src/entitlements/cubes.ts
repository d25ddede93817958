/**
 * Sets of system-call arguments as unions of cubes. A cube fixes some bits of some 32-bit arguments; that is
 * exactly what one seccomp rule of SCMP_CMP_MASKED_EQ conditions can say, so what is computed here is what is
 * loaded. The kernel uses the low 32 bits of an `int`: no mask reaches beyond them, so for every condition
 * permits(x) = permits(x mod 2^32).
 */
import type { Cube, Match } from './model.js';

/** Every vector of arguments. */
export const UNIVERSE: Cube = [];

/**
 * The vectors of `from` that are in none of `cubes`, as disjoint cubes: the prefix cover of the rest.
 * There is no masked NE in seccomp, so "all but" has to be said like this.
 */
export function subtract(from: readonly Cube[], cubes: readonly Cube[]): Cube[] {
  let rest = [...from];
  for (const cube of cubes) {
    if (!rest.some(piece => intersects(piece, cube))) continue;
    rest = rest.flatMap(piece => (intersects(piece, cube) ? without(piece, cube) : [piece]));
  }
  return rest;
}

/** True iff some vector is in both. */
export function intersects(a: Cube, b: Cube): boolean {
  for (const left of a) {
    for (const right of b) {
      if (left.index === right.index && ((left.value ^ right.value) & left.mask & right.mask) !== 0)
        return false;
    }
  }
  return true;
}

/**
 * The same union without cubes that another one contains; `always` when nothing is left outside of it.
 *
 * @returns cubes in a fixed order, whatever the order of the input
 */
export function normalise(cubes: readonly Cube[]): readonly Cube[] | 'always' {
  if (subtract([UNIVERSE], cubes).length === 0) return 'always';
  const unique = [...new Map(cubes.map(cube => [keyOf(cube), cube])).values()];
  return unique
    .filter(cube => !unique.some(other => other !== cube && contains(other, cube)))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
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
  for (const { index, mask, value } of cube) {
    for (let open = (mask & ~(at(inside, index)?.mask ?? 0)) >>> 0; open !== 0;) {
      const bit = highestBit(open);
      pieces.push(fix(inside, index, bit, ~value & bit));
      inside = fix(inside, index, bit, value & bit);
      open = (open & ~bit) >>> 0;
    }
  }
  return pieces;
}

const highestBit = (word: number): number => (1 << (31 - Math.clz32(word))) >>> 0;

/** `cube` with one more bit of argument `index` fixed; keeps one condition per argument, in their order. */
function fix(cube: Cube, index: number, bit: number, value: number): Cube {
  const old = at(cube, index);
  const match = {
    index,
    mask: ((old?.mask ?? 0) | bit) >>> 0,
    value: ((old?.value ?? 0) | value) >>> 0,
  };
  if (old) return cube.map(other => (other === old ? match : other));
  const after = cube.findIndex(other => other.index > index);
  return after < 0 ? [...cube, match] : cube.toSpliced(after, 0, match);
}

function at(cube: Cube, index: number): Match | undefined {
  for (const match of cube) if (match.index === index) return match;
  return undefined;
}

function keyOf(cube: Cube): string {
  return cube.map(({ index, mask, value }) => `${index}:${hex(value)}/${hex(mask)}`).join(' ');
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');
