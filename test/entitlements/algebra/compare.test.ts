/** Two filters compared, answer by answer: what a tracer or a listener decides counts against who leaves it to them. */
import { describe, expect, it } from 'vitest';
import { ALLOW, errnoWord, KILL_THREAD, LOG, NOTIFY } from '../../../src/entitlements/algebra/actions.js';
import { argument, maskedEqual, NUMBER } from '../../../src/entitlements/algebra/call.js';
import {
  answerDifferences,
  compareFilters,
  together,
  type Relation,
} from '../../../src/entitlements/algebra/compare.js';
import { Diagrams, type Node } from '../../../src/entitlements/algebra/diagram.js';
import { mergeFilters } from '../../../src/entitlements/algebra/merge.js';

const TRACE = 0x7ff00001;
const OTHER_TRACE = 0x7ff00002;
const [EPERM, ENOSYS] = [errnoWord(1), errnoWord(38)];

describe('all calls', () => {
  it.each<[string, number, number, Relation, boolean]>([
    ['allow and allow', ALLOW, ALLOW, 'equal', false],
    ['allow and log', ALLOW, LOG, 'equal', true],
    ['allow and errno', ALLOW, EPERM, 'superset', false],
    ['log and kill', LOG, KILL_THREAD, 'superset', false],
    ['two errnos', EPERM, ENOSYS, 'equal', true],
    ['trace and errno', TRACE, EPERM, 'superset', false],
    ['trace and allow', TRACE, ALLOW, 'subset', true],
    ['notify and log', NOTIFY, LOG, 'subset', true],
    ['one tracer', TRACE, TRACE, 'equal', false],
    ['two tracers', TRACE, OTHER_TRACE, 'incomparable', true],
    ['trace and notify', TRACE, NOTIFY, 'incomparable', true],
  ])('%s', (_, x, y, relation, answersDiffer) => {
    const diagrams = new Diagrams();
    const [a, b] = [diagrams.answer(x), diagrams.answer(y)];
    const turned = { subset: 'superset', superset: 'subset', equal: 'equal', incomparable: 'incomparable' };
    const found = compareFilters(diagrams, a, b);
    expect([found.relation, found.answersDiffer !== undefined]).toEqual([relation, answersDiffer]);
    expect(compareFilters(diagrams, b, a).relation).toBe(turned[relation]);
    for (const each of [found.looser, found.stricter, found.answersDiffer])
      if (each !== undefined) expect([each.a, each.b]).toEqual([x, y]);
    expect([found.looser !== undefined, found.stricter !== undefined]).toEqual([
      relation === 'superset' || relation === 'incomparable',
      relation === 'subset' || relation === 'incomparable',
    ]);
  });
});

it('what holds under several loaders holds together', () => {
  const all: Relation[] = ['equal', 'subset', 'superset', 'incomparable'];
  expect(all.map(one => together([one]))).toEqual(all);
  expect(all.map(one => together(['equal', one]))).toEqual(all);
  expect(all.map(one => together([one, 'subset']))).toEqual([
    ...['subset', 'subset', 'incomparable', 'incomparable'],
  ]);
  expect(all.map(one => together(['superset', one]))).toEqual([
    ...['superset', 'incomparable', 'superset', 'incomparable'],
  ]);
  expect(together([])).toBe('equal');
});

describe('the calls that are answered differently', () => {
  const diagrams = new Diagrams();
  /** `yes` where the call is this one and its second argument is 7, else `no`. */
  const tested = (number: number, yes: number, no: number): Node => {
    const isIt = diagrams.combine(
      maskedEqual(diagrams, NUMBER, 0xffffffffn, BigInt(number)),
      maskedEqual(diagrams, argument(1), 2n ** 64n - 1n, 7n),
      (x, y) => x & y,
    );
    return diagrams.map(isIt, answer => (answer === 1 ? yes : no));
  };
  const numbers = new Map([
    [5, [1, 2]],
    [6, [2]],
  ]);

  it('are found one for each number, on each architecture', () => {
    const found = answerDifferences(diagrams, tested(2, EPERM, ALLOW), tested(2, ENOSYS, ALLOW), numbers);
    const args = [0n, 7n, 0n, 0n, 0n, 0n];
    expect(found).toEqual([
      { call: { arch: 5, number: 2, args }, a: EPERM, b: ENOSYS },
      { call: { arch: 6, number: 2, args }, a: EPERM, b: ENOSYS },
    ]);
  });

  it('are none where one is permitted and the other is not', () => {
    expect(answerDifferences(diagrams, tested(2, EPERM, ALLOW), tested(2, ALLOW, ALLOW), numbers)).toEqual(
      [],
    );
    expect(answerDifferences(diagrams, tested(3, EPERM, ALLOW), tested(3, ENOSYS, ALLOW), numbers)).toEqual(
      [],
    );
  });
});

describe('two filters as one', () => {
  const words = [ALLOW, LOG, TRACE, NOTIFY, ENOSYS, EPERM, 0x00030000, KILL_THREAD, 0x80000000];
  const merged = (operation: 'meet' | 'join', x: number, y: number): number | string => {
    const diagrams = new Diagrams();
    try {
      const node = mergeFilters(diagrams, operation, diagrams.answer(x), diagrams.answer(y));
      return diagrams.evaluate(node, () => 0);
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('answer as the kernel does where both are loaded: from kill-process to allow', () => {
    const byKernel = (x: number, y: number): number => (words.indexOf(x) > words.indexOf(y) ? x : y);
    for (const x of words)
      for (const y of words) {
        if ([x, y].sort().join() === [TRACE, NOTIFY].sort().join()) continue;
        const [a, b] = [x, y].map(word => (word === EPERM || word === ENOSYS ? 'errno' : 'other'));
        const wanted = a === 'errno' && b === 'errno' ? Math.min(x, y) : byKernel(x, y);
        expect([x, y, merged('meet', x, y)]).toEqual([x, y, wanted]);
      }
  });

  it('permit together what one permits, and refuse as the stricter', () => {
    expect(merged('join', ALLOW, TRACE)).toBe(ALLOW);
    expect(merged('join', TRACE, EPERM)).toBe(TRACE);
    expect(merged('join', KILL_THREAD, LOG)).toBe(LOG);
    expect(merged('join', EPERM, ENOSYS)).toBe(EPERM);
    expect(merged('join', 0x80000000, ENOSYS)).toBe(0x80000000);
    expect(merged('join', NOTIFY, NOTIFY)).toBe(NOTIFY);
  });

  it('cannot both ask somebody', () => {
    const message = 'one call is for trace 1 in one profile, for notify in the other';
    expect([merged('meet', TRACE, NOTIFY), merged('join', TRACE, NOTIFY)]).toEqual([message, message]);
    expect(merged('join', TRACE, OTHER_TRACE)).toBe(
      'one call is for trace 1 in one profile, for trace 2 in the other',
    );
  });
});
