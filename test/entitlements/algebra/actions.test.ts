/** What a filter answers: words of the kernel, names of OCI, and who decides. */
import { describe, expect, it } from 'vitest';
import {
  actionName,
  actionWord,
  describeAction,
  errnoWord,
  isNamed,
  mayPermit,
  surelyPermits,
} from '../../../src/entitlements/algebra/actions.js';

/** linux/seccomp.h: SECCOMP_RET_*; whether the call may be made, and whether it is for sure. */
const ACTIONS: readonly (readonly [string, number, boolean, boolean, string])[] = [
  ['SCMP_ACT_ALLOW', 0x7fff0000, true, true, 'allow'],
  ['SCMP_ACT_LOG', 0x7ffc0000, true, true, 'log'],
  ['SCMP_ACT_TRACE', 0x7ff00001, true, false, 'trace 1'],
  ['SCMP_ACT_NOTIFY', 0x7fc00000, true, false, 'notify'],
  ['SCMP_ACT_ERRNO', 0x00050001, false, false, 'errno 1'],
  ['SCMP_ACT_TRAP', 0x00030000, false, false, 'trap'],
  ['SCMP_ACT_KILL_PROCESS', 0x80000000, false, false, 'kill-process'],
  ['SCMP_ACT_KILL_THREAD', 0, false, false, 'kill-thread'],
];

describe.each(ACTIONS)('%s', (name, word, may, surely, shown) => {
  it('is a word, and has its name back', () => {
    expect(actionWord(name)).toBe(word);
    expect(actionName(word)).toEqual(word === (word & 0xffff0000) >>> 0 ? { name } : { name, errno: 1 });
    expect(isNamed(word)).toBe(true);
  });

  it('permits a call or not', () => {
    expect([mayPermit(word), surelyPermits(word)]).toEqual([may, surely]);
    expect([mayPermit((word | 7) >>> 0), surelyPermits((word | 7) >>> 0)]).toEqual([may, surely]);
  });

  it('is shown in words', () => {
    expect(describeAction(word)).toBe(shown);
  });
});

describe('an action', () => {
  it('has the number that is given, where it has any', () => {
    expect(actionWord('SCMP_ACT_ERRNO', 38)).toBe(0x00050026);
    expect(actionWord('SCMP_ACT_TRACE', 4095)).toBe(0x7ff00fff);
    expect(actionWord('SCMP_ACT_ERRNO', 0)).toBe(0x00050000);
    expect(actionWord('SCMP_ACT_ERRNO', 0x10001)).toBe(0x00050001);
    expect(actionWord('SCMP_ACT_ALLOW', 38)).toBe(0x7fff0000);
    expect(actionWord('SCMP_ACT_KILL', 38)).toBe(0);
    expect(errnoWord(13)).toBe(0x0005000d);
  });

  it('has no name where OCI has none', () => {
    expect(actionName(0x00050fff)).toEqual({ name: 'SCMP_ACT_ERRNO', errno: 4095 });
    const none = [0x00051000, 0x7ff01000, 0x7fff0001, 0x80000001, 1, 0x12340000];
    expect(none.map(actionName)).toEqual(none.map(() => undefined));
    expect(none.map(isNamed)).toEqual(none.map(() => false));
    expect(describeAction(0x12340005)).toBe('0x12340005');
  });

  it('is refused by another name', () => {
    expect(() => actionWord('SCMP_ACT_FLY')).toThrow(
      expect.objectContaining({ code: 'PROFILE_OBJECT', message: 'there is no action "SCMP_ACT_FLY"' }),
    );
  });
});
