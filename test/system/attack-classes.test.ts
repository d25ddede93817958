/**
 * Each class of attack on a kernel, live: refused where everything is granted but what opens it, with user namespaces and
 * without, and not refused where next to nothing is granted but that.
 */
import { execFileSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/entitlements/compile.js';
import { parseGrants } from '../../src/entitlements/parse-grants.js';
import { partsOf } from '../../src/entitlements/parts.js';
import type { Profile } from '../../src/entitlements/profile.js';
import type { JsonValue } from '../../src/json/types.js';
import { baselines, catalogue, top } from '../entitlements/catalogue.js';
import { describeWith, lacking } from '../support/system.js';
import { compileProgram, CONTAINERS, installedTarget, makeRoot, run } from './container.js';
import { MARKED, tryMarked } from './marked.js';

type Levels = Readonly<Record<string, JsonValue>>;

interface Row {
  /** As `programs/attack.c` has it. */
  readonly name: string;
  /** Any of these opens the class: plainly, or to the root of a user namespace. */
  readonly gates: readonly Levels[];
  /** What comes of it where it is refused, when that is not {@link REFUSED}. */
  readonly refused?: readonly string[];
  /** The call, for a kernel that has no such thing: its filter alone is asked then. */
  readonly call?: readonly [number, ...number[]];
}

const [SOCKET, INIT_MODULE, KEXEC_LOAD, MODIFY_LDT] = [41, 175, 246, 154];
const families = (name: string): Levels[] => [{ 'network.families': name }];
const ROWS: readonly Row[] = [
  { name: 'keyring', gates: [{ 'kernel.keyring': 'allow' }] },
  { name: 'bpf', gates: [{ 'kernel.bpf': 'allow' }] },
  { name: 'io_uring', gates: [{ 'kernel.io-uring': 'allow' }] },
  { name: 'raw', gates: [{ network: 'proxy' }] },
  { name: 'packet', gates: [{ network: 'proxy' }] },
  { name: 'nf_tables', gates: [{ network: 'admin' }] },
  { name: 'xfrm', gates: [{ network: 'admin' }] },
  { name: 'x_tables', gates: [{ network: 'admin' }] },
  { name: 'userns', gates: [{ 'kernel.userns': 'allow' }] },
  {
    name: 'mounts',
    gates: [{ security: 'admin' }, { 'kernel.userns': 'allow', 'kernel.mount': 'allow' }],
  },
  {
    name: 'mount-api',
    gates: [{ security: 'admin' }, { 'kernel.userns': 'allow', 'kernel.mount': 'allow' }],
  },
  { name: 'perf', gates: [{ debug: 'perf' }] },
  { name: 'ptrace', gates: [{ debug: 'ptrace' }, { 'host.processes': 'admin' }] },
  { name: 'process_vm', gates: [{ debug: 'ptrace' }, { 'host.processes': 'admin' }] },
  { name: 'open_by_handle_at', gates: [{ security: 'admin' }] },
  { name: 'userfaultfd', gates: [{ security: 'admin' }] },
  { name: 'alg', gates: families('alg'), call: [SOCKET, 38, 5, 0] },
  { name: 'vsock', gates: families('vsock'), call: [SOCKET, 40, 1, 0] },
  { name: 'tipc', gates: families('tipc'), call: [SOCKET, 30, 5, 0] },
  { name: 'can', gates: families('can'), call: [SOCKET, 29, 3, 1] },
  { name: 'bluetooth', gates: families('bluetooth'), call: [SOCKET, 31, 3, 1] },
  { name: 'dccp', gates: families('dccp'), call: [SOCKET, 2, 6, 33] },
  { name: 'modules', gates: [{ 'kernel.modules': 'allow' }], call: [INIT_MODULE] },
  { name: 'kexec', gates: [{ 'kernel.reboot': 'allow' }], call: [KEXEC_LOAD] },
  { name: 'reboot', gates: [{ 'kernel.reboot': 'allow' }] },
  { name: 'clocks', gates: [{ 'kernel.time': 'allow' }] },
  { name: 'modify_ldt', gates: [{ legacy32: 'allow' }], call: [MODIFY_LDT] },
  // ECONNREFUSED: there is no such socket in a network namespace of its own
  { name: 'abstract', gates: [{ 'network.host': 'host' }], refused: ['1', '111'] },
  { name: 'tiocsti', gates: [{ 'tty.inject': 'allow' }] },
  { name: 'tioclinux', gates: [{ 'tty.inject': 'allow' }] },
];

/** Rows of domains that there are. */
const KNOWN = ROWS.filter(({ gates }) =>
  gates.every(gate => Object.keys(gate).every(name => catalogue.domains.has(name))),
);

const [EPERM, SIGSYS, ENOSYS] = [1, 31, 38];
const REFUSED = [`${EPERM}`, `${ENOSYS}`, 'killed'];

/** The rows that this kernel knows nothing of: ENOSYS, or no such family, type or protocol. */
const ABSENT = lacking(CONTAINERS).length > 0 ? [] : absent(KNOWN.filter(({ call }) => call !== undefined));

function absent(rows: readonly Row[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'writ-attack-'));
  const program = compileProgram('attack.c', join(folder, 'attack'));
  const text = execFileSync(
    program,
    rows.map(({ name }) => name),
    { encoding: 'utf8' },
  );
  rmSync(folder, { recursive: true });
  return text.split('\n').flatMap(line => /^(\S+) (?:38|93|94|97) /.exec(line)?.[1] ?? []);
}

/** What no class is about, and some need to be tried at all. */
const HELP: Levels = { identity: 'root', filesystem: 'writable', network: 'user', programs: 'common' };

const profileOf = (levels: Levels, runtime: string): Profile =>
  compile(parseGrants(catalogue, levels), { arch: 'amd64', ...installedTarget(runtime) }, baselines);

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
  beforeAll(async () => {
    root = makeRoot();
    server = createServer();
    await new Promise<void>(done => server.listen('\0writ-attack', done));
  });
  afterAll(() => {
    server.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** What came of each class that is tried under these levels: one container for all. */
  const seen = new Map<string, Map<string, Answers>>();
  const tried = (levels: Levels, runtime: string, names: readonly string[]): Map<string, Answers> => {
    const key = JSON.stringify([levels, runtime, names]);
    const answers = seen.get(key) ?? attack(profileOf(levels, runtime), runtime, names);
    seen.set(key, answers);
    return answers;
  };
  const attack = (profile: Profile, runtime: string, names: readonly string[]): Map<string, Answers> => {
    const { stdout, stderr } = run({ root, runtime, profile, uid: 0, args: ['attack', ...names] });
    expect(stderr).toBe('');
    const lines = stdout.trim().split('\n');
    return new Map(
      lines.map(line => {
        const [name = '', plain = '', userns = ''] = line.split(' ');
        return [name, { plain, userns }];
      }),
    );
  };

  describe.each(['runc', 'crun'])('under %s', runtime => {
    it.each(KNOWN)('$name is refused to everything but its gate', row => {
      for (const levels of closed(row)) {
        const same = KNOWN.filter(other => closed(other).some(one => isDeepStrictEqual(one, levels)));
        const names = same.map(({ name }) => name);
        const answers = tried(levels, runtime, names).get(row.name);
        const refused = row.refused ?? REFUSED;
        expect(refused).toContain(answers?.plain);
        expect(levels['kernel.userns'] === 'none' ? ['none'] : refused).toContain(answers?.userns);
      }
    });

    const here = KNOWN.filter(({ name }) => !ABSENT.includes(name));
    it.each(here)('$name is open at its gate', row => {
      for (const gate of row.gates) {
        const levels = { ...HELP, ...gate };
        const way = Object.keys(gate).length > 1 ? 'userns' : 'plain';
        const answer = tried(levels, runtime, [row.name]).get(row.name)?.[way];
        expect(row.refused ?? REFUSED).not.toContain(answer);
      }
    });

    const elsewhere = KNOWN.filter(({ name }) => ABSENT.includes(name));
    it.each(elsewhere)(
      '$name is not in this kernel: its filter is open at the gate, and closed else',
      async row => {
        const [number = 0, ...args] = row.call ?? [];
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
