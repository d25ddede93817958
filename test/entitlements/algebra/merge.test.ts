/** What two filters come to together: the laws of a lattice, and brute force. */
import fc from '../../support/property.js';
import { describe, expect, it } from 'vitest';
import {
  ALLOW,
  errnoWord,
  KILL_THREAD,
  LOG,
  mayPermit,
  NOTIFY,
} from '../../../src/entitlements/algebra/actions.js';
import { bitsOf } from '../../../src/entitlements/algebra/call.js';
import { compareFilters } from '../../../src/entitlements/algebra/compare.js';
import { Diagrams, type Node } from '../../../src/entitlements/algebra/diagram.js';
import { mergeFilters, type Operation } from '../../../src/entitlements/algebra/merge.js';
import { objectDiagram } from '../../../src/entitlements/algebra/oci.js';
import type { SeccompObject } from '../../../src/entitlements/algebra/seccomp-object.js';
import { objectOf } from '../../../src/entitlements/algebra/to-object.js';
import { isWritError } from '../../../src/errors.js';
import { answerOf, anyCall, anyObject, loaderOf } from './rules.js';

const loader = loaderOf('crun');
const operations: readonly Operation[] = ['meet', 'join'];
const STRICTEST_FIRST = [0x80000000, KILL_THREAD, 0x00030000, errnoWord(1), errnoWord(38), LOG, ALLOW];

/** What the specification says of two answers. */
function together(operation: Operation, x: number, y: number): number {
  const [first = x, second = y] = STRICTEST_FIRST.filter(one => one === x || one === y);
  if (operation === 'meet') return first;
  return mayPermit(second) ? second : first;
}

class World {
  readonly diagrams = new Diagrams();
  of(object: SeccompObject): Node {
    return objectDiagram(this.diagrams, object, loader);
  }
  meet(a: Node, b: Node): Node {
    return mergeFilters(this.diagrams, 'meet', a, b);
  }
  join(a: Node, b: Node): Node {
    return mergeFilters(this.diagrams, 'join', a, b);
  }
}

describe.each(operations)('the %s of two filters', operation => {
  it('answers 200,000 calls as both together say', () => {
    fc.assert(
      fc.property(
        anyObject,
        anyObject,
        fc.array(anyCall, { minLength: 200, maxLength: 200 }),
        (a, b, calls) => {
          const world = new World();
          const node = world[operation](world.of(a), world.of(b));
          for (const call of calls) {
            const wanted = together(operation, answerOf(a, call), answerOf(b, call));
            expect(world.diagrams.evaluate(node, bitsOf(call))).toBe(wanted);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is idempotent, commutative and associative, answers included', () => {
    fc.assert(
      fc.property(anyObject, anyObject, anyObject, (...objects) => {
        const world = new World();
        const [a = 0, b = 0, c = 0] = objects.map(object => world.of(object));
        const merge = (x: Node, y: Node): Node => world[operation](x, y);
        expect(merge(a, a)).toBe(a);
        expect(merge(a, b)).toBe(merge(b, a));
        expect(merge(a, merge(b, c))).toBe(merge(merge(a, b), c));
      }),
      { numRuns: 300 },
    );
  });

  it('is the greatest below both, or the least above', () => {
    fc.assert(
      fc.property(anyObject, anyObject, anyObject, (...objects) => {
        const world = new World();
        const [a = 0, b = 0, c = 0] = objects.map(object => world.of(object));
        const isBelow = (x: Node, y: Node): boolean =>
          compareFilters(world.diagrams, x, y).looser === undefined;
        const both = world[operation](a, b);
        const order = (x: Node, y: Node): boolean => (operation === 'meet' ? isBelow(x, y) : isBelow(y, x));
        expect([order(both, a), order(both, b)]).toEqual([true, true]);
        const bound = world[operation](world[operation](a, b), c);
        expect(order(bound, both)).toBe(true);
        expect(order(c, both)).toBe(order(c, a) && order(c, b));
      }),
      { numRuns: 300 },
    );
  });

  it('is written as an object that says exactly it, of masks that exclude each other, in the same bytes', () => {
    fc.assert(
      fc.property(anyObject, anyObject, (a, b) => {
        const world = new World();
        const node = world[operation](world.of(a), world.of(b));
        const write = (): SeccompObject => objectOf(world.diagrams, [{ loader, node }]);
        const object = unlessTooLarge(write);
        expect(world.of(object)).toBe(node);
        expect(write()).toEqual(object);
        expectDisjoint(object);
      }),
      { numRuns: 30 },
    );
  });
});

/** About one of four is too large: others are tried in its place. */
function unlessTooLarge(write: () => SeccompObject): SeccompObject {
  try {
    return write();
  } catch (error) {
    fc.pre(!isWritError(error, 'PROFILE_TOO_LARGE'));
    throw error;
  }
}

/** Of two rules for one call there is an argument of which they want one bit differently. */
function expectDisjoint({ rules }: SeccompObject): void {
  for (const { names, conditions } of rules) {
    for (const { op, value, valueTwo } of conditions)
      expect([op, valueTwo & ~value]).toEqual(['SCMP_CMP_MASKED_EQ', 0n]);
    const others = rules.filter(one => one.conditions !== conditions && one.names[0] === names[0]);
    for (const other of others) {
      const differ = conditions.some(a =>
        other.conditions.some(
          b => a.index === b.index && ((a.valueTwo ^ b.valueTwo) & a.value & b.value) !== 0n,
        ),
      );
      if (conditions.length > 0 && other.conditions.length > 0) expect(differ).toBe(true);
    }
  }
}

describe('meet and join', () => {
  it('absorb each other, as to what is permitted', () => {
    fc.assert(
      fc.property(anyObject, anyObject, (...objects) => {
        const world = new World();
        const [a = 0, b = 0] = objects.map(object => world.of(object));
        for (const one of [world.meet(a, world.join(a, b)), world.join(a, world.meet(a, b))])
          expect(compareFilters(world.diagrams, one, a).relation).toBe('equal');
      }),
      { numRuns: 300 },
    );
  });
});

describe('what no object says exactly', () => {
  const allow = (defaultAction: number, ...rules: readonly [string, number][]): SeccompObject => ({
    defaultAction,
    architectures: [],
    rules: rules.map(([name, action]) => ({ names: [name], action, conditions: [] })),
  });
  const errorOf = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };

  it('is a call that two outside of the filters decide', () => {
    const world = new World();
    const [traced, notified] = [0x7ff00001, NOTIFY].map(word => world.of(allow(ALLOW, ['mount', word])));
    for (const operation of operations)
      expect(errorOf(() => world[operation](traced!, notified!))).toMatchObject({
        code: 'PROFILE_INEXPRESSIBLE',
      });
    expect(world.meet(traced!, traced!)).toBe(traced);
    expect(compareFilters(world.diagrams, traced!, traced!).relation).toBe('equal');
  });

  it('is an answer for numbers without a name that is none of the default', () => {
    const world = new World();
    const { diagrams } = world;
    const ghost = diagrams.test(32 + 32 - 9, diagrams.answer(ALLOW), diagrams.answer(KILL_THREAD));
    // On every architecture that there is a table for: the estimate of the size may be over the limit first.
    expect(errorOf(() => objectOf(diagrams, [{ loader, node: ghost }]))).toMatchObject({
      code: expect.stringMatching(/^PROFILE_(INEXPRESSIBLE|TOO_LARGE)$/) as string,
    });
  });

  it('is what tells calls apart by the instruction that makes them', () => {
    const world = new World();
    const { diagrams } = world;
    const pointer = diagrams.test(64 + 6 * 64 + 5, diagrams.answer(ALLOW), diagrams.answer(KILL_THREAD));
    expect(errorOf(() => objectOf(diagrams, [{ loader, node: pointer }]))).toMatchObject({
      code: 'PROFILE_INEXPRESSIBLE',
    });
  });

  it('says one object for both runtimes, or that there is none', () => {
    const world = new World();
    const loaders = [loader, loaderOf('runc')];
    const wanted = (a: SeccompObject, b: SeccompObject) =>
      loaders.map(one => ({
        loader: one,
        node: world.meet(
          ...([a, b].map(object => objectDiagram(world.diagrams, object, one)) as [Node, Node]),
        ),
      }));
    const some = allow(errnoWord(1), ['read', ALLOW], ['mount', ALLOW]);
    const other = allow(errnoWord(38), ['mount', ALLOW], ['ioctl', LOG]);
    const both = wanted(some, other);
    const object = objectOf(world.diagrams, both);
    for (const { loader: one, node } of both) expect(objectDiagram(world.diagrams, object, one)).toBe(node);
  });
});
