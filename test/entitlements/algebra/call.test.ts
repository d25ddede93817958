/** What a filter sees of a call, bit by bit, and diagrams that test it: against numbers that are compared as numbers. */
import fc from '../../support/property.js';
import { describe, expect, it } from 'vitest';
import {
  ARCH,
  argument,
  bitOf,
  bitsOf,
  byInterval,
  callOf,
  half,
  lessThan,
  maskedEqual,
  not,
  NUMBER,
  POINTER,
  type Call,
  type Field,
} from '../../../src/entitlements/algebra/call.js';
import { coverOf } from '../../../src/entitlements/algebra/cover.js';
import { Diagrams, NO, YES, type Node, type Path } from '../../../src/entitlements/algebra/diagram.js';

const ONES = 2n ** 64n - 1n;
const wide = fc.oneof(
  fc.constantFrom(0n, 1n, 5n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, ONES),
  fc.bigInt({ min: 0n, max: ONES }),
);
const callWith = (arg: bigint): Call => ({ arch: 0, number: 0, args: [0n, 0n, arg, 0n, 0n, 0n] });
const says = (diagrams: Diagrams, node: Node, arg: bigint): boolean =>
  diagrams.evaluate(node, bitsOf(callWith(arg))) === YES;

describe('a call', () => {
  const call: Call = {
    arch: 0xc000003e,
    number: 0x80000001,
    args: [1n, ONES, 2n ** 63n, 2n ** 32n, 0x0123456789abcdefn, 0n],
  };

  it('is read back from its bits', () => {
    const bits = bitsOf(call);
    const path: Path = new Map(Array.from({ length: 64 + 6 * 64 }, (_, bit) => [bit, bits(bit)]));
    expect(callOf(path)).toEqual(call);
    expect(callOf(new Map())).toEqual({ arch: 0, number: 0, args: [0n, 0n, 0n, 0n, 0n, 0n] });
    expect(bits(POINTER.first + 3)).toBe(0);
  });

  it('has its fields one after the other, the highest bit first', () => {
    const fields = [ARCH, NUMBER, ...[0, 1, 2, 3, 4, 5].map(argument), POINTER];
    let next = 0;
    for (const field of fields) {
      expect([field.first, bitOf(field, field.width - 1), bitOf(field, 0)]).toEqual([
        ...[next, next, next + field.width - 1],
      ]);
      next += field.width;
    }
    expect(half(argument(0), true)).toEqual({ first: 64, width: 32 });
    expect(half(argument(0), false)).toEqual({ first: 96, width: 32 });
  });
});

describe('tests of an argument', () => {
  const low = half(argument(2), false);
  const fieldOf = (isLow: boolean): Field => (isLow ? low : argument(2));
  const seen = (isLow: boolean, arg: bigint): bigint => (isLow ? arg & 0xffffffffn : arg);

  it('a mask and a value', () => {
    fc.assert(
      fc.property(wide, wide, wide, fc.boolean(), (mask, value, arg, isLow) => {
        const diagrams = new Diagrams();
        const own = seen(isLow, mask);
        const node = maskedEqual(diagrams, fieldOf(isLow), own, value & own);
        expect(says(diagrams, node, arg)).toBe((arg & own) === (value & own));
        expect(says(diagrams, node, value)).toBe(true);
        expect(says(diagrams, not(diagrams, node), arg)).toBe((arg & own) !== (value & own));
      }),
    );
  });

  it('nothing has a bit that its mask leaves out', () => {
    const diagrams = new Diagrams();
    expect(maskedEqual(diagrams, argument(0), 1n, 2n)).toBe(diagrams.answer(NO));
    expect(maskedEqual(diagrams, argument(0), 0n, 0n)).toBe(diagrams.answer(YES));
  });

  it('less than', () => {
    fc.assert(
      fc.property(wide, wide, fc.boolean(), (value, arg, isLow) => {
        const diagrams = new Diagrams();
        const node = lessThan(diagrams, fieldOf(isLow), value);
        for (const each of [arg, value, value - 1n, value + 1n].filter(one => one >= 0n && one <= ONES))
          expect(says(diagrams, node, each)).toBe(seen(isLow, each) < value);
      }),
    );
  });

  it('all is less than what does not fit, nothing less than 0', () => {
    const diagrams = new Diagrams();
    expect(lessThan(diagrams, argument(0), ONES + 1n)).toBe(diagrams.answer(YES));
    expect(lessThan(diagrams, low, 2n ** 32n)).toBe(diagrams.answer(YES));
    expect(lessThan(diagrams, low, 2n ** 32n - 1n)).not.toBe(diagrams.answer(YES));
    expect(lessThan(diagrams, argument(0), 0n)).toBe(diagrams.answer(NO));
  });
});

describe('intervals of a field', () => {
  it('answer as the last piece that begins at or before a value', () => {
    const start = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(1, 2, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1));
    fc.assert(
      fc.property(fc.uniqueArray(start, { maxLength: 12 }), starts => {
        const diagrams = new Diagrams();
        const froms = [...new Set([0, ...starts])].sort((a, b) => a - b);
        const pieces = froms.map((from, i) => ({ from, node: diagrams.answer(i + 10) }));
        const node = byInterval(diagrams, NUMBER, pieces);
        for (const from of froms) {
          for (const number of [from - 1, from, from + 1].filter(one => one >= 0 && one < 2 ** 32)) {
            const wanted = froms.findLastIndex(one => one <= number) + 10;
            expect(diagrams.evaluate(node, bitsOf({ arch: 0, number, args: [] }))).toBe(wanted);
          }
        }
      }),
    );
  });
});

describe('what a diagram decides about arguments', () => {
  const refused = (code: string): object => expect.objectContaining({ code });

  it('is said in cubes that exclude each other, without those of the rest', () => {
    const diagrams = new Diagrams();
    const inner = maskedEqual(diagrams, argument(5), 3n, 2n);
    const node = diagrams.choose(
      maskedEqual(diagrams, argument(0), 2n ** 63n, 2n ** 63n),
      diagrams.map(inner, answer => (answer === YES ? 9 : 8)),
      diagrams.answer(7),
    );
    const first = { index: 0, mask: 2n ** 63n, value: 2n ** 63n };
    expect(coverOf(diagrams, node, 7)).toEqual([
      { answer: 8, cube: [first, { index: 5, mask: 2n, value: 0n }] },
      { answer: 9, cube: [first, { index: 5, mask: 3n, value: 2n }] },
      { answer: 8, cube: [first, { index: 5, mask: 3n, value: 3n }] },
    ]);
    expect(coverOf(diagrams, node, 8).map(({ answer }) => answer)).toEqual([7, 9]);
    expect(coverOf(diagrams, diagrams.answer(7), 7)).toEqual([]);
    expect(coverOf(diagrams, diagrams.answer(6), 7)).toEqual([{ answer: 6, cube: [] }]);
  });

  it('is no question for the instruction pointer, at any of its bits', () => {
    const diagrams = new Diagrams();
    const ask = (bit: number): Node => diagrams.test(bit, diagrams.answer(1), diagrams.answer(2));
    for (const bit of [POINTER.first, POINTER.first + 63])
      expect(() => coverOf(diagrams, ask(bit), 1)).toThrow(refused('PROFILE_INEXPRESSIBLE'));
    expect(coverOf(diagrams, ask(POINTER.first - 1), 1)).toEqual([
      { answer: 2, cube: [{ index: 5, mask: 1n, value: 1n }] },
    ]);
  });

  it('is no longer than what the kernel loads', () => {
    const diagrams = new Diagrams();
    /** Whether the argument has an odd number of ones among its lowest bits: half of all ways end there. */
    const parity = (bits: number): Node => {
      let [even, odd] = [diagrams.answer(NO), diagrams.answer(YES)];
      for (let i = 0; i < bits; i++) {
        const bit = bitOf(argument(0), i);
        [even, odd] = [diagrams.test(bit, even, odd), diagrams.test(bit, odd, even)];
      }
      return even;
    };
    expect(coverOf(diagrams, parity(13), NO)).toHaveLength(4096);
    expect(() => coverOf(diagrams, parity(14), NO)).toThrow(refused('PROFILE_TOO_LARGE'));
  });
});
