/** What docs/seccomp-limits.md says of rings: they do what the filter refuses, and need a grant of their own. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { profileOf } from '../entitlements/catalogue.js';
import { describeWith } from '../support/system.js';
import { CONTAINERS, makeRoot, run } from './container.js';
import { RUNTIMES } from './runtimes.js';

describeWith(CONTAINERS, 'what seccomp cannot do', () => {
  let root: string;
  beforeAll(() => {
    root = makeRoot();
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it.each(RUNTIMES)(
    '$version: a ring makes the socket that the filter refuses, and is refused itself',
    runtime => {
      const answer = (way: string, ...entries: string[]): string => {
        const profile = profileOf(entries, runtime.target);
        return run({ root, runtime, profile, uid: 1000, args: ['limits', way] }).stdout.trim();
      };
      const EPERM = '1';
      expect(answer('socket', 'kernel.io-uring=allow')).toBe(EPERM);
      expect(answer('ring', 'kernel.io-uring=allow')).toBe('ok');
      expect(answer('ring', 'network=user')).toBe(EPERM);
      expect(answer('socket', 'network=user')).toBe('ok');
    },
  );
});
