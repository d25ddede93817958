/**
 * The calls that runtimes make behind the filter: each entry of a baseline is taken out of the filter once, and a program
 * that does nothing starts no more. What starts nevertheless has to be on the list of those that are there for a reason.
 */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json/types.js';
import { baselines, catalogue, profileOf, seccompOf } from '../entitlements/catalogue.js';
import { describeWith } from '../support/system.js';
import { CONTAINERS, installedTarget, makeRoot, run } from './container.js';

/** Nothing fails where these are refused, but they are made: by the version that the baseline is of, or may be. */
const SPARED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  runc: {
    // Go's scheduler, memory and signals: at any time, or at none
    scheduler: [
      ...['futex', 'madvise', 'mmap', 'munmap', 'nanosleep', 'rt_sigprocmask', 'rt_sigreturn'],
      ...['sched_yield', 'sigaltstack', 'tgkill'],
    ],
    // runc looks whether it may execute the program, one in place of the other, and starts it though it cannot tell
    look: ['faccessat', 'faccessat2'],
    // its answer is not looked at
    ignored: ['epoll_ctl', 'fcntl', 'getpid'],
  },
  crun: {
    // waits for the other half of crun: a refusal is taken for the end of the wait
    wait: ['pselect6', 'read'],
    ignored: ['close'],
  },
};

/** What is answered as a call that there is none of. */
const without = (seccomp: JsonObject, name: string): JsonObject => {
  const rules = (seccomp['syscalls'] as { names: string[] }[]).map(rule => ({
    ...rule,
    names: rule.names.filter(each => each !== name),
  }));
  return { ...seccomp, syscalls: rules.filter(({ names }) => names.length > 0) };
};

describeWith(CONTAINERS, 'baselines of runtimes', () => {
  let root: string;
  beforeAll(() => {
    root = makeRoot();
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const lists = ['runc', 'crun'].flatMap(runtime => [
    { runtime, list: 'early' as const, entries: ['privilege=escalate'] },
    { runtime, list: 'late' as const, entries: [] },
  ]);
  it.each(lists)('$runtime needs what is $list', ({ runtime, list, entries }) => {
    const target = installedTarget(runtime);
    const profile = profileOf(entries, target);
    const seccomp = seccompOf(profile);
    const starts = (object: JsonObject): boolean =>
      run({ root, runtime, profile, uid: 65534, args: ['nothing'], seccomp: object }).status === 0;
    expect(starts(seccomp)).toBe(true);
    const spared = Object.values(SPARED[runtime] ?? {}).flat();
    const tried = (baselines.runtimes.get(target.runtime)?.[list] ?? []).filter(
      // names of other machines' tables are in it too
      name => catalogue.tables.get('amd64')?.numbers.has(name) === true && !spared.includes(name),
    );
    expect(tried.length).toBeGreaterThan(0);
    expect(tried.filter(name => starts(without(seccomp, name)))).toEqual([]);
  });
});
