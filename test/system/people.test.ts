/**
 * People on machines of their own, with the built program: each has a home, keys and pinned roots that the others never
 * see; what passes between them are files and the service.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLiar, type Liar } from '../cli/liar.js';
import { createPerson, type Person, type Runner } from '../cli/people.js';
import type { Ran } from '../cli/support.js';
import { json, manifestText } from '../cli/world.js';
import { end } from '../support/processes.js';
import { builtWrit } from './writ-serve.js';

const NAME = 'acme';
const HERE = ['--repository', NAME];
const IMAGE = 'registry.example/app:1';
const TEAM_IMAGE = 'registry.example/team/app:1';

const folder = mkdtempSync(join(tmpdir(), 'writ-people-'));
const path = (name: string): string => join(folder, name);
const data = path('data');
/** Where the service listens changes when it is started again; people know the address of the liar. */
let service: { process: ChildProcess; url: string };
let liar: Liar;
let alice: Person;
let bob: Person;

/** Runs the program as a process of its own; nothing of this one's environment reaches it. */
const program: Runner = (argv, { env = {} }) =>
  new Promise<Ran>(resolve => {
    const child = spawn(process.execPath, [builtWrit(), ...argv], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    child.once('close', code => {
      resolve({ code: code ?? -1, stdout, stderr });
    });
  });

function serve(): Promise<typeof service> {
  const argv = ['serve', '--data', data, '--listen', '127.0.0.1:0', '--admission-listen', '127.0.0.1:0'];
  const child = spawn(process.execPath, [builtWrit(), ...argv], {
    env: { PATH: process.env['PATH'], HOME: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new Promise((ready, fail) => {
    child.stdout.on('data', (text: Buffer) => {
      const url = /repository=(\S+)/.exec(text.toString())?.[1];
      if (url !== undefined) ready({ process: child, url });
    });
    child.once('close', code => {
      fail(new Error(`the service ended with ${String(code)}`));
    });
  });
}

async function restart(change: () => void): Promise<void> {
  await end(service.process, 'SIGTERM');
  change();
  service = await serve();
}

const person = (name: string, server = liar.url): Promise<Person> =>
  createPerson(folder, name, server, program);
const trustFrom = (one: Person, root: string) =>
  one.does('trust', 'add', NAME, '--root', path(root), '--url', `${liar.url}/tuf/${NAME}`);
function manifest(name: string): string {
  writeFileSync(path(`${name}.json`), manifestText(name));
  return path(`${name}.json`);
}
const sign = (image: string, name: string, ...more: string[]): string[] => [
  ...['sign', image, '--manifest', manifest(name), ...HERE, ...more],
];

/** Somebody with a copy of another's key store and pass-phrase. */
async function thiefOf(victim: Person, name: string): Promise<Person> {
  const thief = await person(name);
  cpSync(String(victim.env['WRIT_KEYS']), path(`${name}/keys`), { recursive: true });
  await trustFrom(thief, '1.json');
  const env = { WRIT_PASSPHRASE: victim.env['WRIT_PASSPHRASE'] };
  const writ: Person['writ'] = argv => thief.writ(argv, { env });
  return {
    ...thief,
    writ,
    does: async (...argv) => json(await writ([...argv, '--json'])),
    fails: async (...argv) => (json(await writ([...argv, '--json']))['error'] as { code: string }).code,
  };
}

let version = 1;
/** Alice and Bob make the next root, each signing the file at home, and publish it. */
async function rotate(...change: string[]): Promise<void> {
  const file = path(`${++version}.json`);
  await alice.does('root', 'rotate', ...HERE, ...change, '-o', file);
  for (const one of [alice, bob]) await one.does('root', 'sign', file, ...HERE, '--yes');
  const publish = ['root', 'publish', NAME, file, '--targets', path(`targets-${version}.json`), '--yes'];
  const first = await alice.does(...publish);
  if (first['published'] !== true) expect(await bob.does(...publish)).toMatchObject({ published: true });
}

beforeAll(async () => {
  service = await serve();
  liar = await startLiar(() => service.url);
  alice = await person('alice');
  // Bob's machine never sees a network until he is given a server: files are all that he has.
  bob = await person('bob', 'http://127.0.0.1:1');
});
afterAll(async () => {
  await liar.close();
  await end(service.process);
  rmSync(folder, { recursive: true, force: true });
});

describe('a repository of two people', () => {
  it('its root is made by one and signed by both, one of them without a network', async () => {
    await alice.does('root', 'online', NAME, '-o', path('online.json'));
    const keys = [alice, bob].flatMap(({ pem }) => ['--key', `root=${pem}`, '--key', `targets=${pem}`]);
    const two = ['--threshold', 'root=2', '--threshold', 'targets=2'];
    await bob.does('root', 'init', ...keys, ...two, '--online', path('online.json'), '-o', path('1.json'));
    expect(await bob.does('root', 'sign', path('1.json'), '--yes')).toMatchObject({ complete: false });
    expect(await alice.does('root', 'sign', path('1.json'), '--yes')).toMatchObject({ complete: true });
    const publish = ['root', 'publish', NAME, path('1.json'), '--targets', path('targets.json'), '--yes'];
    expect(await alice.does(...publish)).toMatchObject({ published: false });
    bob = { ...bob, ...online(bob) };
    expect(await bob.does(...publish)).toMatchObject({ published: true });
    await trustFrom(alice, '1.json');
  });

  /** The same person, now with a network. */
  const online = (one: Person): Pick<Person, 'writ' | 'does' | 'fails'> => {
    const env = { WRIT_SERVER: liar.url };
    const writ: Person['writ'] = argv => one.writ(argv, { env });
    return {
      writ,
      does: async (...argv) => {
        const ran = await writ([...argv, '--json']);
        expect(ran.code, `bob: writ ${argv.join(' ')}: ${ran.stdout}${ran.stderr}`).toBe(0);
        return ran.stdout === '' ? {} : json(ran);
      },
      fails: async (...argv) => (json(await writ([...argv, '--json']))['error'] as { code: string }).code,
    };
  };

  it('an image needs both signatures', async () => {
    const proposed = await alice.does(...sign(IMAGE, 'one', '--grant', 'network=user'));
    expect(proposed).toMatchObject({ published: false });
    expect(await bob.fails('verify', IMAGE, ...HERE)).toBe('CLI_NOT_SIGNED');
    const { payload } = proposed['proposal'] as { payload: string };
    const approved = await bob.does('approve', 'targets', '--yes', '--payload', payload, ...HERE);
    expect(approved).toMatchObject({ published: true, change: { targets: [{ path: IMAGE }, {}] } });
    expect(await alice.does('verify', IMAGE, ...HERE)).toMatchObject({ digest: proposed['digest'] });
  });

  it('attack: a service that shows another image than the one that was proposed gets no signature', async () => {
    await alice.does(...sign(IMAGE, 'two'));
    liar.lie((url, { status, body }) => {
      if (!url.includes('/proposals/document')) return undefined;
      const answer = JSON.parse(body.toString()) as { document: string };
      const document = Buffer.from(answer.document, 'base64').toString();
      const other = document.replaceAll(/"sha256":"[0-9a-f]{64}"/g, `"sha256":"${'e'.repeat(64)}"`);
      return {
        status,
        body: Buffer.from(JSON.stringify({ ...answer, document: Buffer.from(other).toString('base64') })),
      };
    });
    expect(await bob.fails('approve', 'targets', '--yes', ...HERE)).toBe('CLI_PROPOSAL');
    liar.lie(undefined);
    expect(await bob.does('proposals', ...HERE)).toMatchObject({ proposals: [{ signatures: [alice.id] }] });
    await bob.does('reject', 'targets', ...HERE);
  });

  it('a root rotation: Bob signs a file at home, and Alice publishes what comes back', async () => {
    version++;
    await alice.does('root', 'rotate', ...HERE, '--lifetime', '180d', '-o', path('2.json'));
    await alice.does('root', 'sign', path('2.json'), ...HERE, '--yes');
    copyFileSync(path('2.json'), path('stick.json'));
    const away = { WRIT_SERVER: 'http://127.0.0.1:1', WRIT_STATE: path('bob/elsewhere') };
    const argv = ['root', 'sign', path('stick.json'), '--previous', path('1.json'), '--yes'];
    const signed = await createRunner(bob, away)(argv);
    expect(signed).toMatchObject({ code: 0 });
    expect(signed.stdout).toContain('signed by 2 of 2 needed of the root keys of version 1');
    expect(await alice.does('root', 'publish', NAME, path('stick.json'))).toMatchObject({
      published: true,
      version: 2,
    });
    expect(await bob.does('status', ...HERE)).toMatchObject({ verified: true });
  });

  const createRunner =
    ({ env }: Person, more: Record<string, string>) =>
    (argv: readonly string[]): Promise<Ran> =>
      program(argv, { env: { ...env, ...more } });
});

describe('a key is stolen', () => {
  it('targets: one of two publishes nothing; a root without it makes it worthless', async () => {
    const thief = await thiefOf(bob, 'thief-of-targets');
    const { digest } = await alice.does('verify', IMAGE, ...HERE);
    expect(await thief.does(...sign(IMAGE, 'evil'))).toMatchObject({ published: false });
    expect(await alice.does('verify', IMAGE, ...HERE)).toMatchObject({ digest });
    await alice.does('reject', 'targets', ...HERE);

    const fresh = await bob.newKey();
    await rotate('--remove', `targets=${bob.id}`, '--add', `targets=${await exported(bob, fresh)}`);
    expect(await thief.fails(...sign(IMAGE, 'evil'))).toBe('CLI_NO_KEY');
    expect(await alice.does('verify', IMAGE, ...HERE)).toMatchObject({ role: 'targets' });
    await alice.does(...sign(IMAGE, 'good'));
    expect(await bob.does('approve', 'targets', '--yes', ...HERE)).toMatchObject({ signers: [fresh] });
  });

  const exported = async (one: Person, id: string): Promise<string> => {
    await one.does('key', 'export', id, '-o', path(`${id}.pem`));
    return path(`${id}.pem`);
  };

  it('root: one of two makes no root; a root without it makes it worthless', async () => {
    const thief = await thiefOf(alice, 'thief-of-root');
    await thief.does(
      'root',
      'rotate',
      ...HERE,
      '--remove',
      `root=${bob.id}`,
      '--threshold',
      'root=1',
      '-o',
      path('evil-root.json'),
    );
    await thief.does('root', 'sign', path('evil-root.json'), ...HERE, '--yes');
    expect(await thief.does('root', 'publish', NAME, path('evil-root.json'))).toMatchObject({
      published: false,
    });
    const shown = await bob.writ(['proposals', 'root', ...HERE]);
    expect(shown.stdout).toContain(`- ${bob.id}`);
    await bob.does('reject', 'root', ...HERE);

    const fresh = await alice.newKey();
    await rotate('--remove', `root=${alice.id}`, '--add', `root=${await exported(alice, fresh)}`);
    await thief.does('root', 'rotate', ...HERE, '-o', path('evil-root-2.json'));
    expect(await thief.fails('root', 'sign', path('evil-root-2.json'), ...HERE, '--yes')).toBe('CLI_NO_KEY');
    expect(await bob.does('verify', IMAGE, ...HERE)).toMatchObject({ role: 'targets' });
  });

  it('a team: its owners give it another key, and it takes back what the thief signed', async () => {
    const ann = await person('ann');
    await trustFrom(ann, '1.json');
    await ann.does('delegation', 'request', 'team', '--key', ann.id, '-o', path('team.json'));
    const add = ['delegation', 'add', 'team', '--path', 'registry.example/team/*', ...HERE];
    await alice.does(...add, '--key', ann.pem, '--first', path('team.json'));
    await bob.does('approve', 'targets', '--yes', ...HERE);
    const thief = await thiefOf(ann, 'thief-of-team');
    const evil = await thief.does(...sign(TEAM_IMAGE, 'evil', '--role', 'team'));
    expect(await bob.does('verify', TEAM_IMAGE, ...HERE)).toMatchObject({ role: 'team' });

    const fresh = await ann.newKey();
    const pem = await exported(ann, fresh);
    await ann.does(
      'delegation',
      'request',
      'team',
      ...HERE,
      '--key',
      fresh,
      '-o',
      path('team2.json'),
      '--yes',
    );
    await alice.does(...add, '--replace', '--key', pem, '--first', path('team2.json'));
    await bob.does('approve', 'targets', '--yes', ...HERE);
    expect(await thief.fails(...sign(TEAM_IMAGE, 'evil', '--role', 'team'))).toBe('CLI_NO_KEY');
    await ann.does('revoke', `registry.example/team/app@${String(evil['digest'])}`, ...HERE);
    expect(await bob.fails('verify', TEAM_IMAGE, ...HERE)).toBe('CLI_NOT_SIGNED');
  });

  it('the secret of the service: a new one, and a root that names its keys', async () => {
    await restart(() => {
      rmSync(join(data, 'online-key'));
    });
    await alice.does('root', 'online', NAME, '-o', path('online2.json'));
    await rotate('--online', path('online2.json'));
    expect(await bob.does('verify', IMAGE, ...HERE)).toMatchObject({ role: 'targets' });
    await alice.does(...sign(IMAGE, 'after'));
    const { published } = await bob.does('approve', 'targets', '--yes', ...HERE);
    expect(published).toBe(true);
  });
});
