import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FORMATS } from '../../src/entitlements/emit/index.js';
import { list } from '../../src/entitlements/list.js';
import { describeMachine, newestBaseline } from '../../src/cli/machine.js';
import { chooseNode } from '../../src/cli/node-kind.js';
import { loadCatalogue } from '../../src/config/catalogue.js';
import { run } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'writ-profile-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const NODE = ['--arch', 'amd64', '--runtime', 'runc-1.1', '--libseccomp', '2.5.4'];
const { baselines, catalogue } = await loadCatalogue();
const compiled = async (...argv: string[]): Promise<Record<string, unknown>> => {
  const ran = await run(['profile', 'compile', ...NODE, ...argv]);
  expect(ran.code).toBe(0);
  return JSON.parse(ran.stdout) as Record<string, unknown>;
};

describe('writ profile compile', () => {
  it('prints what goes into config.json; the same bytes each time, to stdout and to a file', async () => {
    const out = join(folder, 'profile.json');
    const argv = ['profile', 'compile', '--grant', 'network=user', ...NODE];
    const [first, second, filed] = [await run(argv), await run(argv), await run([...argv, '-o', out])];
    expect(first.stdout).toBe(second.stdout);
    expect(filed.stdout).toBe('');
    expect(readFileSync(out, 'utf8')).toBe(first.stdout);
    expect(Object.keys(JSON.parse(first.stdout) as object)).toEqual(['linux', 'process', 'root']);
  });

  it('-v names the digest of those bytes and the intent', async () => {
    const { stdout, stderr } = await run(['profile', 'compile', '--grant', 'network=user', ...NODE, '-v']);
    expect(stderr).toContain(`profile  sha256:${createHash('sha256').update(stdout).digest('hex')}\n`);
    expect(stderr).toMatch(/^grants {3}network=user$/m);
    expect(stderr).toMatch(/^node {5}amd64 runc-1\.1$/m);
  });

  it('--format seccomp is the seccomp object alone', async () => {
    const whole = await compiled('--grant', 'security=admin');
    const alone = await compiled('--grant', 'security=admin', '--format', 'seccomp');
    expect(alone).toEqual((whole['linux'] as Record<string, unknown>)['seccomp']);
    expect(alone).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO', architectures: ['SCMP_ARCH_X86_64'] });
  });

  it('--json is a JSON document in every format, texts with line ends and halves of processors too', async () => {
    const half = ['--grant', 'resources.cpu=0.5', '--json'];
    for (const format of FORMATS)
      expect([format, typeof (await compiled('--format', format, ...half))]).toEqual([format, 'object']);
    const { text } = await compiled('--format', 'quadlet', '--json');
    expect(text).toBe((await run(['profile', 'compile', ...NODE, '--format', 'quadlet'])).stdout);
  });

  it('--grant overrides the preset, also to the lowest level', async () => {
    const lowered = await compiled('--preset', 'web-service', '--grant', 'network=none');
    expect(lowered).toEqual(await compiled('--grant', 'programs=common'));
    expect(await compiled('--preset', 'web-service')).not.toEqual(lowered);
  });

  it('says what the format cannot express', async () => {
    const { stderr } = await run(['profile', 'compile', '--format', 'kubernetes', ...NODE]);
    expect(stderr).toMatch(/^warning: kubernetes cannot express network\.namespace: .+$/m);
  });

  it('says for which node it compiled when nobody named one, unless -q', async () => {
    expect((await run(['profile', 'compile'])).stderr).toMatch(/^compiled for (runc|crun)-\d+\.\d+/);
    expect((await run(['profile', 'compile', '-q'])).stderr).toBe('');
  });

  it.each([
    [['--grant', 'network'], 'GRANT_SYNTAX', 1],
    [['--grant', 'network=user', '--grant', 'network=admin'], 'GRANT_CONFLICT', 1],
    [['--preset', 'none'], 'GRANT_PRESET', 1],
    [['--format', 'xml'], 'PROFILE_FORMAT', 1],
    [['--runtime', 'runc-0.1'], 'PROFILE_RUNTIME', 1],
    [['--arch', 'vax'], 'PROFILE_ARCHITECTURE', 1],
    [['--arch', 'amd64', '--runtime', 'runc-1.1', '--kernel', '2.6'], 'PROFILE_KERNEL', 1],
    [['--libseccomp', '0.1'], 'PROFILE_LIBSECCOMP', 1],
    [['extra'], 'USAGE', 2],
    [['-o', '/absent/x'], 'CLI_FILE', 1],
  ])('%j is %s', async (argv, code, exit) => {
    const ran = await run(['profile', 'compile', ...argv, '--json']);
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code } });
    expect(ran.code).toBe(exit);
  });
});

describe('writ profile list', () => {
  it('shows every domain with its levels, and every preset', async () => {
    const { stdout } = await run(['profile', 'list']);
    for (const { domain, takes } of list(catalogue)) {
      expect(stdout.split('\n').find(line => line.startsWith(`  ${domain} `))).toContain(` ${takes} `);
    }
    const json = JSON.parse((await run(['profile', 'list', '--json'])).stdout) as {
      domains: unknown[];
      presets: unknown[];
    };
    expect(json.domains).toHaveLength(catalogue.domains.size);
    expect(json.presets.length).toBeGreaterThan(0);
  });

  it('explains one domain', async () => {
    expect((await run(['profile', 'list', 'network'])).stdout).toMatch(
      /^ {2}network=serve .*\n.*capabilities: CAP_NET_BIND_SERVICE$/m,
    );
    expect(await run(['profile', 'list', 'netwrk'])).toMatchObject({
      code: 1,
      stderr: 'error: there is no domain "netwrk"\nhint: did you mean network?\ncode: GRANT_DOMAIN\n',
    });
  });
});

describe('writ profile explain', () => {
  it('says which grants open a call, and the least change', async () => {
    const { stdout } = await run(['profile', 'explain', 'unshare']);
    expect(stdout).toMatch(/^unshare \(system call\)\n {2}the call is +refused \(EPERM\)\n/);
    expect(stdout).toMatch(/^ {2}opened by +kernel\.userns=allow$/m);
    expect(stdout).toMatch(/^ {2}least change +--grant kernel\.userns=allow$/m);
    const json = JSON.parse((await run(['profile', 'explain', 'NET_ADMIN', '--json'])).stdout) as object;
    expect(json).toMatchObject({
      kind: 'capability',
      name: 'CAP_NET_ADMIN',
      smallestChange: 'network=admin',
    });
  });

  it('says what is missing from given grants, for one call with its arguments', async () => {
    const words = ['profile', 'explain', 'socket(AF_INET, SOCK_RAW)', '--preset', 'web-service'];
    const { stdout } = await run(words);
    expect(stdout).toMatch(/^socket\(2, 3\) \(system call\)\n {2}the call is +refused/);
    expect(stdout).toMatch(
      /^ {2}least change +--grant network=proxy\n +opens to attack: raw and packet sockets$/m,
    );
    const enough = [...words, '--grant', 'network=proxy', '--arch', 'arm64', '--json'];
    expect(JSON.parse((await run(enough)).stdout)).toMatchObject({
      permitted: { arm64: 'all' },
      smallestChange: null,
      change: null,
    });
  });

  it('of an unknown name exits 1', async () => {
    expect(await run(['profile', 'explain', 'frobnicate'])).toMatchObject({ code: 1 });
    expect(await run(['profile', 'explain', 'read', '--runtime', 'runc-9.9'])).toMatchObject({ code: 1 });
  });
});

describe('writ profile diff', () => {
  it('says it in grants first, then in what follows', async () => {
    const { stdout, code } = await run([
      'profile',
      'diff',
      'nothing',
      'network=serve debug=ptrace',
      '--arch',
      'amd64',
      '--runtime',
      'runc-1.1',
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^B grants all that A does, and more\n/);
    expect(stdout).toMatch(/^ {2}debug +none -> ptrace +raised$/m);
    expect(stdout).toMatch(/^ {2}open to attack +\+ ptrace$/m);
    expect(stdout).toMatch(/^ {2}calls opened .*\bptrace\b/m);
    expect(stdout).toMatch(/^ {2}calls widened +socket/m);
    expect(stdout).toMatch(/^ {2}capabilities +\+ CAP_NET_BIND_SERVICE$/m);
  });

  it('takes presets and files, and turns round', async () => {
    const file = join(folder, 'grants.yaml');
    writeFileSync(file, 'grants:\n  network: user\n');
    const json = async (...words: string[]) =>
      JSON.parse((await run(['profile', 'diff', ...words, '--json'])).stdout) as Record<string, unknown>;
    const there = await json('web-service', file);
    const back = await json(file, 'web-service');
    expect([there['relation'], back['relation']]).not.toContain('equal');
    expect(there['gained']).toEqual(back['lost']);
    expect(await json(file, 'network=user')).toMatchObject({ relation: 'equal', domains: [], lists: {} });
  });

  it.each([['nosuch'], ['network=fly'], ['/no/such/file.yaml']])('of %s exits 1', async word => {
    expect(await run(['profile', 'diff', word, 'nothing'])).toMatchObject({ code: 1 });
  });
});

describe('the node when nobody names it', () => {
  const machine = (files: Record<string, string>, arch = 'x64') => {
    const root = mkdtempSync(join(folder, 'root-'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return describeMachine(root, arch);
  };
  const status = (name: string, version: string, state = 'install ok installed'): string =>
    `Package: ${name}\nStatus: ${state}\nVersion: ${version}\nDescription: x\n\n`;
  const DPKG = 'var/lib/dpkg/status';

  it('is what the package manager says', () => {
    expect(
      machine({
        'usr/sbin/runc': '',
        [DPKG]:
          status('crunch', '9.9') + status('runc', '1.1.5+ds1-1+b1') + status('libseccomp2', '2.5.4-1+b3'),
      }),
    ).toEqual({ arch: 'amd64', runtime: 'runc-1.1', libseccomp: '2.5.4' });
    expect(machine({ 'usr/bin/crun': '', [DPKG]: status('crun', '2:1.8.1-1') }, 'arm64')).toEqual({
      arch: 'arm64',
      runtime: 'crun-1.8',
      libseccomp: undefined,
    });
  });

  it.each<[string, Record<string, string>]>([
    ['no runtime', { [DPKG]: status('runc', '1.1.5') }],
    ['a runtime of unknown origin', { 'usr/sbin/runc': '' }],
    [
      'one installed beside the package',
      { 'usr/sbin/runc': '', 'usr/local/sbin/runc': '', [DPKG]: status('runc', '1.1.5') },
    ],
    [
      'a package that was removed',
      { 'usr/sbin/runc': '', [DPKG]: status('runc', '1.1.5', 'deinstall ok config-files') },
    ],
  ])('%s: nothing is known', (_what, files) => {
    expect(machine(files).runtime).toBeUndefined();
  });

  const open = { arch: undefined, runtime: undefined, libseccomp: undefined, kernel: undefined };

  it('takes the machine where a baseline covers it, the newest runc otherwise', () => {
    const here = { arch: 'amd64', runtime: 'runc-1.1', libseccomp: '2.5.4' };
    expect(chooseNode(open, baselines, () => here)).toEqual({
      target: here,
      why: 'for runc-1.1, which this machine has',
    });
    const newest = newestBaseline(baselines);
    expect(chooseNode(open, baselines, () => ({ ...here, runtime: 'runc-9.9' }))).toEqual({
      target: { arch: 'amd64', runtime: newest },
      why: `for ${String(newest)} (no baseline covers runc-9.9 of this machine; --runtime names another)`,
    });
    expect(chooseNode(open, baselines, () => ({ ...here, runtime: undefined })).why).toBe(
      `for ${String(newest)} (the newest baseline; --runtime names another)`,
    );
  });

  it("what is named wins, and this machine's library says nothing about another node", () => {
    const here = { arch: 'amd64', runtime: 'runc-1.1', libseccomp: '2.5.4' };
    expect(chooseNode({ ...open, arch: 'arm64' }, baselines, () => here).target).toEqual({
      arch: 'arm64',
      runtime: 'runc-1.1',
    });
    expect(chooseNode({ ...open, runtime: 'crun-1.8', kernel: '6.1' }, baselines, () => here).target).toEqual(
      {
        arch: 'amd64',
        runtime: 'crun-1.8',
        kernel: '6.1',
      },
    );
    const nobody = (): never => {
      throw new Error('the machine was asked');
    };
    expect(chooseNode({ ...open, arch: 'amd64', runtime: 'runc-1.1' }, baselines, nobody)).toEqual({
      target: { arch: 'amd64', runtime: 'runc-1.1' },
      why: undefined,
    });
  });

  it('compares versions as numbers', () => {
    const [baseline] = [...baselines.runtimes.values()];
    const runtimes = new Map(['runc-1.9', 'runc-1.10', 'crun-2.0'].map(id => [id, baseline!]));
    expect(newestBaseline({ ...baselines, runtimes })).toBe('runc-1.10');
    expect(newestBaseline({ ...baselines, runtimes: new Map([['crun-2.0', baseline!]]) })).toBe('crun-2.0');
  });
});
