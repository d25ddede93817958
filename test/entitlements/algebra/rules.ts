/** Any seccomp objects, any calls, and what the one answers the other, found by reading its rules one by one. */
import fc from '../../support/property.js';
import { ALLOW, errnoWord, KILL_THREAD, LOG } from '../../../src/entitlements/algebra/actions.js';
import type { Call } from '../../../src/entitlements/algebra/call.js';
import { makeLoader } from '../../../src/entitlements/algebra/loaders.js';
import type { Loader } from '../../../src/entitlements/algebra/oci.js';
import type { Condition, Operator, SeccompObject } from '../../../src/entitlements/algebra/seccomp-object.js';
import { catalogue } from '../catalogue.js';

export const X86_64 = 0xc000003e;
export const CALLS = ['read', 'mount', 'socket', 'ioctl'];
const numbers = catalogue.tables.get('amd64')!.numbers;
export const numberOf = (name: string): number => numbers.get(name)!;
const HIGHEST = 450;
export const loaderOf = (runtime: Loader['runtime']): Loader =>
  makeLoader(catalogue, { runtime, arch: 'amd64', highest: HIGHEST });

export const OPERATORS: readonly Operator[] = [
  ...(['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'] as const).map(op => `SCMP_CMP_${op}` as const),
];

/** Values that rules and calls have in common, on both sides of every edge. */
const VALUES = [
  ...[0n, 1n, 4n, 5n, 6n, 0xffn, 0x5412n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 32n + 5n],
  ...[2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n],
];
const value = fc.oneof(fc.constantFrom(...VALUES), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
export const condition: fc.Arbitrary<Condition> = fc.record({
  index: fc.nat(5),
  op: fc.constantFrom(...OPERATORS),
  value,
  valueTwo: value,
});

const DENIALS = [errnoWord(1), errnoWord(38), 0x00030000, KILL_THREAD, 0x80000000];
const ACTIONS = [ALLOW, LOG, ...DENIALS];

/** Each call has one answer, so that its rules cannot contradict each other. */
export const anyObject: fc.Arbitrary<SeccompObject> = fc
  .record({
    defaultAction: fc.constantFrom(...ACTIONS),
    answers: fc.array(fc.constantFrom(...ACTIONS), { minLength: CALLS.length, maxLength: CALLS.length }),
    rules: fc.array(
      fc.record({ call: fc.nat(CALLS.length - 1), conditions: fc.array(condition, { maxLength: 2 }) }),
      { maxLength: 6 },
    ),
  })
  .map(({ defaultAction, answers, rules }) => ({
    defaultAction,
    architectures: [],
    rules: rules.map(({ call, conditions }) => ({
      names: [CALLS[call]!],
      action: answers[call]!,
      conditions,
    })),
  }));

export const anyCall: fc.Arbitrary<Call> = fc.record({
  arch: fc.oneof(
    { weight: 9, arbitrary: fc.constant(X86_64) },
    { weight: 1, arbitrary: fc.constant(0xc00000b7) },
  ),
  number: fc.oneof(
    fc.constantFrom(...CALLS.map(numberOf)),
    fc.nat(600),
    fc.constantFrom(2 ** 30, 2 ** 32 - 1),
  ),
  args: fc.array(value, { minLength: 6, maxLength: 6 }),
});

export function holds({ index, op, value: a, valueTwo: b }: Condition, { args }: Call): boolean {
  const arg = args[index]!;
  const outcomes: Record<Operator, boolean> = {
    SCMP_CMP_NE: arg !== a,
    SCMP_CMP_LT: arg < a,
    SCMP_CMP_LE: arg <= a,
    SCMP_CMP_EQ: arg === a,
    SCMP_CMP_GE: arg >= a,
    SCMP_CMP_GT: arg > a,
    SCMP_CMP_MASKED_EQ: (arg & a) === (b & a),
  };
  return outcomes[op];
}

/** What crun's filter of the object answers. */
export function answerOf({ defaultAction, rules }: SeccompObject, call: Call): number {
  if (call.arch !== X86_64) return KILL_THREAD;
  if (call.number >= 2 ** 30 && call.number < 2 ** 32 - 1) return KILL_THREAD;
  const own = rules.filter(
    ({ names, action }) => action !== defaultAction && numberOf(names[0]!) === call.number,
  );
  const whole = own.find(({ conditions }) => conditions.length === 0);
  const matching = own.find(({ conditions }) => {
    const isRepeated = new Set(conditions.map(({ index }) => index)).size < conditions.length;
    return isRepeated ? conditions.some(one => holds(one, call)) : conditions.every(one => holds(one, call));
  });
  return (whole ?? matching)?.action ?? defaultAction;
}
