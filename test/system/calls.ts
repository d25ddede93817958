/** Calls that filters are tried with, and what comes back of them. */
import { KILL_THREAD, mayPermit } from '../../src/entitlements/algebra/actions.js';
import type { Cube } from '../../src/entitlements/model.js';
import type { Profile } from '../../src/entitlements/profile.js';

export interface TriedCall {
  readonly number: number;
  /** Unsigned 64-bit. */
  readonly args: readonly bigint[];
}

/** All that tables have, and more. */
export const NUMBERS = Array.from({ length: 512 }, (_, number) => number);
export const BEYOND = [
  ...[512, 547, 1023, 4096, 0x3fffffff, 0x7fffffff, 0x80000000, 0xc0000000],
  ...[0xfffffffe, 0xffffffff],
];
export const ONES = 0xffff_ffff_ffff_ffffn;

/** The errno of a call that a filter permits, behind another that makes none of them (`programs/outer.c`). */
export const MARKED = 4000;

const SIGSYS = 31;
const KILL_PROCESS = 0x80000000;

/** What comes back of a call that a filter answers with `word`: an errno, or minus the signal that ends who tries it. */
export function cameBack(word: number): number {
  if (word === KILL_THREAD || word === KILL_PROCESS) return -SIGSYS;
  return mayPermit(word) ? MARKED : word & 0xffff;
}

/** Each call of which a part is permitted, with arguments at the edges of each part; `numbers` are those of a table. */
export const callsAtEdges = (profile: Profile, numbers: ReadonlyMap<string, number>): TriedCall[] =>
  profile.parts.calls.flatMap(({ name, permits, refuses }) => {
    const number = numbers.get(name);
    if (number === undefined || typeof permits === 'string') return [];
    return [...permits, ...refuses].flatMap(edges).map(args => ({ number, args }));
  });

/** Arguments in a cube, and beside it: each fixed bit flipped, each higher one set, and all of them. */
function edges(cube: Cube): bigint[][] {
  const inside = [0n, 0n, 0n, 0n, 0n];
  for (const { index, value } of cube) inside[index] = BigInt(value >>> 0);
  const beside = (index: number, change: (word: bigint) => bigint): bigint[] =>
    inside.with(index, change(inside[index] ?? 0n));
  return [
    inside,
    ...cube.flatMap(({ index, mask }) => [
      ...bitsIn(mask).map(bit => beside(index, word => word ^ bit)),
      ...[1n << 32n, 1n << 63n, 0xffff_ffffn << 32n].map(high => beside(index, word => word | high)),
      beside(index, () => ONES),
    ]),
  ];
}

const bitsIn = (mask: number): bigint[] =>
  Array.from({ length: 32 }, (_, i) => 1n << BigInt(i)).filter(bit => (BigInt(mask >>> 0) & bit) !== 0n);
