/** Containers from a compiled profile: a root file system of busybox and the test programs, started by a real runtime. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Profile } from '../../src/entitlements/profile.js';
import type { JsonObject } from '../../src/json/types.js';
import { findProgram } from '../support/system.js';

const PROGRAMS = fileURLToPath(new URL('programs/', import.meta.url));
const APPLETS = ['cat', 'grep', 'id', 'sh', 'sleep', 'true', 'unshare'];

/** A folder with a `rootfs`, and the program `filter` beside it. */
export function makeRoot(): string {
  const folder = mkdtempSync(join(tmpdir(), 'writ-enforce-'));
  const rootfs = join(folder, 'rootfs');
  for (const name of ['bin', 'proc', 'sys', 'dev', 'tmp']) mkdirSync(join(rootfs, name), { recursive: true });
  const busybox = findProgram('busybox');
  if (busybox === undefined) throw new Error('busybox went away');
  copyFileSync(busybox, join(rootfs, 'bin/busybox'));
  for (const applet of APPLETS) symlinkSync('busybox', join(rootfs, 'bin', applet));
  const gcc = (source: string, output: string, ...flags: string[]): void => {
    execFileSync('gcc', ['-O1', ...flags, '-o', output, join(PROGRAMS, source)]);
  };
  gcc('probe.c', join(rootfs, 'bin/probe'), '-static');
  gcc('alive.c', join(rootfs, 'bin/alive-static'), '-static', '-pthread');
  gcc('alive.c', join(rootfs, 'bin/alive-glibc'), '-pthread');
  gcc('filter.c', join(folder, 'filter'));
  const libraries = execFileSync('ldd', [join(rootfs, 'bin/alive-glibc')], { encoding: 'utf8' });
  for (const library of libraries.match(/\/\S+/g) ?? []) {
    mkdirSync(join(rootfs, dirname(library)), { recursive: true });
    copyFileSync(library, join(rootfs, library));
  }
  return folder;
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Start {
  readonly root: string;
  readonly runtime: string;
  readonly profile: Profile;
  readonly uid: number;
  readonly args: readonly string[];
  /** In place of the profile's. */
  readonly seccomp?: JsonObject;
}

/** The versions of the installed `runtime` and of libseccomp, which runc prints for both. */
export function installedTarget(runtime: string): { runtime: string; libseccomp: string } {
  const versionOf = (program: string, pattern: RegExp): string =>
    pattern.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
  return {
    runtime: `${runtime}-${versionOf(runtime, /version (\d+\.\d+)/)}`,
    libseccomp: versionOf('runc', /libseccomp: (\S+)/),
  };
}

let count = 0;

/** Starts a container and waits for its end. */
export function run(start: Start): Outcome {
  const { bundle, id } = makeBundle(start);
  try {
    return invoke(start.runtime, ['run', '--bundle', bundle, id]);
  } finally {
    rmSync(bundle, { recursive: true });
  }
}

/** Starts a container that stays, gives the id of its first process to `use`, and ends it. */
export function whileRunning<T>(start: Start, use: (pid: number) => T): T {
  const { bundle, id } = makeBundle(start);
  const pidFile = join(bundle, 'pid');
  try {
    const { status, stderr } = invoke(start.runtime, [
      'run',
      '--detach',
      '--pid-file',
      pidFile,
      '--bundle',
      bundle,
      id,
    ]);
    if (status !== 0) throw new Error(`${start.runtime} run: ${stderr}`);
    return use(Number(readFileSync(pidFile, 'utf8')));
  } finally {
    invoke(start.runtime, ['delete', '--force', id]);
    rmSync(bundle, { recursive: true });
  }
}

const FILTER_WITHIN_MS = 10_000;

/** The newest filter of a process, an instruction a line. crun names the process before it has loaded the filter. */
export function filterOf(root: string, pid: number): string {
  const reader = join(root, 'filter');
  const deadline = Date.now() + FILTER_WITHIN_MS;
  for (;;) {
    const { status, stdout, stderr } = spawnSync(reader, [String(pid)], { encoding: 'utf8' });
    if (status === 0) return stdout;
    if (Date.now() > deadline) throw new Error(stderr);
    execFileSync('sleep', ['0.05']);
  }
}

/** crun refuses hybrid cgroups: it runs where the unified half is not mounted. */
function invoke(runtime: string, args: readonly string[]): Outcome {
  const command =
    runtime === 'crun'
      ? [
          'unshare',
          '-m',
          'sh',
          '-c',
          'umount /sys/fs/cgroup/unified 2>/dev/null; exec crun "$@"',
          'crun',
          ...args,
        ]
      : [runtime, ...args];
  return spawnSync(command[0]!, command.slice(1), {
    encoding: 'utf8',
    timeout: 30_000,
    // A container that stays would hold a pipe open.
    stdio: args.includes('--detach') ? 'ignore' : ['ignore', 'pipe', 'pipe'],
  });
}

type Spec = Record<string, Record<string, unknown>>;

/** The runtime's own default config.json with what the profile decides put in its place. */
function makeBundle({ root, runtime, profile, uid, args, seccomp }: Start): { bundle: string; id: string } {
  const bundle = mkdtempSync(join(root, 'bundle-'));
  execFileSync(runtime, ['spec'], { cwd: bundle });
  const file = join(bundle, 'config.json');
  const spec = JSON.parse(readFileSync(file, 'utf8')) as Spec;
  const decided = profile.toOci() as unknown as Spec;
  spec['process'] = {
    ...spec['process'],
    ...decided['process'],
    args,
    terminal: false,
    user: { uid, gid: uid },
  };
  delete spec['process']['rlimits'];
  spec['root'] = { ...decided['root'], path: join(root, 'rootfs') };
  spec['linux'] = { ...spec['linux'], ...decided['linux'], ...(seccomp && { seccomp }) };
  writeFileSync(file, JSON.stringify(spec));
  return { bundle, id: `writ-test-${process.pid}-${++count}` };
}
