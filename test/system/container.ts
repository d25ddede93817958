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
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Profile } from '../../src/entitlements/profile.js';
import type { JsonObject } from '../../src/json/types.js';
import { findProgram } from '../support/system.js';
import type { Runtime } from './runtimes.js';

const PROGRAMS = fileURLToPath(new URL('programs/', import.meta.url));
/** What a machine needs for containers of {@link makeRoot}. */
export const CONTAINERS = ['root', 'runc', 'crun', 'busybox', 'gcc', 'musl-gcc', 'unshare'];
const APPLETS = ['cat', 'grep', 'id', 'sh', 'sleep', 'true', 'unshare'];

/** A program of `programs/` that needs no library; returns its path. */
export function compileProgram(source: string, output: string, ...more: readonly string[]): string {
  const flags = ['-O1', '-static', '-pthread', '-mno-red-zone'];
  execFileSync('gcc', [...flags, ...more, '-o', output, join(PROGRAMS, source)]);
  return output;
}

/** A folder with a `rootfs`, and the program `filter` beside it. */
export function makeRoot(): string {
  const folder = mkdtempSync(join(tmpdir(), 'writ-enforce-'));
  const rootfs = join(folder, 'rootfs');
  for (const name of ['bin', 'dev', 'lib', 'proc', 'sys', 'tmp'])
    mkdirSync(join(rootfs, name), { recursive: true });
  const busybox = findProgram('busybox');
  if (busybox === undefined) throw new Error('busybox went away');
  copyFileSync(busybox, join(rootfs, 'bin/busybox'));
  for (const applet of APPLETS) symlinkSync('busybox', join(rootfs, 'bin', applet));
  for (const name of ['probe', 'attack', 'limits', 'marked'])
    compileProgram(`${name}.c`, join(rootfs, 'bin', name));
  compileProgram('alive.c', join(rootfs, 'bin/alive-static'));
  compileProgram('nothing.c', join(rootfs, 'bin/nothing'), '-nostdlib');
  compileProgram('outer.c', join(folder, 'outer'));
  compileProgram('filter.c', join(folder, 'filter'));
  const alive = join(PROGRAMS, 'alive.c');
  execFileSync('gcc', ['-O1', '-pthread', '-o', join(rootfs, 'bin/alive-glibc'), alive]);
  execFileSync('musl-gcc', ['-O1', '-pthread', '-o', join(rootfs, 'bin/alive-musl'), alive]);
  copyFileSync('/lib/ld-musl-x86_64.so.1', join(rootfs, 'lib/ld-musl-x86_64.so.1'));
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
  readonly runtime: Runtime;
  readonly profile: Profile;
  readonly uid: number;
  readonly args: readonly string[];
  /** In place of the profile's. */
  readonly seccomp?: JsonObject;
  /** In place of `rootfs`, below the root. */
  readonly rootfs?: string;
  /** Beside the runtime's own, as config.json has them. */
  readonly mounts?: readonly JsonObject[];
}

/** Starts a container and waits for its end. */
export function run(start: Start): Outcome {
  const { bundle, id } = makeBundle(start);
  try {
    const outcome = invoke(start.runtime, ['run', '--bundle', bundle, id]);
    // What a runtime could not start it may leave behind, in folders that all of the machine share.
    if (outcome.status !== 0) invoke(start.runtime, ['delete', '--force', id]);
    return outcome;
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
    if (status !== 0) throw new Error(`${start.runtime.version} run: ${stderr}`);
    return use(Number(readFileSync(pidFile, 'utf8')));
  } finally {
    invoke(start.runtime, ['delete', '--force', id]);
    rmSync(bundle, { recursive: true });
  }
}

const FILTER_WITHIN_MS = 100_000;

/**
 * A filter of a process, an instruction a line. crun names the process before it has loaded the filter.
 *
 * @param index - 0 for the one that was loaded first
 */
export function filterOf(root: string, pid: number, index = 0): string {
  const reader = join(root, 'filter');
  const deadline = Date.now() + FILTER_WITHIN_MS;
  for (;;) {
    const { status, stdout, stderr } = spawnSync(reader, [String(pid), String(index)], { encoding: 'utf8' });
    if (status === 0) return stdout;
    if (Date.now() > deadline) throw new Error(stderr);
    execFileSync('sleep', ['0.05']);
  }
}

/** crun refuses hybrid cgroups: it runs where the unified half is not mounted. */
export function commandOf({ name, program }: Runtime, args: readonly string[]): readonly string[] {
  if (name !== 'crun') return [program, ...args];
  const script = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"';
  return ['unshare', '-m', 'sh', '-c', script, 'sh', program, ...args];
}

/**
 * On a busy machine a cgroup is there longer than the container, and longer than a runtime tries to remove it: what each
 * says of that, when all that it was to run has ended.
 */
const LATE_CGROUP = new RegExp(
  [
    'time=\\S+ level=(?:warning|error) msg="Failed to remove (?:cgroup|paths)',
    'time=\\S+ level=\\w+ msg="(?:unable to destroy container: )?unable to remove container\'s cgroup: ',
    'cannot destroy subsystem `\\w+` at path ',
  ]
    .map(words => `^${words}.*\\n`)
    .join('|'),
  'gm',
);

/** What a container wrote to stderr, and a runtime of its start. */
export const withoutLateCgroups = (stderr: string): string => stderr.replace(LATE_CGROUP, '');

function invoke(runtime: Runtime, args: readonly string[]): Outcome {
  const command = commandOf(runtime, args);
  const { status, stdout, stderr } = spawnSync(command[0]!, command.slice(1), {
    encoding: 'utf8',
    timeout: 120_000,
    // A container that stays would hold a pipe open.
    stdio: args.includes('--detach') ? 'ignore' : ['ignore', 'pipe', 'pipe'],
  });
  // Nothing is known of the output of those that were detached, whatever the types say.
  const outputs: { readonly stderr: string | null } = { stderr };
  return { status, stdout, stderr: withoutLateCgroups(outputs.stderr ?? '') };
}

type Spec = Record<string, Record<string, unknown>>;

/** CAP_SYS_RESOURCE, which some virtual machines take from their root, as the number of its bit. */
const SYS_RESOURCE = 24n;

/** True where this machine can give it; a runtime refuses to start a container with what it does not have itself. */
export const hasSysResource = (): boolean => {
  const [, bounding = '0'] = /CapBnd:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return ((BigInt(`0x${bounding}`) >> SYS_RESOURCE) & 1n) === 1n;
};

const possible = (sets: unknown): unknown =>
  hasSysResource()
    ? sets
    : Object.fromEntries(
        Object.entries(sets as Record<string, string[]>).map(([set, names]) => [
          set,
          names.filter(name => name !== 'CAP_SYS_RESOURCE'),
        ]),
      );

/** What `runtime` prints as its default config.json. */
const defaults = new Map<string, string>();
function defaultSpec({ program }: Runtime, bundle: string): string {
  let text = defaults.get(program);
  if (text === undefined) {
    execFileSync(program, ['spec'], { cwd: bundle });
    text = readFileSync(join(bundle, 'config.json'), 'utf8');
    defaults.set(program, text);
  }
  return text;
}

/** The runtime's own default config.json with what the profile decides put in its place. */
export function makeBundle(start: Start): { bundle: string; id: string } {
  const { root, runtime, profile, uid, args, seccomp, rootfs = 'rootfs', mounts = [] } = start;
  const bundle = mkdtempSync(join(root, 'bundle-'));
  const spec = JSON.parse(defaultSpec(runtime, bundle)) as Spec;
  const decided = profile.toOci() as unknown as Spec;
  delete spec['process']?.['rlimits'];
  spec['process'] = {
    ...spec['process'],
    ...decided['process'],
    capabilities: possible(decided['process']?.['capabilities']),
    args,
    terminal: false,
    user: { uid, gid: uid },
  };
  spec['root'] = { ...decided['root'], path: join(root, rootfs) };
  spec['linux'] = { ...spec['linux'], ...decided['linux'], ...(seccomp && { seccomp }) };
  // A runtime sets no host name on the node.
  if (!profile.parts.namespaces.includes('uts')) delete spec['hostname'];
  const listed = [spec, decided].flatMap(from => (from['mounts'] ?? []) as unknown as JsonObject[]);
  const config = { ...spec, mounts: [...listed, ...mounts] };
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
  // Not after this process: a run that was killed left containers behind, and its number is given to others again.
  return { bundle, id: `${basename(root)}-${basename(bundle)}` };
}
