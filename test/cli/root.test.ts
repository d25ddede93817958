/** Root ceremonies on machines without a network: files in, files out. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/tuf/document.js';
import { succeedRoot, trustRoot } from '../../src/tuf/verified.js';
import { newKey } from '../repository/publisher.js';
import { run, type FakeOptions, type Ran } from './support.js';
import { json } from './world.js';

let folder: string;
const path = (name: string): string => join(folder, name);
const read = (name: string) => parseDocument(readFileSync(path(name)), 'root');

/** A person with a home of their own; nothing that they run can reach a service. */
interface Person {
  readonly id: string;
  readonly pem: string;
  writ(argv: readonly string[], options?: FakeOptions): Promise<Ran>;
}

async function person(name: string, more: readonly string[] = []): Promise<Person> {
  const env = { HOME: path(name), WRIT_PASSPHRASE: `phrase of ${name}`, WRIT_SERVER: 'http://127.0.0.1:1' };
  const writ: Person['writ'] = (argv, options = {}) =>
    run(argv, { ...options, env: { ...env, ...options.env } });
  const made = await writ(['key', 'generate', ...more, '--json']);
  const id = String(json(made)['id']);
  const pem = path(`${name}.pem`);
  expect(await writ(['key', 'export', id, '-o', pem])).toMatchObject({ code: 0 });
  return { id, pem, writ };
}

let alice: Person;
let bob: Person;
let carol: Person;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'writ-root-'));
  [alice, bob, carol] = [await person('alice'), await person('bob'), await person('carol')];
  const [snapshot, timestamp] = [newKey().key.toJson(), newKey().key.toJson()];
  writeFileSync(path('online.json'), JSON.stringify({ snapshot, timestamp }));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const codeOf = (ran: Ran): unknown => (json(ran)['error'] as { code: string }).code;
const init = (...more: string[]): Promise<Ran> =>
  alice.writ([
    ...['root', 'init', '--key', `root=${alice.pem}`, '--key', `root=${bob.pem}`, '--threshold', 'root=2'],
    ...['--key', `targets=${carol.pem}`, '--online', path('online.json'), '-o', path('1.json'), ...more],
  ]);
const sign = (who: Person, file: string, ...more: string[]): Promise<Ran> =>
  who.writ(['root', 'sign', path(file), '--yes', '--json', ...more]);

async function first(): Promise<void> {
  expect(await init()).toMatchObject({ code: 0 });
  expect(await sign(alice, '1.json')).toMatchObject({ code: 0 });
  expect(await sign(bob, '1.json')).toMatchObject({ code: 0 });
}
const rotate = (...more: string[]): Promise<Ran> =>
  alice.writ(['root', 'rotate', path('1.json'), '-o', path('2.json'), ...more]);
const previous = (): string[] => ['--previous', path('1.json')];

describe('the first root', () => {
  it('is described by flags and collects two signatures in two places', async () => {
    const made = await init('--lifetime', '90d');
    expect(made.code).toBe(0);
    expect(made.stdout).toContain('root version 1, the first');
    expect(made.stdout).toContain('2 of 2 keys must sign');
    expect(made.stdout).toContain(`+ ${bob.id}  ed25519`);
    expect(made.stdout).toContain('signed by 0 of 2 needed of the root keys of version 1');
    const days = (read('1.json').signed.expires.getTime() - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);

    const one = json(await sign(alice, '1.json'));
    expect(one).toMatchObject({ keys: [alice.id], complete: false, version: 1 });
    expect(() => trustRoot(read('1.json'))).toThrow('signed by 1 of the 2');
    const two = json(await sign(bob, '1.json'));
    expect(two).toMatchObject({ keys: [bob.id], complete: true, payload: one['payload'] });
    expect(trustRoot(read('1.json')).signedBy.map(({ id }) => id)).toEqual([alice.id, bob.id]);
  });

  it('keeps what it collected: a file is not made twice, a key does not sign twice', async () => {
    await first();
    const before = readFileSync(path('1.json'));
    expect(codeOf(await init('--json'))).toBe('CLI_FILE');
    expect(codeOf(await sign(alice, '1.json'))).toBe('CLI_NO_KEY');
    expect(readFileSync(path('1.json'))).toEqual(before);
  });

  it('is signed by nobody whose key it does not list', async () => {
    await init();
    const refused = await sign(carol, '1.json');
    expect(codeOf(refused)).toBe('CLI_NO_KEY');
    expect(JSON.stringify(json(refused))).toContain(alice.id);
  });

  it('a signature that does not verify counts for nothing, and is replaced', async () => {
    await init();
    await sign(alice, '1.json');
    const text = readFileSync(path('1.json'), 'utf8');
    writeFileSync(
      path('1.json'),
      text.replace(/"sig":"../, found => (found.endsWith('00') ? '"sig":"11' : '"sig":"00')),
    );
    expect((await alice.writ(['root', 'show', path('1.json')])).stdout).toContain('signed by 0 of 2');
    expect(await sign(alice, '1.json')).toMatchObject({ code: 0 });
    expect(json(await sign(bob, '1.json'))).toMatchObject({ complete: true });
  });

  it.each<[string, string[], string]>([
    ['a threshold that its keys cannot reach', ['--threshold', 'targets=2'], 'CLI_ROOT'],
    ['a key of the service among those of people', ['--key', 'targets=online.pem'], 'CLI_ROOT'],
    ['a key twice in one role', ['--key', 'root=alice.pem'], 'USAGE'],
    ['a role that a root has not', ['--key', 'team=alice.pem'], 'USAGE'],
    ['a threshold of nothing', ['--threshold', 'root=0'], 'USAGE'],
    ['a private key', ['--key', 'targets=private.pem'], 'CLI_KEY_FILE'],
    ['a file that is no key', ['--key', 'targets=online.json'], 'JSON_TYPE'],
    ['a time without a unit', ['--lifetime', '365'], 'USAGE'],
  ])('%s is refused, and no file is made', async (_, flags, code) => {
    const { snapshot } = JSON.parse(readFileSync(path('online.json'), 'utf8')) as { snapshot: object };
    writeFileSync(path('online.pem'), JSON.stringify(snapshot));
    writeFileSync(path('private.pem'), '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n');
    const refused = await init('--json', ...flags.map(flag => flag.replace(/=(\w+\.)/, `=${folder}/$1`)));
    expect(codeOf(refused)).toBe(code);
    expect(existsSync(path('1.json'))).toBe(false);
  });

  it('without a role it is refused', async () => {
    const argv = ['root', 'init', '--key', `root=${alice.pem}`, '-o', path('1.json'), '--json'];
    const refused = await alice.writ(argv);
    expect(codeOf(refused)).toBe('CLI_ROOT');
  });
});

describe('the next root', () => {
  beforeEach(first);

  it('is signed by the old keys and the new, each person seeing what changes', async () => {
    const dave = await person('dave');
    const made = await rotate('--add', `root=${dave.pem}`, '--remove', `root=${bob.id.slice(0, 8)}`);
    expect(made.stdout).toContain('root version 2, after version 1');
    expect(made.stdout).toContain(`- ${bob.id}`);
    expect(made.stdout).toContain(`+ ${dave.id}`);

    const asked = await dave.writ(['root', 'sign', path('2.json'), ...previous()], { types: ['yes\n'] });
    expect(asked).toMatchObject({ code: 0 });
    expect(asked.stderr).toContain(`- ${bob.id}`);
    expect(asked.stderr).toContain('Sign this root with');
    expect(asked.stdout).toContain('signed by 0 of 2 needed of the root keys of version 1');
    expect(asked.stdout).toContain('signed by 1 of 2 needed of the root keys of version 2');
    expect(json(await sign(alice, '2.json', ...previous()))).toMatchObject({ complete: false });
    expect(json(await sign(bob, '2.json', ...previous()))).toMatchObject({ complete: true });
    expect(succeedRoot(trustRoot(read('1.json')), read('2.json')).value.version).toBe(2);
  });

  it('a no, and a machine where nobody can be asked, sign nothing', async () => {
    await rotate();
    const before = readFileSync(path('2.json'));
    const argv = ['root', 'sign', path('2.json'), ...previous(), '--json'];
    for (const options of [{ types: ['\n'] }, { types: ['no\n'] }, {}]) {
      const ran = await alice.writ(argv, options);
      expect(codeOf(ran)).toBe('CLI_ANSWER');
      expect(ran.stderr).toContain('2 of 2 keys must sign');
    }
    expect(readFileSync(path('2.json'))).toEqual(before);
  });

  it('is refused without the root before it, and after one that is another', async () => {
    await rotate();
    expect(codeOf(await sign(alice, '2.json'))).toBe('USAGE');
    expect(codeOf(await sign(alice, '2.json', '--previous', path('2.json')))).toBe('TUF_THRESHOLD');
    await sign(alice, '2.json', ...previous());
    await sign(bob, '2.json', ...previous());
    const third = ['root', 'rotate', path('2.json'), '-o', path('3.json')];
    expect(await alice.writ(third)).toMatchObject({ code: 0 });
    expect(codeOf(await sign(alice, '3.json', ...previous()))).toBe('TUF_VERSION');
    expect(codeOf(await sign(alice, '1.json', ...previous()))).toBe('TUF_VERSION');
  });

  it('is judged by the root that is trusted here, and no other file passes for it', async () => {
    const add = ['trust', 'add', 'acme', '--root', path('1.json')];
    expect(await bob.writ(add)).toMatchObject({ code: 0 });
    await rotate();
    expect(await sign(bob, '2.json', '--repository', 'acme')).toMatchObject({ code: 0 });
    // Somebody's own root, well signed, in which what they ask for would look like no change.
    const mallory = await person('mallory');
    const forged = ['root', 'init', '--key', `root=${mallory.pem}`, '--key', `root=${bob.pem}`];
    const rest = ['--key', `targets=${mallory.pem}`, '--online', path('online.json')];
    await mallory.writ([...forged, ...rest, '-o', path('f1.json')]);
    await sign(mallory, 'f1.json');
    await mallory.writ(['root', 'rotate', path('f1.json'), '-o', path('f2.json')]);
    const both = ['--previous', path('f1.json'), '--repository', 'acme'];
    expect(codeOf(await sign(bob, 'f2.json', ...both))).toBe('CLI_ROOT');
    const shown = await bob.writ(['root', 'sign', path('f2.json'), '--repository', 'acme', '--yes']);
    expect(shown.stderr).toContain(`+ ${mallory.id}`);
    expect(shown.stderr).toContain(`- ${alice.id}`);
  });

  it('an id that names another key than before is refused', async () => {
    await rotate();
    const [mine, other] = [
      read('1.json').signed.keys.get(read('1.json').signed.roles.root.keyIds[0]!),
      newKey(),
    ];
    const text = readFileSync(path('2.json'), 'utf8');
    const [from, to] = [mine?.toJson(), other.key.toJson()].map(
      key => (key as { keyval: { public: string } }).keyval.public,
    );
    writeFileSync(path('2.json'), text.replace(from!, to!));
    expect(codeOf(await sign(bob, '2.json', ...previous()))).toBe('TUF_KEY_REBOUND');
  });

  it('the service has new keys: the old ones go', async () => {
    const [snapshot, timestamp] = [newKey().key, newKey().key];
    writeFileSync(
      path('new.json'),
      JSON.stringify({ snapshot: snapshot.toJson(), timestamp: timestamp.toJson() }),
    );
    expect(await rotate('--online', path('new.json'))).toMatchObject({ code: 0 });
    const { roles, keys } = read('2.json').signed;
    expect(roles.snapshot.keyIds).toEqual([snapshot.id]);
    expect(roles.timestamp.keyIds).toEqual([timestamp.id]);
    expect(keys.size).toBe(5);
  });

  it('a key goes only by an id that one key of the role has', async () => {
    expect(codeOf(await rotate('--remove', `root=${carol.id}`, '--json'))).toBe('USAGE');
    expect(codeOf(await rotate('--remove', `root=${alice.id}`, '--json'))).toBe('CLI_ROOT');
    expect(await rotate('--remove', `root=${alice.id}`, '--threshold', 'root=1')).toMatchObject({ code: 0 });
  });

  it('a person signs with one key of several', async () => {
    const second = String(json(await alice.writ(['key', 'generate', '--json']))['id']);
    const argv = ['--add', `root=${second}`, '--threshold', 'root=3'];
    expect(await rotate(...argv)).toMatchObject({ code: 0 });
    copyFileSync(path('2.json'), path('copy.json'));
    expect(json(await sign(alice, '2.json', ...previous(), '--key', second))).toMatchObject({
      keys: [second],
    });
    expect(json(await sign(alice, 'copy.json', ...previous()))).toMatchObject({ keys: [alice.id, second] });
  });

  it('a key that was made for another role is not taken for root', async () => {
    const dave = await person('dave', ['--role', 'targets']);
    expect(await rotate('--add', `root=${dave.pem}`)).toMatchObject({ code: 0 });
    expect(codeOf(await sign(dave, '2.json', ...previous()))).toBe('CLI_NO_KEY');
  });

  it('show says who has signed, also without the root before it', async () => {
    await rotate();
    await sign(bob, '2.json', ...previous());
    const alone = await carol.writ(['root', 'show', path('2.json'), '--json']);
    expect(json(alone)).toMatchObject({ version: 2, complete: null, previous: null });
    const shown = await carol.writ(['root', 'show', path('2.json'), ...previous()]);
    expect(shown.stdout).toContain('signed by 1 of 2 needed of the root keys of version 1');
  });
});

it('keys of all schemes sign, made for the role root or for any', async () => {
  const ecdsa = await person('ecdsa', ['--scheme', 'ecdsa-sha2-nistp256', '--role', 'root']);
  const rsa = await person('rsa', ['--scheme', 'rsassa-pss-sha256']);
  const argv = [
    'root',
    'init',
    '--key',
    `root=${ecdsa.pem}`,
    '--key',
    `root=${rsa.pem}`,
    '--threshold',
    'root=2',
  ];
  const rest = ['--key', `targets=${carol.pem}`, '--online', path('online.json'), '-o', path('1.json')];
  expect(await alice.writ([...argv, ...rest])).toMatchObject({ code: 0 });
  expect(await sign(ecdsa, '1.json')).toMatchObject({ code: 0 });
  expect(json(await sign(rsa, '1.json'))).toMatchObject({ complete: true });
  expect(trustRoot(read('1.json')).signedBy).toHaveLength(2);
});
