/**
 * Containers that engines start from the arguments and files of the output formats: the filter that is read back is what the
 * profile says, and so are capabilities, no_new_privs, the user and the paths.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareFilters } from '../../src/entitlements/algebra/compare.js';
import { Diagrams } from '../../src/entitlements/algebra/diagram.js';
import { emit } from '../../src/entitlements/emit/index.js';
import type { Profile } from '../../src/entitlements/profile.js';
import type { JsonObject } from '../../src/json/types.js';
import { profileOf, seccompOf } from '../entitlements/catalogue.js';
import { profileWith } from '../entitlements/emit-profiles.js';
import { findProgram } from '../support/programs.js';
import { describeWith } from '../support/system.js';
import { until } from '../support/until.js';
import { CONTAINERS, filterOf, hasSysResource, makeRoot } from './container.js';
import { startEngine } from './docker/rig.js';
import { loadedOf, modelOf } from './modelled.js';
import { installed, type Runtime } from './runtimes.js';

const GRANTS: readonly (readonly [string, readonly string[]])[] = [
  ['nothing', []],
  ['a service', ['network=serve', 'programs=common']],
  [
    'a daemon',
    ['network=proxy', 'programs=common', 'identity=switch', 'filesystem=writable', 'privilege=escalate'],
  ],
  [
    'an administrator',
    ['network=admin', 'security=admin', 'host.devices=admin', 'host.processes=admin', 'identity=root'],
  ],
];
/** Engines before 23 do not read `defaultErrnoRet`, which the program at hand may be. */
const ERRNO_EPERM = 0x00050001;
const OPEN_FILES = 256;
const IMAGE = 'localhost/example:1';
const SLEEP = ['/bin/sleep', '600'];

interface Engine {
  readonly runtime: Runtime;
  /** Removes a container without waiting for its end. */
  readonly remove: readonly string[];
  /** Runs the engine's program; gives stdout. */
  readonly call: (args: readonly string[], cwd?: string) => string;
}

let root: string;
const start = (): void => {
  root = makeRoot();
};
/** Engines tidy up in their folders when a container is gone, later than they say that it is. */
const end = async (): Promise<void> => {
  await until(
    () => !processes().some(pid => commandLine(pid).includes(root)),
    `${root}, which programs still use,`,
  );
  rmSync(root, { recursive: true, force: true });
};

const processes = (): number[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number);

/** Its words, each with a NUL after it; none of a process that has ended. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const output = (command: readonly string[], cwd?: string): string => {
  const [program = '', ...args] = command;
  const { status, stdout, stderr } = spawnSync(findProgram(program) ?? program, args, {
    encoding: 'utf8',
    cwd,
  });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
  return stdout;
};

function importImage({ call }: Engine): void {
  output(['tar', '-C', join(root, 'rootfs'), '-cf', join(root, 'image.tar'), '.']);
  call(['import', join(root, 'image.tar'), IMAGE]);
}

const writeFilter = (profile: Profile): void => {
  const { output: filter } = emit('docker-seccomp', profile);
  writeFileSync(join(root, `${profile.intent}.json`), JSON.stringify(filter));
};

/** The first process of a container, once it sleeps: what an engine has started is a runtime's own program at first. */
async function sleeperOf({ call }: Engine, id: string): Promise<number> {
  const pid = Number(call(['inspect', '--format', '{{.State.Pid}}', id]));
  const words = SLEEP.map(word => `${word}\0`).join('');
  await until(
    () => commandLine(pid) === words,
    () => `the container of "${commandLine(pid)}"`,
  );
  return pid;
}

/** Starts a container that sleeps, and gives its first process to `use`. */
async function whileSleeping(
  engine: Engine,
  args: readonly string[],
  use: (pid: number) => void,
): Promise<void> {
  const { call, remove } = engine;
  const id = call(['run', '--detach', ...args, IMAGE, ...SLEEP], root).trim();
  try {
    use(await sleeperOf(engine, id));
  } finally {
    // An engine waits some seconds for the end of what it kills, and fails: it may be asked again.
    await until(() => {
      if (call(['ps', '--all', '--quiet', '--no-trunc']).includes(id)) call([...remove, id]);
      return true;
    }, `the end of ${id}`);
  }
}

const argumentsOf = (format: string, profile: Profile): string[] => {
  const { run } = emit(format, profile).output as { run: string[] };
  // This machine may not have the capability to give; there is no network but the host's and none.
  return [
    ...run.filter(argument => argument !== '--cap-add=SYS_RESOURCE' || hasSysResource()),
    ...(run.includes('--network=none') ? [] : ['--network=none']),
  ];
};

function status(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
  return Object.fromEntries(lines.map(line => line.split(/:\s*/, 2) as [string, string]));
}

/**
 * The filter that is loaded permits what the profile permits, and answers alike.
 *
 * @param otherAnswer - what it answers in place of ENOSYS, where the engine has no default error number
 */
function sameFilter(profile: Profile, pid: number, runtime: Runtime, otherAnswer?: number): void {
  const diagrams = new Diagrams();
  const model = modelOf(diagrams, seccompOf(profile), runtime);
  const loaded = loadedOf(diagrams, filterOf(root, pid));
  const { relation, looser, stricter, answersDiffer } = compareFilters(diagrams, model, loaded);
  expect({ relation, looser, stricter }).toEqual({
    relation: 'equal',
    looser: undefined,
    stricter: undefined,
  });
  expect(answersDiffer?.b).toBe(otherAnswer);
}

/** A bit mask of capabilities has as many bits as the profile has names. */
const count = (mask = ''): number => [...BigInt(`0x${mask}`).toString(2)].filter(bit => bit === '1').length;

function sameProcess(profile: Profile, pid: number, ambient: boolean): void {
  const { capabilities, freedoms, foundation } = profile.parts;
  const given = capabilities.filter(name => name !== 'CAP_SYS_RESOURCE' || hasSysResource());
  const found = status(pid);
  const user = freedoms.has('run-as-root') ? 0 : foundation.nonroot.uid;
  const effective = user === 0 || ambient ? given.length : 0;
  expect({
    bounding: count(found['CapBnd']),
    effective: count(found['CapEff']),
    ambient: count(found['CapAmb']),
    noNewPrivileges: found['NoNewPrivs'],
    user: found['Uid']?.split('\t')[0],
  }).toEqual({
    bounding: given.length,
    effective,
    ambient: user === 0 ? 0 : effective,
    noNewPrivileges: freedoms.has('gain-privileges') ? '0' : '1',
    user: String(user),
  });
}

/** Options of the mounts in the container, by path. */
const mounts = (pid: number): Map<string, string> =>
  new Map(
    readFileSync(`/proc/${pid}/mounts`, 'utf8')
      .split('\n')
      .map(line => line.split(' '))
      .map(([, path = '', , options = '']) => [path, options]),
  );

/** A path of the node, and a limit that needs no cgroup. */
async function sameItems(engine: Engine, format: string, more: readonly string[]): Promise<void> {
  const items = new Map([['path', [`${root}:ro`]]] as const);
  const limits = new Map([['open-files', OPEN_FILES]] as const);
  const profile = profileWith(profileOf([], engine.runtime.target), { items, limits });
  writeFilter(profile);
  await whileSleeping(engine, [...argumentsOf(format, profile), ...more], pid => {
    expect(mounts(pid).get(root)).toMatch(/^ro\b/);
    expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(
      new RegExp(`^Max open files +${OPEN_FILES} +${OPEN_FILES} `, 'm'),
    );
  });
}

describeWith([...CONTAINERS, 'dockerd', 'containerd', 'docker', 'docker-compose'], 'docker', () => {
  beforeAll(start);
  afterAll(end);

  it('enforces what the profile says, from flags and from Compose', { timeout: 600_000 }, async () => {
    const socket = await startEngine(join(root, 'docker'));
    const engine: Engine = {
      runtime: installed('runc'),
      remove: ['rm', '--force'],
      call: (args, cwd) => output(['docker', '--host', socket, ...args], cwd),
    };
    importImage(engine);
    for (const [, entries] of GRANTS) {
      const profile = profileOf(entries, engine.runtime.target);
      writeFilter(profile);
      await whileSleeping(engine, argumentsOf('docker', profile), pid => {
        sameFilter(profile, pid, engine.runtime, ERRNO_EPERM);
        sameProcess(profile, pid, false);
        const options = mounts(pid).get('/') ?? '';
        expect(options.startsWith('ro')).toBe(!profile.parts.freedoms.has('write-root'));
      });
    }
    await sameItems(engine, 'docker', []);
    const profile = profileOf([], engine.runtime.target);
    const { services } = emit('compose', profile).output as { services: { app: JsonObject } };
    const app = { ...services.app, image: IMAGE, command: SLEEP };
    writeFileSync(join(root, 'compose.yml'), JSON.stringify({ services: { app } }));
    const compose = (...args: string[]): string =>
      output(['docker-compose', '--host', socket, '-f', 'compose.yml', '-p', 'example', ...args], root);
    compose('up', '--detach');
    const [id = ''] = compose('ps', '-q').trim().split('\n');
    const pid = await sleeperOf(engine, id);
    sameFilter(profile, pid, engine.runtime, ERRNO_EPERM);
    sameProcess(profile, pid, false);
    compose('kill');
    compose('rm', '--force');
  });
});

describeWith([...CONTAINERS, 'podman'], 'podman', () => {
  beforeAll(start);
  afterAll(end);

  it(
    'enforces what the profile says, single paths and ambient capabilities too',
    { timeout: 600_000 },
    async () => {
      const store = [
        '--root',
        join(root, 'store'),
        '--runroot',
        join(root, 'run'),
        '--storage-driver',
        'vfs',
      ];
      const script = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec podman "$@"';
      const engine: Engine = {
        runtime: installed('crun'),
        remove: ['rm', '--force', '--time', '0'],
        call: (args, cwd) => output(['unshare', '-m', 'sh', '-c', script, 'podman', ...store, ...args], cwd),
      };
      importImage(engine);
      const noProcesses = hasSysResource() ? [] : ['--ulimit=nproc=1000:1000'];
      const limits = hasSysResource() ? [] : [...noProcesses, '--ulimit=nofile=1024:1024'];
      await sameItems(engine, 'podman', noProcesses);
      for (const [, entries] of GRANTS) {
        const profile = profileOf(entries, engine.runtime.target);
        writeFilter(profile);
        await whileSleeping(engine, [...argumentsOf('podman', profile), ...limits], pid => {
          sameFilter(profile, pid, engine.runtime);
          sameProcess(profile, pid, true);
          const found = mounts(pid);
          const present = (paths: readonly string[]): string[] => paths.filter(path => found.has(path));
          const { foundation, maskedPaths, readonlyPaths } = profile.parts;
          expect(present(foundation.readonlyPaths)).toEqual(present(readonlyPaths));
          expect(present(foundation.maskedPaths)).toEqual(present(maskedPaths));
          expect((found.get('/') ?? '').startsWith('ro')).toBe(!profile.parts.freedoms.has('write-root'));
        });
      }
    },
  );
});
