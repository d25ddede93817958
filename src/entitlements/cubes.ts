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
  return cubes.reduce<Cube[]>((rest, cube) => rest.flatMap(piece => without(piece, cube)), [...from]);
}

/** True iff some vector is in both. */
export function intersects(a: Cube, b: Cube): boolean {
  return a.every(left => {
    const right = at(b, left.index);
    return ((left.value ^ right.value) & left.mask & right.mask) >>> 0 === 0;
  });
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
    return (wide.mask & ~narrow.mask) >>> 0 === 0 && ((wide.value ^ narrow.value) & wide.mask) === 0;
  });
}

/** `piece` minus `cube`: one piece for each bit that `cube` fixes and `piece` leaves open, highest first. */
function without(piece: Cube, cube: Cube): Cube[] {
  if (!intersects(piece, cube)) return [piece];
  const pieces: Cube[] = [];
  let inside = piece;
  for (const match of cube) {
    for (let bit = 31; bit >= 0; bit--) {
      const mask = (1 << bit) >>> 0;
      if ((match.mask & mask) === 0 || (at(inside, match.index).mask & mask) !== 0) continue;
      pieces.push(fix(inside, match.index, mask, ~match.value & mask));
      inside = fix(inside, match.index, mask, match.value & mask);
    }
  }
  return pieces;
}

/** `cube` with the bits of `mask` in argument `index` fixed to `value`; keeps one condition per argument. */
function fix(cube: Cube, index: number, mask: number, value: number): Cube {
  const old = at(cube, index);
  const match = { index, mask: (old.mask | mask) >>> 0, value: (old.value | value) >>> 0 };
  return [...cube.filter(other => other.index !== index), match].sort((a, b) => a.index - b.index);
}

function at(cube: Cube, index: number): Match {
  return cube.find(match => match.index === index) ?? { index, mask: 0, value: 0 };
}

function keyOf(cube: Cube): string {
  return cube.map(({ index, mask, value }) => `${index}:${hex(value)}/${hex(mask)}`).join(' ');
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');
