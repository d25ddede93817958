import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { contains, intersects, normalise, subtract, UNIVERSE } from '../../src/entitlements/cubes.js';
import type { Cube, Match } from '../../src/entitlements/model.js';

const holds = (cube: Cube, args: readonly number[]): boolean =>
  cube.every(({ index, mask, value }) => (args[index]! & mask) >>> 0 === value);
const within = (cubes: readonly Cube[], args: readonly number[]): boolean =>
  cubes.some(cube => holds(cube, args));

/** Few bits of few arguments, so that random points meet random cubes; bit 31 is there to catch signs. */
const BITS = [0x80000000, 8, 4, 1];
const word = fc.subarray(BITS).map(bits => bits.reduce((sum, bit) => sum + bit, 0));
const match = (index: number): fc.Arbitrary<Match> =>
  fc.tuple(word, word).map(([mask, bits]) => ({ index, mask, value: (bits & mask) >>> 0 }));
const cube: fc.Arbitrary<Cube> = fc
  .tuple(fc.option(match(0)), fc.option(match(2)))
  .map(parts => parts.filter((part): part is Match => part !== null && part.mask !== 0));
const cubes = fc.array(cube, { maxLength: 5 });
const points: number[][] = [];
const words = Array.from({ length: 16 }, (_, i) =>
  BITS.reduce((sum, bit, b) => sum + ((i >> b) & 1) * bit, 0),
);
for (const a of words) for (const b of words) points.push([a, 0, b]);

describe('subtract', () => {
  it('is set difference at every point, in pieces that are disjoint and test each argument once', () => {
    fc.assert(
      fc.property(cubes, cubes, (from, taken) => {
        const rest = subtract([...from.slice(0, 1)], taken);
        for (const point of points) {
          const expected = within(from.slice(0, 1), point) && !within(taken, point);
          expect(rest.filter(piece => holds(piece, point)).length).toBe(expected ? 1 : 0);
        }
        for (const piece of rest) {
          const indices = piece.map(({ index }) => index);
          expect(indices).toEqual([...new Set(indices)].sort());
          for (const { mask, value } of piece) expect([mask >>> 0, value >>> 0]).toEqual([mask, value]);
        }
      }),
    );
  });

  it('covers all but one value by 32 prefixes', () => {
    const rest = subtract([UNIVERSE], [[{ index: 1, mask: 0xffffffff, value: 0x5412 }]]);
    expect(rest).toHaveLength(32);
    expect(rest[0]).toEqual([{ index: 1, mask: 0x80000000, value: 0x80000000 }]);
    expect(rest[31]).toEqual([{ index: 1, mask: 0xffffffff, value: 0x5413 }]);
  });

  it('leaves nothing of a cube without itself, and all without nothing', () => {
    expect(subtract([UNIVERSE], [UNIVERSE])).toEqual([]);
    expect(subtract([UNIVERSE], [])).toEqual([UNIVERSE]);
  });
});

describe('intersects and contains', () => {
  it('agree with the points', () => {
    fc.assert(
      fc.property(cube, cube, (a, b) => {
        expect(intersects(a, b)).toBe(points.some(point => holds(a, point) && holds(b, point)));
        expect(contains(a, b)).toBe(points.every(point => !holds(b, point) || holds(a, point)));
      }),
    );
  });
});

describe('normalise', () => {
  it('keeps the union, drops what another cube contains, and does not depend on order', () => {
    fc.assert(
      fc.property(cubes, list => {
        const result = normalise(list);
        expect(normalise([...list].reverse())).toEqual(result);
        const union = result === 'always' ? [UNIVERSE] : result;
        for (const point of points) expect(within(union, point)).toBe(within(list, point));
        expect(result === 'always').toBe(points.every(point => within(list, point)));
      }),
    );
  });

  it('finds that two halves are the whole', () => {
    const half = (value: number): Cube => [{ index: 0, mask: 4, value }];
    expect(normalise([half(0), half(4)])).toBe('always');
    expect(normalise([half(0), half(0)])).toEqual([half(0)]);
  });
});
