/** Keys that move between machines, get another pass-phrase, or go. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { run, type FakeOptions, type Ran } from './support.js';

const PHRASE = 'a phrase';

interface Machine {
  readonly folder: string;
  readonly keys: () => string[];
  readonly writ: (argv: readonly string[], options?: FakeOptions) => Promise<Ran>;
}

function machine(): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'writ-keys-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const store = join(folder, 'keys');
  return {
    folder,
    keys: () => readdirSync(store),
    writ: (argv, { env, ...options } = {}) =>
      run(argv, { ...options, env: { HOME: folder, WRIT_KEYS: store, WRIT_PASSPHRASE: PHRASE, ...env } }),
  };
}

const errorOf = (ran: Ran): unknown => (JSON.parse(ran.stdout) as { error: unknown }).error;

async function withKey(): Promise<Machine & { id: string }> {
  const here = machine();
  const { code, stdout } = await here.writ(['key', 'generate', '--role', 'targets']);
  expect(code).toBe(0);
  return { ...here, id: stdout.trim() };
}

it('a sealed key moves to another machine with its role, without its pass-phrase', async () => {
  const [here, there] = [await withKey(), machine()];
  const sealed = join(here.folder, 'moved');
  await here.writ(['key', 'export', here.id, '--format', 'sealed', '-o', sealed]);
  const noPhrase = { env: { WRIT_PASSPHRASE: undefined } };
  expect(await there.writ(['key', 'import', sealed], noPhrase)).toEqual({
    code: 0,
    stdout: `${here.id}\n`,
    stderr: '',
  });
  expect((await there.writ(['key', 'list'])).stdout).toMatch(new RegExp(`${here.id} +ed25519 +targets `));
  expect(errorOf(await there.writ(['key', 'import', sealed, '--json']))).toMatchObject({
    code: 'KEYSTORE_EXISTS',
  });
  expect(errorOf(await there.writ(['key', 'import', sealed, '--role', 'root', '--json']))).toMatchObject({
    code: 'USAGE',
  });
});

it('a key in PEM is sealed, with what it is for', async () => {
  const here = machine();
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
  const { code, stdout } = await here.writ(['key', 'import', '-', '--role', 'team', '--json'], {
    stdin: pem,
  });
  expect(code).toBe(0);
  const { id, role } = JSON.parse(stdout) as { id: string; role: string };
  expect(role).toBe('team');
  expect(here.keys()).toEqual([`${id}.key`]);
  const sealed = await here.writ(['key', 'export', id, '--format', 'sealed']);
  expect(JSON.parse(sealed.stdout)).toMatchObject({ writ: 'key', role: 'team' });
});

it.each([
  ['nothing', '', 'KEY_FORMAT'],
  ['a public key', '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n', 'KEY_FORMAT'],
  ['JSON that is no key file', '{"writ": "key"}', 'KEYSTORE_FORMAT'],
])('%s is not imported', async (_what, stdin, code) => {
  const here = machine();
  const ran = await here.writ(['key', 'import', '-', '--json'], { stdin });
  expect(ran.code).toBe(1);
  expect(errorOf(ran)).toMatchObject({ code });
});

it('a sealed PEM is not imported, and the hint says how to open it', async () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' });
  expect(errorOf(await machine().writ(['key', 'import', '-', '--json'], { stdin: pem }))).toMatchObject({
    code: 'KEY_FORMAT',
    hint: expect.stringContaining('openssl pkey') as unknown,
  });
});

it('passwd seals the same key anew: only the new phrase opens it', async () => {
  const { writ, id, keys } = await withKey();
  const before = await writ(['key', 'list']);
  const changed = await writ(['key', 'passwd', id.slice(0, 8)], { env: { WRIT_NEW_PASSPHRASE: 'another' } });
  expect(changed).toMatchObject({ code: 0, stdout: `${id}\n` });
  expect(await writ(['key', 'list'])).toEqual(before);
  expect(keys()).toEqual([`${id}.key`]);
  const again = await writ(['key', 'passwd', id, '--json'], { env: { WRIT_NEW_PASSPHRASE: 'third' } });
  expect(errorOf(again)).toMatchObject({ code: 'KEYSTORE_PASSPHRASE' });
  const back = { WRIT_PASSPHRASE: 'another', WRIT_NEW_PASSPHRASE: PHRASE };
  expect(await writ(['key', 'passwd', id], { env: back })).toMatchObject({ code: 0 });
});

it('passwd asks for what it is not given: the old phrase, then the new one twice', async () => {
  const { writ, id } = await withKey();
  const types = [`${PHRASE}\r`, 'new\r', 'new\r'];
  const asked = await writ(['key', 'passwd', id], { env: { WRIT_PASSPHRASE: undefined }, types });
  expect(asked).toMatchObject({ code: 0 });
  expect(asked.stderr).toContain('New pass-phrase for the targets key');
  const opens = { WRIT_PASSPHRASE: 'new', WRIT_NEW_PASSPHRASE: PHRASE };
  expect(await writ(['key', 'passwd', id], { env: opens })).toMatchObject({ code: 0 });
  const mute = await writ(['key', 'passwd', id, '--no-input']);
  expect(mute.stderr).toContain('hint: set WRIT_NEW_PASSPHRASE, or run it in a terminal\n');
});

it('remove asks first, and then the key is gone', async () => {
  const { writ, id, keys } = await withKey();
  const mute = await writ(['key', 'remove', id, '--json']);
  expect(mute.code).toBe(1);
  expect(errorOf(mute)).toMatchObject({ code: 'CLI_ANSWER' });
  expect((await writ(['key', 'remove', id], { types: ['n\n'] })).code).toBe(1);
  expect(keys()).toHaveLength(1);
  expect(await writ(['key', 'remove', id, '--yes', '-q'])).toEqual({
    code: 0,
    stdout: `removed ${id}\n`,
    stderr: '',
  });
  expect(keys()).toEqual([]);
});
