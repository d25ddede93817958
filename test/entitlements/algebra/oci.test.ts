/** Diagrams of seccomp objects against rules that are read one by one: they must answer alike for every call. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errnoWord, ALLOW, KILL_THREAD } from '../../../src/entitlements/algebra/actions.js';
import { bitsOf, type Call } from '../../../src/entitlements/algebra/call.js';
import { compareFilters } from '../../../src/entitlements/algebra/compare.js';
import { Diagrams } from '../../../src/entitlements/algebra/diagram.js';
import { makeLoader } from '../../../src/entitlements/algebra/loaders.js';
import { objectDiagram } from '../../../src/entitlements/algebra/oci.js';
import { readSeccompObject } from '../../../src/entitlements/algebra/seccomp-object.js';
import type { JsonObject } from '../../../src/json/types.js';
import { catalogue } from '../catalogue.js';

const X86_64 = 0xc000003e;
const CALLS = ['read', 'mount', 'socket', 'ioctl'];
const numbers = catalogue.tables.get('amd64')!.numbers;
const loader = makeLoader(catalogue, { runtime: 'crun', arch: 'amd64', highest: Infinity });

/** Values that rules and calls have in common, on both sides of every edge. */
const VALUES = [0, 1, 4, 5, 6, 0xff, 0x5412, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 5, 2 ** 53 - 1];
const value = fc.oneof(fc.constantFrom(...VALUES), fc.maxSafeNat());
interface Condition {
  readonly index: number;
  readonly op: string;
  readonly value: number;
  readonly valueTwo: number;
}
const condition: fc.Arbitrary<Condition> = fc.record({
  index: fc.nat(5),
  op: fc.constantFrom('NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ').map(op => `SCMP_CMP_${op}`),
  value,
  valueTwo: value,
});
interface Rule {
  readonly name: string;
  readonly args: readonly Condition[];
}
/** Rules of one answer cannot contradict each other. */
const rules: fc.Arbitrary<readonly Rule[]> = fc.array(
  fc.record({ name: fc.constantFrom(...CALLS), args: fc.array(condition, { maxLength: 3 }) }),
  { maxLength: 6 },
);
const call: fc.Arbitrary<Call> = fc.record({
  arch: fc.oneof(
    { weight: 9, arbitrary: fc.constant(X86_64) },
    { weight: 1, arbitrary: fc.constant(0xc00000b7) },
  ),
  number: fc.oneof(fc.constantFrom(...CALLS.map(name => numbers.get(name)!)), fc.nat(600)),
  args: fc.array(fc.oneof(value.map(BigInt), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), {
    minLength: 6,
    maxLength: 6,
  }),
});

const objectOf = (all: readonly Rule[]): JsonObject => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: all.map(({ name, args }) => ({
    names: [name],
    action: 'SCMP_ACT_ERRNO',
    args: args.map(one => ({ ...one })),
  })),
});

function holds({ index, op, value, valueTwo }: Condition, { args }: Call): boolean {
  const [arg, a, b] = [args[index]!, BigInt(value), BigInt(valueTwo)];
  switch (op) {
    case 'SCMP_CMP_NE':
      return arg !== a;
    case 'SCMP_CMP_LT':
      return arg < a;
    case 'SCMP_CMP_LE':
      return arg <= a;
    case 'SCMP_CMP_EQ':
      return arg === a;
    case 'SCMP_CMP_GE':
      return arg >= a;
    case 'SCMP_CMP_GT':
      return arg > a;
    default:
      return (arg & a) === (b & a);
  }
}

function answer(all: readonly Rule[], one: Call): number {
  if (one.arch !== X86_64) return KILL_THREAD;
  const isRefused = all.some(({ name, args }) => {
    if (numbers.get(name) !== one.number) return false;
    const isRepeated = new Set(args.map(({ index }) => index)).size < args.length;
    return isRepeated ? args.some(arg => holds(arg, one)) : args.every(arg => holds(arg, one));
  });
  return isRefused ? errnoWord(1) : ALLOW;
}

describe('the diagram of a seccomp object', () => {
  it('answers 100,000 calls as its rules do, read one by one', () => {
    fc.assert(
      fc.property(rules, fc.array(call, { minLength: 200, maxLength: 200 }), (all, calls) => {
        const diagrams = new Diagrams();
        const node = objectDiagram(diagrams, readSeccompObject(objectOf(all)), loader);
        for (const one of calls) expect(diagrams.evaluate(node, bitsOf(one))).toBe(answer(all, one));
      }),
      { numRuns: 500 },
    );
  });

  it('is compared as 200,000 calls say, and a counterexample is one', () => {
    fc.assert(
      fc.property(rules, rules, fc.array(call, { minLength: 200, maxLength: 200 }), (a, b, calls) => {
        const diagrams = new Diagrams();
        const [x, y] = [a, b].map(all => objectDiagram(diagrams, readSeccompObject(objectOf(all)), loader));
        const { relation, looser, stricter } = compareFilters(diagrams, x!, y!);
        const isLooser = calls.some(one => answer(a, one) === ALLOW && answer(b, one) !== ALLOW);
        if (isLooser) expect(relation).toBeOneOf(['superset', 'incomparable']);
        if (looser) expect([answer(a, looser.call), answer(b, looser.call)]).toEqual([ALLOW, errnoWord(1)]);
        if (stricter)
          expect([answer(a, stricter.call), answer(b, stricter.call)]).toEqual([errnoWord(1), ALLOW]);
        expect(relation === 'equal').toBe(x === y);
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order of the rules', () => {
    fc.assert(
      fc.property(rules, all => {
        const diagrams = new Diagrams();
        const [x, y] = [all, all.toReversed()].map(some =>
          objectDiagram(diagrams, readSeccompObject(objectOf(some)), loader),
        );
        expect(x).toBe(y);
      }),
    );
  });
});
