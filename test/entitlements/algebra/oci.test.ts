/** Diagrams of seccomp objects against rules that are read one by one: they must answer alike for every call. */
import fc from '../../support/property.js';
import { describe, expect, it } from 'vitest';
import { mayPermit } from '../../../src/entitlements/algebra/actions.js';
import { bitsOf } from '../../../src/entitlements/algebra/call.js';
import { compareFilters } from '../../../src/entitlements/algebra/compare.js';
import { Diagrams, type Node } from '../../../src/entitlements/algebra/diagram.js';
import { objectDiagram } from '../../../src/entitlements/algebra/oci.js';
import {
  readSeccompObject,
  writeSeccompObject,
  type SeccompObject,
} from '../../../src/entitlements/algebra/seccomp-object.js';
import { asObject } from '../../../src/json/read.js';
import { parseWide, wideText } from '../../../src/json/wide.js';
import { answerOf, anyCall, anyObject, loaderOf } from './rules.js';

const loader = loaderOf('crun');
const diagramOf = (diagrams: Diagrams, object: SeccompObject): Node =>
  objectDiagram(diagrams, object, loader);
const calls = fc.array(anyCall, { minLength: 200, maxLength: 200 });

describe('the diagram of a seccomp object', () => {
  it('answers 100,000 calls as its rules do, read one by one', () => {
    fc.assert(
      fc.property(anyObject, calls, (object, some) => {
        const diagrams = new Diagrams();
        const node = diagramOf(diagrams, object);
        for (const one of some) expect(diagrams.evaluate(node, bitsOf(one))).toBe(answerOf(object, one));
      }),
      { numRuns: 500 },
    );
  });

  it('is compared as 200,000 calls say, and a counterexample is one', () => {
    fc.assert(
      fc.property(anyObject, anyObject, calls, (a, b, some) => {
        const diagrams = new Diagrams();
        const [x, y] = [diagramOf(diagrams, a), diagramOf(diagrams, b)];
        const { relation, looser, stricter, answersDiffer } = compareFilters(diagrams, x, y);
        const permits = (object: SeccompObject, one: Parameters<typeof answerOf>[1]): boolean =>
          mayPermit(answerOf(object, one));
        if (some.some(one => permits(a, one) && !permits(b, one)))
          expect(relation).toBeOneOf(['superset', 'incomparable']);
        if (some.some(one => permits(b, one) && !permits(a, one)))
          expect(relation).toBeOneOf(['subset', 'incomparable']);
        if (looser) expect([permits(a, looser.call), permits(b, looser.call)]).toEqual([true, false]);
        if (stricter) expect([permits(a, stricter.call), permits(b, stricter.call)]).toEqual([false, true]);
        const isOther = some.some(
          one => answerOf(a, one) !== answerOf(b, one) && permits(a, one) === permits(b, one),
        );
        if (isOther) expect(answersDiffer).toBeDefined();
        for (const found of [looser, stricter, answersDiffer]) {
          if (!found) continue;
          expect([found.a, found.b]).toEqual([answerOf(a, found.call), answerOf(b, found.call)]);
        }
        expect(relation === 'equal' && answersDiffer === undefined).toBe(x === y);
      }),
      { numRuns: 1000 },
    );
  });

  it('does not depend on the order of the rules', () => {
    fc.assert(
      fc.property(anyObject, object => {
        const diagrams = new Diagrams();
        const turned = { ...object, rules: object.rules.toReversed() };
        expect(diagramOf(diagrams, turned)).toBe(diagramOf(diagrams, object));
      }),
    );
  });
});

describe('a seccomp object', () => {
  it('is read as it was written, with numbers of 64 bits', () => {
    fc.assert(
      fc.property(anyObject, object => {
        const text = wideText(writeSeccompObject(object));
        expect(() => JSON.parse(text) as unknown).not.toThrow();
        expect(readSeccompObject(asObject(parseWide(Buffer.from(text)), 'it'))).toEqual(object);
      }),
    );
  });
});
