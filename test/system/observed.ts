/** The calls that a runtime makes behind its own filter, as strace sees them. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { commandOf, makeBundle, type Start } from './container.js';

export type Way = 'run' | 'create';

const PAUSE_MS = 20;

/** Starts a container, in one step or in two; gives the names of the calls, the last of them `execve`. */
export async function observed(start: Start, way: Way): Promise<Set<string>> {
  const { bundle, id } = makeBundle(start);
  const log = join(bundle, 'log');
  const invoke = (...args: string[]): string => {
    const [program = '', ...rest] = commandOf(start.runtime, args);
    return spawnSync(program, rest, { encoding: 'utf8' }).stdout;
  };
  try {
    const command = commandOf(start.runtime, [way, '--bundle', bundle, id]);
    const strace = spawn('strace', ['-f', '-qq', '-o', log, ...command], { stdio: 'ignore' });
    const ended = once(strace, 'exit');
    if (way === 'create') {
      while (!invoke('state', id).includes('"created"')) await setTimeout(PAUSE_MS);
      invoke('start', id);
    }
    await ended;
    return behindFilter(readFileSync(log, 'utf8'));
  } finally {
    invoke('delete', '--force', id);
    rmSync(bundle, { recursive: true });
  }
}

/** @param log - of `strace -f`: `PID NAME(…) = …`, or in two lines, `… <unfinished ...>` and `<... NAME resumed>… = …` */
function behindFilter(log: string): Set<string> {
  const names = new Set<string>();
  const filtered = new Set<string>();
  const open = new Map<string, string>();
  for (const line of log.split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const begun = /^(\w+)\(/.exec(rest)?.[1];
    if (begun !== undefined && filtered.has(pid)) names.add(begun);
    if (rest.endsWith('<unfinished ...>')) open.set(pid, rest);
    const whole = (begun === undefined ? (open.get(pid) ?? '') : '') + rest;
    const [, result] = / = (\d+)(?: |$)/.exec(rest) ?? [];
    if (result === undefined) continue;
    if (/^(?:seccomp\(SECCOMP_SET_MODE_FILTER|prctl\(PR_SET_SECCOMP),/.test(whole)) filtered.add(pid);
    if (/^(?:clone3?|v?fork)\(/.test(whole) && filtered.has(pid)) filtered.add(result);
    if (/^execve\(/.test(whole)) filtered.delete(pid);
  }
  return names;
}
