/** The built program as scripts use it: command, stdout, stderr, exit code. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { altered, instead, startLiar, type Liar } from '../cli/liar.js';
import { end, isRunning } from '../support/processes.js';
import { until } from '../support/until.js';
import { builtWrit } from './writ-serve.js';

const IMAGE = 'registry.example/team/app:1';

const folder = mkdtempSync(join(tmpdir(), 'writ-cli-'));
const phrase = join(folder, 'phrase');
let service: ChildProcess;
let ready = '';
let liar: Liar;

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: folder,
  WRIT_STATE: join(folder, 'state'),
  WRIT_DATA: join(folder, 'data'),
  WRIT_PASSPHRASE_FILE: phrase,
  ...(liar === undefined ? {} : { WRIT_SERVER: liar.url }),
});

/** Not spawnSync: the liar answers in this process. */
function writ(...argv: string[]): Promise<Ran> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [builtWrit(), ...argv], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    child.once('close', code => {
      resolve({ code, stdout, stderr });
    });
  });
}

const codeOf = ({ stdout }: Ran): string => (JSON.parse(stdout) as { error: { code: string } }).error.code;
const manifest = (name: string): string => {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ schemaVersion: 2, layers: [], annotations: { name } }));
  return file;
};

beforeAll(async () => {
  writeFileSync(phrase, 'correct horse battery\n', { mode: 0o600 });
  service = spawn(
    process.execPath,
    [builtWrit(), 'serve', '--listen', '127.0.0.1:0', '--admission-listen', '127.0.0.1:0'],
    { env: environment(), stdio: ['ignore', 'pipe', 'ignore'] },
  );
  service.stdout?.on('data', (text: Buffer) => (ready += text.toString()));
  const [, repository = ''] = await until(
    () => /^ready repository=(\S+) admission=\S+\n$/.exec(ready) ?? false,
    () => `writ serve, which said "${ready}",`,
    () => !isRunning(service),
  );
  liar = await startLiar(repository);
});
afterAll(async () => {
  await liar.close();
  await end(service);
  rmSync(folder, { recursive: true });
});

describe('from an empty machine to a verified image', () => {
  it('init, sign, verify', async () => {
    expect(await writ('init', 'example')).toMatchObject({ code: 0 });
    const signed = await writ('sign', IMAGE, '--manifest', manifest('one'), '--grant', 'network=user');
    expect(signed).toMatchObject({ code: 0, stderr: '' });
    expect(signed.stdout).toContain(`signed      ${IMAGE}\n`);
    const verified = await writ('verify', IMAGE);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(verified.stdout).toMatch(/^grants {6}network=user$/m);
    expect(await writ('verify', 'registry.example/team/app:2')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: registry.example/team/app:2 is not signed in the repository\n' +
        'hint: sign it with `writ sign`, or name another repository\n' +
        'code: CLI_NOT_SIGNED\n',
    });
  });
});

describe('a server that lies is caught by writ verify', () => {
  const old = async (file: string): Promise<Buffer> =>
    Buffer.from(await (await fetch(`${liar.url}/tuf/example/metadata/${file}`)).arrayBuffer());

  it('targets that it changed, an old timestamp, another snapshot', async () => {
    const [timestamp, snapshot] = [await old('timestamp.json'), await old('2.snapshot.json')];
    expect(await writ('sign', IMAGE, '--manifest', manifest('two'), '--grant', 'network=user')).toMatchObject(
      { code: 0 },
    );

    liar.lie(altered(/targets\.json$/, 'network', 'netwerk'));
    const changed = await writ('verify', IMAGE, '--json');
    expect([changed.code, codeOf(changed)]).toEqual([1, 'TUF_HASH']);

    liar.lie(instead(/3\.snapshot\.json$/, snapshot));
    const other = join(folder, 'other-state');
    const root = join(folder, 'root.json');
    writeFileSync(root, await old('1.root.json'));
    expect(await writ('trust', 'add', 'example', '--root', root, '--state', other)).toMatchObject({
      code: 0,
    });
    const mixed = await writ('verify', IMAGE, '--json', '--state', other);
    expect([mixed.code, codeOf(mixed)]).toEqual([1, 'TUF_LENGTH']);

    liar.lie(undefined);
    expect(await writ('verify', IMAGE)).toMatchObject({ code: 0 });
    liar.lie(instead('timestamp.json', timestamp));
    const stale = await writ('verify', IMAGE, '--json');
    expect([stale.code, codeOf(stale)]).toEqual([1, 'TUF_ROLLBACK']);

    liar.lie(undefined);
    expect(await writ('verify', IMAGE)).toMatchObject({ code: 0 });
    expect(await writ('verify', IMAGE, '--state', other)).toMatchObject({ code: 0 });
  });
});

describe('as a program among others', () => {
  it('prints the version of package.json, and help without loading a thing', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await writ('--version')).toEqual({ code: 0, stdout: `writ ${version}\n`, stderr: '' });
    expect((await writ('--help')).stdout).toMatch(/^writ signs what a container image is/);
  });

  it('exits 2 for wrong usage', async () => {
    expect(await writ('verfy', IMAGE)).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error: there is no command `writ verfy`\nhint: did you mean `writ verify`? see `writ --help`\n',
    });
    expect(await writ('verify', IMAGE, '--repo', 'x')).toMatchObject({ code: 2 });
  });

  it('keeps its exit code when nobody reads on', () => {
    const shell = (command: string) =>
      spawnSync('bash', ['-c', `set -o pipefail; ${command}`], { env: environment(), encoding: 'utf8' });
    const program = `'${process.execPath}' '${builtWrit()}'`;
    expect(shell(`${program} profile list --json | head -c 1`)).toMatchObject({
      status: 0,
      stdout: '{',
      stderr: '',
    });
    expect(shell(`${program} profile explain nonsense 2>&1 >/dev/null | head -c 5`)).toMatchObject({
      status: 1,
      stdout: 'error',
    });
  });

  it('fails when its result does not fit on the disk', () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', '"$0" "$@" >/dev/full', process.execPath, builtWrit(), 'profile', 'list'],
      { env: environment(), encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'error: the output cannot be written: ENOSPC: no space left on device, write\n',
    });
  });

  it('reads what the shell hands over, and no more of it than the limit', () => {
    const shell = (command: string) =>
      spawnSync('bash', ['-c', command], { env: environment(), encoding: 'utf8' });
    const program = `'${process.execPath}' '${builtWrit()}'`;
    const file = manifest('handed');
    const read = shell(`WRIT_PASSPHRASE_FILE=<(cat '${phrase}') ${program} key generate --json`);
    expect(read).toMatchObject({ status: 0 });
    for (const given of [`<(cat '${file}')`, `/dev/stdin <'${file}'`, `- <'${file}'`]) {
      expect(shell(`${program} admit ${given} --policy <(echo)`)).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/ says kind nothing: only pods are decided about$/m) as unknown,
      });
    }
    for (const given of ['<(cat /dev/zero)', '/dev/stdin </dev/zero', '- </dev/zero', '/dev/zero']) {
      expect(shell(`${program} admit ${given} --policy <(echo)`)).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(
          /^error: .*(?:has more than \d+ bytes|is not a regular file)$/m,
        ) as unknown,
      });
    }
  });

  it('refuses a second service on one store', async () => {
    const second = await writ(
      'serve',
      '--listen',
      '127.0.0.1:0',
      '--admission-listen',
      '127.0.0.1:0',
      '--json',
    );
    expect([second.code, codeOf(second)]).toEqual([1, 'STORE_LOCKED']);
  });

  it('ends with 0 on SIGTERM', async () => {
    const ended = new Promise(resolve => service.once('close', resolve));
    service.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
