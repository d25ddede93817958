/** Filters that real runtimes loaded, read back and compared, for every call there is, with what was modelled. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareFilters, type Comparison } from '../../src/entitlements/algebra/compare.js';
import { Diagrams } from '../../src/entitlements/algebra/diagram.js';
import type { JsonObject } from '../../src/json/types.js';
import { profileOf, seccompOf } from '../entitlements/catalogue.js';
import { describeWith } from '../support/system.js';
import { CONTAINERS, filterOf, makeRoot, whileRunning } from './container.js';
import { loadedOf, modelOf } from './modelled.js';
import { RUNTIMES } from './runtimes.js';

const SAME = { relation: 'equal', looser: undefined, stricter: undefined, answersDiffer: undefined };

type Args = readonly (readonly [index: number, op: string, value: number, valueTwo?: number])[];

/** One rule for each of some calls that a sleeping container does without. */
const object = (
  defaultAction: JsonObject,
  rules: readonly (readonly [string, JsonObject, Args])[],
): JsonObject => ({
  ...defaultAction,
  architectures: ['SCMP_ARCH_X86_64'],
  syscalls: rules.map(([name, action, args]) => ({
    ...action,
    names: [name],
    args: args.map(([index, op, value, valueTwo = 0]) => ({ index, op: `SCMP_CMP_${op}`, value, valueTwo })),
  })),
});

const ALLOW = { action: 'SCMP_ACT_ALLOW' };
const refuse = (errnoRet: number): JsonObject => ({ action: 'SCMP_ACT_ERRNO', errnoRet });

/** Beside rules that stand alone, shapes that OCI profiles are known to mean something else by. */
const OBJECTS: Readonly<Record<string, JsonObject>> = {
  'all operators': object({ defaultAction: 'SCMP_ACT_ALLOW' }, [
    ['mount', refuse(1), [[0, 'EQ', 5]]],
    ['umount2', refuse(2), [[1, 'NE', 5]]],
    ['swapon', refuse(3), [[1, 'LT', 5]]],
    ['swapoff', refuse(4), [[0, 'LE', 5]]],
    ['reboot', refuse(5), [[1, 'GT', 2 ** 40]]],
    ['sethostname', refuse(6), [[1, 'GE', 2 ** 32]]],
    ['setdomainname', refuse(7), [[1, 'MASKED_EQ', 0xff0, 0x120]]],
  ]),
  'several arguments': object({ defaultAction: 'SCMP_ACT_ALLOW' }, [
    [
      'mount',
      refuse(1),
      [
        [0, 'EQ', 5],
        [3, 'MASKED_EQ', 7, 3],
        [4, 'GT', 9],
      ],
    ],
    [
      'add_key',
      refuse(1),
      [
        [0, 'LT', 3],
        [4, 'GE', 2 ** 45],
      ],
    ],
  ]),
  'one argument twice': object({ defaultAction: 'SCMP_ACT_ALLOW' }, [
    [
      'mount',
      refuse(1),
      [
        [0, 'GE', 5],
        [0, 'LE', 9],
      ],
    ],
  ]),
  'a rule for the whole call beside one for a part': object({ defaultAction: 'SCMP_ACT_ALLOW' }, [
    ['mount', refuse(1), [[0, 'EQ', 5]]],
    ['mount', refuse(2), []],
    ['swapon', refuse(2), []],
    ['swapon', refuse(1), [[0, 'EQ', 5]]],
  ]),
  'several rules for the whole call': object({ defaultAction: 'SCMP_ACT_ALLOW' }, [
    ['mount', refuse(1), []],
    ['mount', refuse(2), []],
    ['swapon', { action: 'SCMP_ACT_KILL' }, [[0, 'EQ', 5]]],
    ['swapon', refuse(2), []],
    ['swapon', refuse(1), []],
  ]),
  'a rule that says what the default says': object({ defaultAction: 'SCMP_ACT_ALLOW' }, [
    ['mount', ALLOW, []],
    ['swapon', refuse(1), [[0, 'EQ', 5]]],
    ['swapon', ALLOW, []],
  ]),
  'several actions': object({ defaultAction: 'SCMP_ACT_ALLOW' }, [
    ['mount', { action: 'SCMP_ACT_KILL_PROCESS' }, []],
    ['swapon', { action: 'SCMP_ACT_KILL' }, [[0, 'EQ', 5]]],
    ['swapoff', { action: 'SCMP_ACT_TRAP' }, []],
    ['reboot', { action: 'SCMP_ACT_LOG' }, [[0, 'EQ', 5]]],
    ['sethostname', { action: 'SCMP_ACT_ERRNO' }, []],
  ]),
};

describeWith(CONTAINERS, 'what a runtime makes of a profile', () => {
  let root: string;
  beforeAll(() => {
    root = makeRoot();
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  describe.each(RUNTIMES)('$version', runtime => {
    const compared = (seccomp: JsonObject, entries: readonly string[] = []): Comparison => {
      const diagrams = new Diagrams();
      const profile = profileOf([...entries], runtime.target);
      const start = { root, runtime, profile, uid: 65534, args: ['sleep', '600'], seccomp };
      const text = whileRunning(start, pid => filterOf(root, pid));
      return compareFilters(diagrams, modelOf(diagrams, seccomp, runtime), loadedOf(diagrams, text));
    };

    it.each([
      ['nothing', []],
      ['a network service', ['network=serve', 'identity=switch', 'filesystem=writable']],
      [
        'an administrator',
        ['security=admin', 'network=admin', 'kernel.userns=allow', 'debug=perf', 'tty.inject=allow'],
      ],
    ])('loads what was compiled for %s, and nothing else', (_name, entries) => {
      expect(compared(seccompOf(profileOf(entries, runtime.target)), entries)).toEqual(SAME);
    });

    it.each(Object.entries(OBJECTS))('is modelled exactly: %s', (_name, seccomp) => {
      expect(compared(seccomp)).toEqual(SAME);
    });
  });
});
