/**
 * The calls that runtimes make behind the filter: each entry of a baseline is taken out of the filter once, and a program
 * that does nothing starts no more. What starts nevertheless has to be on the list of those that are there for a reason.
 */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json/types.js';
import { baselines, catalogue, profileOf, seccompOf } from '../entitlements/catalogue.js';
import { describeWith } from '../support/system.js';
import { CONTAINERS, makeRoot, run } from './container.js';
import { observed } from './observed.js';
import { RUNTIMES } from './runtimes.js';

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
    // a kernel without it is asked in an older way
    instead: ['close_range'],
  },
  // Go since 1.25 gives names to memory, where the kernel keeps them
  'runc late': { names: ['prctl'] },
  crun: {
    // waits for the other half of crun: a refusal is taken for the end of the wait
    wait: ['pselect6', 'read'],
    ignored: ['close'],
    instead: ['close_range'],
  },
};

/** How often each start is repeated, and looked at with strace: what a Go program does differs from time to time. */
const STARTS = Number(process.env['WRIT_STARTS'] ?? 0);
const LONG = 1_200_000;

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

  const lists = RUNTIMES.flatMap(runtime => [
    { runtime, list: 'early' as const, entries: ['privilege=escalate'] },
    { runtime, list: 'late' as const, entries: [] },
  ]);
  it.each(lists)('$runtime.version needs what is $list', ({ runtime, list, entries }) => {
    const { target } = runtime;
    const profile = profileOf(entries, target);
    const seccomp = seccompOf(profile);
    const starts = (object: JsonObject): boolean =>
      run({ root, runtime, profile, uid: 65534, args: ['nothing'], seccomp: object }).status === 0;
    expect(starts(seccomp)).toBe(true);
    const spared = [runtime.name, `${runtime.name} ${list}`].flatMap(key =>
      Object.values(SPARED[key] ?? {}).flat(),
    );
    const tried = (baselines.runtimes.get(target.runtime)?.[list] ?? []).filter(
      // names of other machines' tables are in it too
      name => catalogue.tables.get('amd64')?.numbers.has(name) === true && !spared.includes(name),
    );
    expect(tried.length).toBeGreaterThan(0);
    expect(tried.filter(name => starts(without(seccomp, name)))).toEqual([]);
  });

  it.each(lists)(
    '$runtime.version needs nothing that is not $list',
    ({ runtime, list, entries }) => {
      const profile = profileOf(entries, runtime.target);
      const { early = [], late = [] } = baselines.runtimes.get(runtime.target.runtime) ?? {};
      const names = [...(list === 'early' ? early : []), ...late, 'exit_group'];
      const seccomp = {
        defaultAction: 'SCMP_ACT_KILL_PROCESS',
        architectures: ['SCMP_ARCH_X86_64'],
        syscalls: [{ names, action: 'SCMP_ACT_ALLOW' }],
      };
      for (let i = 0; i < Math.max(STARTS, 2); i++) {
        const uid = i % 2 === 0 ? 65534 : 0;
        const ended = run({ root, runtime, profile, uid, args: ['nothing'], seccomp });
        expect(ended).toMatchObject({ status: 0, stderr: '' });
      }
    },
    LONG,
  );

  const ways = lists.flatMap(one => (['run', 'create'] as const).map(way => ({ ...one, way })));
  it.each(STARTS > 0 ? ways : [])(
    '$runtime.version makes calls of the lists alone: $list, $way',
    async ({ runtime, entries, way }) => {
      const profile = profileOf(entries, runtime.target);
      const { early = [], late = [] } = baselines.runtimes.get(runtime.target.runtime) ?? {};
      const seen = new Map<string, number>();
      for (let i = 0; i < STARTS; i++) {
        const start = { root, runtime, profile, uid: i % 2 === 0 ? 65534 : 0, args: ['nothing'] };
        for (const name of await observed(start, way)) seen.set(name, (seen.get(name) ?? 0) + 1);
      }
      console.log(runtime.version, way, entries, Object.fromEntries([...seen].sort()));
      expect([...seen.keys()].filter(name => ![...early, ...late].includes(name))).toEqual([]);
      expect(seen.get('execve')).toBe(STARTS);
    },
    LONG,
  );
});
