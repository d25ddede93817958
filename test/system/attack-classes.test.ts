/**
 * Each class of attack on a kernel, live: refused where everything is granted but what opens it, with user namespaces and
 * without, and not refused where next to nothing is granted but that.
 */
import { execFileSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/entitlements/compile.js';
import { parseGrants } from '../../src/entitlements/parse-grants.js';
import { partsOf } from '../../src/entitlements/parts.js';
import type { Profile } from '../../src/entitlements/profile.js';
import type { JsonValue } from '../../src/json/types.js';
import { baselines, catalogue, top } from '../entitlements/catalogue.js';
import { describeWith, lacking } from '../support/system.js';
import { compileProgram, CONTAINERS, makeRoot, run } from './container.js';
import { MARKED } from './calls.js';
import { tryMarked } from './marked.js';
import { FOR_LONG_TESTS, type Runtime } from './runtimes.js';

type Levels = Readonly<Record<string, JsonValue>>;

interface Row {
  /** As `programs/attack.c` has it. */
  readonly name: string;
  /** Any of these opens the class: plainly, or to the root of a user namespace. */
  readonly gates: readonly Levels[];
  /** What comes of it where it is refused, when that is not {@link REFUSED}. */
  readonly refused?: readonly string[];
  /** The call, for a machine that has no such thing: its filter alone is asked then. */
  readonly call: readonly [number, ...number[]];
}

const SOCKET = 41;
const CLONE_NEWUSER = 0x10000000;
const [TIOCSTI, TIOCLINUX] = [0x5412, 0x541c];
const family = (name: string, ...call: number[]): Row => ({
  name,
  gates: [{ 'network.families': name }],
  call: [SOCKET, ...call],
});
const MOUNTS: Row['gates'] = [{ security: 'admin' }, { 'kernel.userns': 'allow', 'kernel.mount': 'allow' }];
const TRACING: Row['gates'] = [{ debug: 'ptrace' }, { 'host.processes': 'admin' }];

const ROWS: readonly Row[] = [
  { name: 'keyring', gates: [{ 'kernel.keyring': 'allow' }], call: [248] },
  { name: 'bpf', gates: [{ 'kernel.bpf': 'allow' }], call: [321] },
  { name: 'io_uring', gates: [{ 'kernel.io-uring': 'allow' }], call: [425] },
  { name: 'raw', gates: [{ network: 'proxy' }], call: [SOCKET, 2, 3, 1] },
  { name: 'packet', gates: [{ network: 'proxy' }], call: [SOCKET, 17, 3, 0x300] },
  { name: 'nf_tables', gates: [{ network: 'admin' }], call: [SOCKET, 16, 3, 12] },
  { name: 'xfrm', gates: [{ network: 'admin' }], call: [SOCKET, 16, 3, 6] },
  { name: 'x_tables', gates: [{ network: 'admin' }], call: [54, 3, 0, 64] },
  { name: 'userns', gates: [{ 'kernel.userns': 'allow' }], call: [272, CLONE_NEWUSER] },
  { name: 'mounts', gates: MOUNTS, call: [165] },
  { name: 'mount-api', gates: MOUNTS, call: [430] },
  { name: 'perf', gates: [{ debug: 'perf' }], call: [298] },
  { name: 'ptrace', gates: TRACING, call: [101] },
  { name: 'process_vm', gates: TRACING, call: [310] },
  { name: 'open_by_handle_at', gates: [{ security: 'admin' }], call: [304] },
  { name: 'userfaultfd', gates: [{ security: 'admin' }], call: [323] },
  family('alg', 38, 5, 0),
  family('vsock', 40, 1, 0),
  family('tipc', 30, 5, 0),
  family('can', 29, 3, 1),
  family('bluetooth', 31, 3, 1),
  family('dccp', 2, 6, 33),
  { name: 'modules', gates: [{ 'kernel.modules': 'allow' }], call: [175] },
  { name: 'kexec', gates: [{ 'kernel.reboot': 'allow' }], call: [246] },
  { name: 'reboot', gates: [{ 'kernel.reboot': 'allow' }], call: [169] },
  { name: 'clocks', gates: [{ 'kernel.time': 'allow' }], call: [227] },
  { name: 'int80', gates: [{ legacy32: 'allow' }], call: [154] },
  { name: 'x32', gates: [{ legacy32: 'allow' }], call: [0x40000000 + 39] },
  { name: 'modify_ldt', gates: [{ legacy32: 'allow' }], call: [154] },
  // ECONNREFUSED: there is no such socket in a network namespace of its own
  { name: 'abstract', gates: [{ 'network.host': 'host' }], call: [42], refused: ['1', '111'] },
  { name: 'tiocsti', gates: [{ 'tty.inject': 'allow' }], call: [16, 0, TIOCSTI] },
  { name: 'tioclinux', gates: [{ 'tty.inject': 'allow' }], call: [16, 0, TIOCLINUX] },
];

const [EPERM, SIGSYS, ENOSYS] = [1, 31, 38];
const REFUSED = [`${EPERM}`, `${ENOSYS}`, 'killed'];

/** What root of this machine cannot do: no such call, family, type or protocol, or not in the kernel's settings. */
const ABSENT = lacking(CONTAINERS).length > 0 ? [] : absent();

function absent(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'writ-attack-'));
  const program = compileProgram('attack.c', join(folder, 'attack'));
  const args = ['-m', program, ...ROWS.map(({ name }) => name)];
  const text = execFileSync('unshare', args, { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  return text.split('\n').flatMap(line => /^(\S+) (?:1|38|93|94|97|killed) /.exec(line)?.[1] ?? []);
}

/** What no class is about, and some need to be tried at all. */
const HELP: Levels = { identity: 'root', filesystem: 'writable', network: 'user', programs: 'common' };

const profileOf = (levels: Levels, { target }: Runtime): Profile =>
  compile(parseGrants(catalogue, levels), target, baselines);

/** Everything but one domain of each gate, in every way there is: that domain is a level lower than the gate. */
function closed({ gates }: Row): Levels[] {
  let all: Levels[] = [{}];
  for (const gate of gates) {
    all = all.flatMap(before =>
      Object.entries(gate).map(([domain, level]) => ({ ...before, [domain]: below(domain, level) })),
    );
  }
  return all.map(lowered => ({ ...top.toJson(), ...lowered }));
}

/** The level below one of a ladder, or all members of a set but one. */
function below(name: string, part: JsonValue): JsonValue {
  const domain = catalogue.domains.get(name);
  const names = domain === undefined ? [] : partsOf(domain).map(each => each.name);
  if (domain?.kind === 'members') return names.filter(each => each !== part);
  return (
    names[names.findIndex(each => each === part) - 1] ??
    expect.fail(`nothing is below ${name}=${String(part)}`)
  );
}

interface Answers {
  readonly plain: string;
  readonly userns: string;
}

describeWith(CONTAINERS, 'classes of attack', () => {
  let root: string;
  let server: Server;
  /** Of a socket in no file system: all of this machine share the names. */
  let socketName: string;
  beforeAll(async () => {
    root = makeRoot();
    socketName = basename(root);
    server = createServer();
    await new Promise<void>(done => server.listen(`\0${socketName}`, done));
  });
  afterAll(() => {
    server.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** What came of each class that is tried under these levels: one container for all. */
  const seen = new Map<string, Map<string, Answers>>();
  const tried = (levels: Levels, runtime: Runtime, names: readonly string[]): Map<string, Answers> => {
    const key = JSON.stringify([levels, runtime.version, names]);
    const answers = seen.get(key) ?? attack(profileOf(levels, runtime), runtime, names);
    seen.set(key, answers);
    return answers;
  };
  const attack = (profile: Profile, runtime: Runtime, names: readonly string[]): Map<string, Answers> => {
    const { stdout, stderr } = run({
      root,
      runtime,
      profile,
      uid: 0,
      args: ['attack', `@${socketName}`, ...names],
    });
    expect(stderr).toBe('');
    const lines = stdout.trim().split('\n');
    return new Map(
      lines.map(line => {
        const [name = '', plain = '', userns = ''] = line.split(' ');
        return [name, { plain, userns }];
      }),
    );
  };

  describe.each(FOR_LONG_TESTS)('under $version', runtime => {
    it.each(ROWS)('$name is refused to everything but its gate', row => {
      for (const levels of closed(row)) {
        const same = ROWS.filter(other => closed(other).some(one => isDeepStrictEqual(one, levels)));
        const names = same.map(({ name }) => name);
        const answers = tried(levels, runtime, names).get(row.name);
        const refused = row.refused ?? REFUSED;
        expect(refused).toContain(answers?.plain);
        expect(levels['kernel.userns'] === 'none' ? ['none'] : refused).toContain(answers?.userns);
      }
    });

    const here = ROWS.filter(({ name }) => !ABSENT.includes(name));
    it.each(here)('$name is open at its gate', row => {
      for (const gate of row.gates) {
        const levels = { ...HELP, ...gate };
        const way = Object.keys(gate).length > 1 ? 'userns' : 'plain';
        const answer = tried(levels, runtime, [row.name]).get(row.name)?.[way];
        expect(row.refused ?? REFUSED).not.toContain(answer);
      }
    });

    const elsewhere = ROWS.filter(({ name }) => ABSENT.includes(name));
    it.each(elsewhere)(
      '$name is not on this machine: its filter is open at the gate, and closed else',
      async row => {
        const [number = 0, ...args] = row.call;
        const call = { gate: 'syscall', number, args: args.map(BigInt) } as const;
        const answerAt = async (levels: Levels): Promise<number | undefined> => {
          const start = { root, runtime, profile: profileOf(levels, runtime), uid: 0 };
          return (await tryMarked(start, [call])).answers[0];
        };
        for (const gate of row.gates) expect(await answerAt({ ...HELP, ...gate })).toBe(MARKED);
        for (const levels of closed(row)) expect([EPERM, ENOSYS, -SIGSYS]).toContain(await answerAt(levels));
      },
    );
  });
});
