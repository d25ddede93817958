/** What runtimes make of an object, rule by rule: a small loader of its own, every case decided by single calls. */
import { describe, expect, it } from 'vitest';
import { ALLOW, errnoWord, KILL_THREAD, LOG } from '../../../src/entitlements/algebra/actions.js';
import { bitsOf } from '../../../src/entitlements/algebra/call.js';
import { Diagrams } from '../../../src/entitlements/algebra/diagram.js';
import type { FilteredArchitecture } from '../../../src/entitlements/algebra/named-calls.js';
import { objectDiagram, type Loader } from '../../../src/entitlements/algebra/oci.js';
import {
  readSeccompObject,
  writeSeccompObject,
  type Condition,
  type Operator,
  type SeccompRule,
} from '../../../src/entitlements/algebra/seccomp-object.js';
import type { JsonObject } from '../../../src/json/types.js';

const X32 = 0x40000000;
const NUMBERS = new Map([
  ['read', 0],
  ['socket', 41],
  ['shmctl', 50],
  ['ioctl', 60],
  ['socketcall', 102],
  ['ipc', 117],
]);
const NARROW: FilteredArchitecture = {
  audit: 0x40000003,
  numbers: NUMBERS,
  isNarrow: true,
  multiplexes: true,
};
const ARCHITECTURES = new Map<string, FilteredArchitecture>([
  ['X86_64', { audit: 0xc000003e, numbers: NUMBERS }],
  [
    'X32',
    {
      audit: 0xc000003e,
      numbers: new Map([
        ['read', X32],
        ['ioctl', X32 + 7],
      ]),
      isNarrow: true,
    },
  ],
  ['X86', NARROW],
  ['S390X', { audit: 0x80000016, numbers: NUMBERS, multiplexes: true }],
  ['LAST', { audit: 0xffffffff, numbers: NUMBERS }],
]);
const [EPERM, ENOSYS, EACCES] = [1, 38, 13].map(errnoWord) as [number, number, number];

const condition = (index: number, op: string, value: bigint, valueTwo = 0n): Condition => ({
  index,
  op: `SCMP_CMP_${op}` as Operator,
  value,
  valueTwo,
});
const rule = (name: string, action: number, ...conditions: Condition[]): SeccompRule => ({
  names: [name],
  action,
  conditions,
});

interface Case {
  readonly runtime?: Loader['runtime'];
  readonly native?: string;
  readonly architectures?: string[];
  readonly defaultAction?: number;
}
/** What the filter of these rules answers to a call. */
function filter(rules: SeccompRule[], options: Case = {}) {
  const { runtime = 'crun', native = 'X86_64', architectures = [], defaultAction = EPERM } = options;
  const diagrams = new Diagrams();
  const loader = { runtime, native, architectures: ARCHITECTURES };
  const node = objectDiagram(diagrams, { defaultAction, architectures, rules }, loader);
  const own = ARCHITECTURES.get(native)!.audit;
  return (number: number, args: bigint[] = [], arch = own): number =>
    diagrams.evaluate(
      node,
      bitsOf({ arch, number, args: Array.from({ length: 6 }, (_, i) => args[i] ?? 0n) }),
    );
}
const numberOf = (name: string): number => NUMBERS.get(name)!;

describe('architectures', () => {
  it('that are not listed end their thread; the own is filtered unlisted', () => {
    const of = filter([rule('read', ALLOW)], { architectures: ['X86'] });
    const answers = [0xc000003e, 0x40000003, 0x40000002, 0x40000004, 0, 0xc000003d, 0xc000003f, 0xffffffff];
    expect(answers.map(arch => of(0, [], arch))).toEqual([
      ...[ALLOW, ALLOW],
      ...[0, 0, 0, 0, 0, 0].map(() => KILL_THREAD),
    ]);
    expect(filter([], { native: 'LAST' })(0)).toBe(EPERM);
    expect(filter([], { native: 'LAST' })(0, [], 0xfffffffe)).toBe(KILL_THREAD);
  });

  it('that there is no table for are refused', () => {
    expect(() => filter([], { architectures: ['MIPS'] })).toThrow(
      expect.objectContaining({
        code: 'PROFILE_ARCHITECTURE',
        message: 'there is no table of system calls for "MIPS"',
      }),
    );
  });
});

describe('rules', () => {
  it('that answer the default say nothing, and leave others their say', () => {
    const of = filter([rule('read', EPERM), rule('read', ALLOW, condition(0, 'EQ', 5n))]);
    expect([of(0), of(0, [5n])]).toEqual([EPERM, ALLOW]);
  });

  it('without conditions stand for the whole call, the first of several', () => {
    const of = filter([
      rule('read', EACCES, condition(0, 'EQ', 5n)),
      rule('read', LOG),
      rule('read', ALLOW),
      rule('ioctl', ALLOW),
    ]);
    expect([of(0), of(0, [5n]), of(numberOf('ioctl'))]).toEqual([LOG, LOG, ALLOW]);
  });

  it('for names that are not known are skipped', () => {
    expect(filter([rule('unheard_of', ALLOW)])(0)).toBe(EPERM);
  });

  it('of different answers may not meet, and stand beside each other where they do not', () => {
    const [five, odd] = [condition(0, 'EQ', 5n), condition(0, 'MASKED_EQ', 1n, 1n)];
    expect(() => filter([rule('read', ALLOW, five), rule('read', LOG, odd)])).toThrow(
      expect.objectContaining({
        code: 'PROFILE_AMBIGUOUS',
        message: 'two rules for "read" give the same call different answers',
      }),
    );
    const four = condition(0, 'EQ', 4n);
    const of = filter([
      rule('read', ALLOW, four),
      rule('read', LOG, odd),
      rule('read', ALLOW, condition(0, 'EQ', 6n)),
    ]);
    expect([4n, 5n, 6n, 8n].map(arg => of(0, [arg]))).toEqual([ALLOW, LOG, ALLOW, EPERM]);
  });

  it('that test one argument twice mean either, others both', () => {
    const twice = filter([rule('read', ALLOW, condition(1, 'EQ', 5n), condition(1, 'GT', 8n))]);
    expect([5n, 8n, 9n].map(arg => twice(0, [0n, arg]))).toEqual([ALLOW, EPERM, ALLOW]);
    const both = filter([rule('read', ALLOW, condition(1, 'GE', 5n), condition(2, 'LT', 8n))]);
    expect([both(0, [0n, 5n, 7n]), both(0, [0n, 4n, 7n]), both(0, [0n, 5n, 8n])]).toEqual([
      ALLOW,
      EPERM,
      EPERM,
    ]);
  });

  it.each<[string, bigint, bigint, boolean[]]>([
    ['EQ', 5n, 0n, [false, true, false, false]],
    ['NE', 5n, 0n, [true, false, true, true]],
    ['LT', 5n, 0n, [true, false, false, false]],
    ['LE', 5n, 0n, [true, true, false, false]],
    ['GE', 5n, 0n, [false, true, true, true]],
    ['GT', 5n, 0n, [false, false, true, true]],
    ['MASKED_EQ', 4n, 7n, [true, true, true, true]],
    ['MASKED_EQ', 2n, 0n, [true, true, false, true]],
  ])('with %s %d', (op, value, valueTwo, expected) => {
    const of = filter([rule('read', ALLOW, condition(0, op, value, valueTwo))]);
    expect([4n, 5n, 6n, 2n ** 32n + 4n].map(arg => of(0, [arg]) === ALLOW)).toEqual(expected);
  });
});

describe('tables of 32 bits', () => {
  const legacy = { native: 'X86_64', architectures: ['X86'] };
  const on32 = (rules: SeccompRule[], args: bigint[], number = 0): number =>
    filter(rules, legacy)(number, args, NARROW.audit);

  it('test low halves alone', () => {
    const wide = rule('read', ALLOW, condition(0, 'EQ', 2n ** 32n + 5n));
    expect([on32([wide], [5n]), on32([wide], [2n ** 33n + 5n]), on32([wide], [6n])]).toEqual([
      ALLOW,
      ALLOW,
      EPERM,
    ]);
    expect(filter([wide], legacy)(0, [5n])).toBe(EPERM);
    const less = rule('read', ALLOW, condition(0, 'LT', 5n));
    expect([on32([less], [2n ** 32n + 4n]), on32([less], [5n])]).toEqual([ALLOW, EPERM]);
  });

  it('leave out a mask of the upper half, and what is left stands for the whole call', () => {
    const upper = rule('read', ALLOW, condition(0, 'MASKED_EQ', 2n ** 40n, 2n ** 40n));
    expect([on32([upper], [0n]), filter([upper], legacy)(0, [0n])]).toEqual([ALLOW, EPERM]);
    const five = rule('read', LOG, condition(0, 'EQ', 5n));
    expect([on32([five, upper], [5n]), on32([five], [5n])]).toEqual([ALLOW, LOG]);
    const lower = rule('read', ALLOW, condition(0, 'MASKED_EQ', 2n ** 40n + 1n, 2n ** 40n + 1n));
    expect([on32([lower], [1n]), on32([lower], [0n])]).toEqual([ALLOW, EPERM]);
    const zero = rule('read', ALLOW, condition(0, 'EQ', 0n));
    expect([on32([zero], [0n]), on32([zero], [1n])]).toEqual([ALLOW, EPERM]);
  });

  it('have sockets and SysV IPC a second time, whatever the first argument was to be', () => {
    const inet = [condition(0, 'EQ', 2n), condition(2, 'EQ', 6n)];
    const of = filter([rule('socket', ALLOW, ...inet), rule('shmctl', LOG)], { native: 'S390X' });
    const [socketcall, ipc] = [numberOf('socketcall'), numberOf('ipc')];
    expect([of(41, [2n, 0n, 6n]), of(41, [1n, 0n, 6n])]).toEqual([ALLOW, EPERM]);
    expect([
      of(socketcall, [1n, 0n, 6n]),
      of(socketcall, [1n, 0n, 5n]),
      of(socketcall, [2n, 0n, 6n]),
    ]).toEqual([...[ALLOW, EPERM, EPERM]]);
    expect([of(50), of(ipc, [24n]), of(ipc, [23n])]).toEqual([LOG, LOG, EPERM]);
    expect(filter([rule('socket', ALLOW)])(socketcall, [1n])).toBe(EPERM);
    const twice = filter([rule('socket', ALLOW, condition(1, 'EQ', 3n), condition(1, 'EQ', 4n))], {
      native: 'S390X',
    });
    expect([3n, 4n, 5n].map(arg => twice(socketcall, [1n, arg]))).toEqual([ALLOW, ALLOW, EPERM]);
    expect(twice(socketcall, [2n, 3n])).toBe(EPERM);
  });
});

describe('beyond the numbers that are named', () => {
  const beyond = [60, 61, 0x3fffffff, X32, X32 * 2, X32 * 3 - 1, X32 * 3, 0xfffffffe, 0xffffffff];
  const answers = (options: Case): number[] => {
    const of = filter([rule('read', ALLOW), rule('ioctl', ALLOW)], options);
    return beyond.map(number => of(number));
  };

  it('crun answers the default, and ends x32 but for -1', () => {
    expect(answers({})).toEqual([ALLOW, EPERM, EPERM, ...[0, 0, 0, 0, 0].map(() => KILL_THREAD), EPERM]);
  });

  it('runc answers ENOSYS, and looks at the bit of x32', () => {
    expect(answers({ runtime: 'runc' })).toEqual([
      ...[ALLOW, ENOSYS, ENOSYS, KILL_THREAD, ENOSYS, ENOSYS, KILL_THREAD, KILL_THREAD, EPERM],
    ]);
    const permissive = answers({ runtime: 'runc', defaultAction: LOG });
    expect(permissive).toEqual([ALLOW, LOG, LOG, ...[0, 0, 0, 0, 0].map(() => KILL_THREAD), LOG]);
  });

  it('runc takes no rule at all for no number', () => {
    expect([0, 1].map(number => filter([], { runtime: 'runc' })(number))).toEqual([ENOSYS, ENOSYS]);
    const one = filter([rule('read', ALLOW), rule('unheard_of', ALLOW)], { runtime: 'runc' });
    expect([0, 1].map(number => one(number))).toEqual([ALLOW, ENOSYS]);
  });

  it('runc counts names that answer the default, and none of multiplexed calls', () => {
    const counted = filter([rule('ioctl', EPERM)], { runtime: 'runc' });
    expect([59, 60, 61].map(number => counted(number))).toEqual([EPERM, EPERM, ENOSYS]);
    const sockets = filter([rule('read', ALLOW), rule('socket', ALLOW)], {
      runtime: 'runc',
      native: 'S390X',
    });
    expect([1, 41].map(number => sockets(number))).toEqual([ENOSYS, ENOSYS]);
  });

  it('runc answers 0 of s390x apart', () => {
    const rules = [rule('read', ALLOW), rule('ioctl', ALLOW)];
    const of = (options: Case) => filter(rules, { native: 'S390X', ...options });
    expect([0, 1, 60, 61, X32].map(number => of({ runtime: 'runc' })(number))).toEqual([
      ...[ENOSYS, EPERM, ALLOW, ENOSYS, ENOSYS],
    ]);
    expect([0, 61, X32].map(number => of({})(number))).toEqual([ALLOW, EPERM, EPERM]);
  });

  it('other machines have no x32', () => {
    const of = filter([rule('read', ALLOW)], { native: 'LAST' });
    expect([X32, 0xffffffff].map(number => of(number))).toEqual([EPERM, EPERM]);
  });

  it('x32 is filtered where it is listed', () => {
    const numbers = [0, 1, 60, 61, X32, X32 + 1, X32 + 7, X32 + 8, 0xffffffff];
    const listed = (runtime: Loader['runtime'], ...rules: SeccompRule[]): number[] => {
      const of = filter(rules, { runtime, architectures: ['X32'] });
      return numbers.map(number => of(number));
    };
    const both = [rule('read', ALLOW), rule('ioctl', ALLOW)];
    expect(listed('crun', ...both)).toEqual([ALLOW, EPERM, ALLOW, EPERM, ALLOW, EPERM, ALLOW, EPERM, EPERM]);
    expect(listed('runc', ...both)).toEqual([
      ALLOW,
      EPERM,
      ALLOW,
      ENOSYS,
      ALLOW,
      EPERM,
      ALLOW,
      ENOSYS,
      ENOSYS,
    ]);
    expect(listed('runc', rule('ioctl', ALLOW))).toEqual([
      ...[EPERM, EPERM, ALLOW, ENOSYS, EPERM, EPERM, ALLOW, ENOSYS, ENOSYS],
    ]);
  });
});

describe('an object as JSON', () => {
  const said = (json: JsonObject): string => {
    try {
      readSeccompObject(json);
    } catch (error) {
      return (error as Error).message;
    }
    return 'taken';
  };
  const withRule = (more: JsonObject): JsonObject => ({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['read'], action: 'SCMP_ACT_ERRNO', ...more }],
  });
  const withArg = (arg: JsonObject): JsonObject =>
    withRule({ args: [{ index: 0, op: 'SCMP_CMP_EQ', value: 1, ...arg }] });

  it('may leave out what has a default', () => {
    expect(readSeccompObject({ defaultAction: 'SCMP_ACT_ERRNO', archMap: null, syscalls: null })).toEqual({
      ...{ defaultAction: EPERM, architectures: [], rules: [] },
    });
    expect(readSeccompObject(withRule({ errnoRet: null, args: null })).rules).toEqual([rule('read', EPERM)]);
    expect(readSeccompObject(withArg({ valueTwo: null })).rules[0]?.conditions).toEqual([
      condition(0, 'EQ', 1n),
    ]);
    expect(readSeccompObject({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38 }).defaultAction).toBe(
      ENOSYS,
    );
    expect(readSeccompObject({ defaultAction: 'SCMP_ACT_LOG', architectures: ['X'] }).architectures).toEqual([
      'X',
    ]);
  });

  it('may say all there is to say', () => {
    const args = [{ index: 2, op: 'SCMP_CMP_MASKED_EQ', value: 7, valueTwo: 5 }];
    expect(readSeccompObject(withRule({ errnoRet: 13, args })).rules).toEqual([
      rule('read', EACCES, condition(2, 'MASKED_EQ', 7n, 5n)),
    ]);
  });

  it.each<[JsonObject, string]>([
    [
      { defaultAction: 'X', archMap: [] },
      "it is in Docker's format, which says different things on different machines",
    ],
    [
      { defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 4096 },
      'seccomp.defaultErrnoRet must be an integer from 0 to 4095',
    ],
    [{ defaultAction: 'SCMP_ACT_LOG', architectures: [1] }, 'seccomp.architectures[0] must be a string'],
    [{ defaultAction: 'SCMP_ACT_LOG', syscalls: {} }, 'seccomp.syscalls must be an array'],
    [{ defaultAction: 'SCMP_ACT_LOG', syscalls: [1] }, 'seccomp.syscalls[0] must be an object'],
    [withRule({ names: 'read' }), 'seccomp.syscalls[0].names must be an array'],
    [withRule({ args: [1] }), 'seccomp.syscalls[0].args[0] must be an object'],
    [withArg({ op: 'SCMP_CMP_IN' }), 'seccomp.syscalls[0].args[0] has the operator "SCMP_CMP_IN"'],
    [withArg({ index: 6 }), 'seccomp.syscalls[0].args[0].index must be an integer from 0 to 5'],
    [withArg({ index: 5 }), 'taken'],
  ])('%j: %s', (json, message) => {
    expect(said(json)).toBe(message);
  });

  it('is written with what it says and no more', () => {
    const rules = [rule('read', ALLOW), rule('ioctl', EACCES, condition(1, 'EQ', 2n))];
    expect(writeSeccompObject({ defaultAction: ENOSYS, architectures: ['X'], rules })).toStrictEqual({
      architectures: ['X'],
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      syscalls: [
        { action: 'SCMP_ACT_ALLOW', names: ['read'] },
        {
          action: 'SCMP_ACT_ERRNO',
          args: [{ index: 1, op: 'SCMP_CMP_EQ', value: 2, valueTwo: 0 }],
          errnoRet: 13,
          names: ['ioctl'],
        },
      ],
    });
    expect(writeSeccompObject({ defaultAction: KILL_THREAD, architectures: [], rules: [] })).toStrictEqual({
      ...{ architectures: [], defaultAction: 'SCMP_ACT_KILL_THREAD', syscalls: [] },
    });
    expect(() => writeSeccompObject({ defaultAction: 0x12340000, architectures: [], rules: [] })).toThrow(
      'there is no name for the action 0x12340000',
    );
  });
});
