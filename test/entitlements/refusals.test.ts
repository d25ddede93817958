/** How what is not granted is answered: EPERM by name, ENOSYS where programs fall back or nothing is known. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/entitlements/compile.js';
import { lowest } from '../../src/entitlements/grants.js';
import { parseBaselines } from '../../src/entitlements/parse-baselines.js';
import { parseCatalogue } from '../../src/entitlements/parse-catalogue.js';
import type { JsonObject } from '../../src/json/types.js';
import { answer, type Answer } from '../support/seccomp.js';
import { profileOf, seccompOf } from './catalogue.js';
import { emptyCatalogue, level } from './small.js';

const baselines = parseBaselines({
  'oldest-kernel': '4.14',
  libseccomp: {},
  runtimes: [{ runtime: 'runc-1.1', arches: ['amd64', 'arm64'], obtained: 'o', early: [], late: [] }],
});

/** What a container that was granted nothing gets, under a domain of two levels with these calls. */
function under(
  low: JsonObject[],
  high: JsonObject[] = [],
  arch = 'amd64',
): (...call: [string, ...number[]]) => Answer {
  const domains = [
    {
      domain: 'x',
      summary: 's',
      levels: [level('low', { syscalls: low }), level('high', { syscalls: high })],
    },
  ];
  const numbers = { read: 0, socket: 41, syslog: 103 };
  const tables = ['amd64', 'arm64'].map(name => ({ arch: name, origin: 'o', numbers }));
  const catalogue = parseCatalogue(emptyCatalogue({ domains, tables }));
  const seccomp = seccompOf(compile(lowest(catalogue), { arch, runtime: 'runc-1.1' }, baselines));
  return (name, ...args) => answer(seccomp, name, ...args);
}

describe('a call that is not granted', () => {
  it('answers as the level that would open it says', () => {
    expect(under([], [{ names: ['read'] }])('read')).toBe(1);
    expect(under([], [{ names: ['read'], refusal: 'ENOSYS' }])('read')).toBe(38);
    expect(under([])('read')).toBe(38);
  });

  it('answers EPERM when any mention says so, in either order', () => {
    const [eperm, enosys] = [{ names: ['read'] }, { names: ['read'], refusal: 'ENOSYS' }];
    expect(under([], [eperm, enosys])('read')).toBe(1);
    expect(under([], [enosys, eperm])('read')).toBe(1);
  });

  it('is not spoken for by a rule of another architecture', () => {
    const rule = { names: ['read'], arches: ['arm64'] };
    expect(under([], [rule])('read')).toBe(38);
    expect(under([], [rule], 'arm64')('read')).toBe(1);
    expect(under([rule])('read')).toBe(38);
    expect(under([rule], [], 'arm64')('read')).toBe('allow');
  });
});

describe('arguments that are not granted', () => {
  it('answer as the level says that opens the others', () => {
    const unix = { names: ['socket'], when: [{ domain: 1 }] };
    expect(under([unix])('socket', 1, 1, 0)).toBe('allow');
    expect(under([unix])('socket', 2, 1, 0)).toBe(1);
    expect(under([{ ...unix, refusal: 'ENOSYS' }])('socket', 1, 1, 0)).toBe('allow');
    expect(under([{ ...unix, refusal: 'ENOSYS' }])('socket', 2, 1, 0)).toBe(38);
  });

  it('have an answer of their own as far as the kernel knows values, and are missing beyond', () => {
    const seccomp = seccompOf(profileOf(['security=view']));
    expect(answer(seccomp, 'socket', 63, 1, 511)).toBe(1);
    expect(answer(seccomp, 'socket', 64, 1, 511)).toBe(38);
    expect(answer(seccomp, 'socket', 63, 1, 512)).toBe(38);
    expect(answer(seccomp, 'socket', 63, 0xffffffff, 0)).toBe(1);
    expect(answer(seccomp, 'syslog', 15)).toBe(1);
    expect(answer(seccomp, 'syslog', 16)).toBe(38);
  });

  it('two levels that together open every argument open the call', () => {
    const half = (is: number): JsonObject => ({ names: ['socket'], when: [{ type: { mask: 1, is } }] });
    for (const args of [
      [1, 0],
      [1, 1],
    ] as const) {
      expect(under([half(0), half(1)])('socket', ...args)).toBe('allow');
      expect(under([half(0), { names: ['socket'] }])('socket', ...args)).toBe('allow');
      expect(under([{ names: ['socket'] }, half(0)])('socket', ...args)).toBe('allow');
    }
  });
});
