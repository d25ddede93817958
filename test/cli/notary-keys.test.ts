/** `writ notary key import` and `key rotate -k`: which keys are kept, as what, and what is said of the others. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { notaryKeyOf } from '../../src/crypto/notary-key.js';
import { parsePem, writePem } from '../../src/crypto/pem.js';
import { NotaryKeyFolder, openNotaryKey, sealNotaryKey } from '../../src/keystore/notary-key-folder.js';
import { Keyring } from '../../src/notary/keyring.js';
import { temporary } from '../notary/client.js';
import { run, type Ran } from './support.js';

const PHRASE = 'of all of them';
const ENV = {
  NOTARY_ROOT_PASSPHRASE: PHRASE,
  NOTARY_TARGETS_PASSPHRASE: PHRASE,
  NOTARY_SNAPSHOT_PASSPHRASE: PHRASE,
  NOTARY_DELEGATION_PASSPHRASE: PHRASE,
};
const pkcs8 = (key: KeyObject): string => String(key.export({ format: 'pem', type: 'pkcs8' }));
const ec = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** Imports a file with this text. @returns what was said, and what is in the folder then */
async function imported(
  text: string,
  ...flags: readonly string[]
): Promise<{ ran: Ran; keys: Awaited<ReturnType<NotaryKeyFolder['list']>> }> {
  const folder = temporary();
  const file = join(folder, 'keys.pem');
  writeFileSync(file, text);
  const ran = await run(['notary', '-d', folder, 'key', 'import', file, ...flags], { env: ENV });
  return { ran, keys: await new NotaryKeyFolder(folder).list() };
}

/** As `notary key export` writes it. */
async function exported(key: KeyObject, headers: Readonly<Record<string, string>>): Promise<string> {
  const own = openNotaryKey(parsePem(pkcs8(key))[0]!, undefined);
  const block = await sealNotaryKey(own, { role: 'user', gun: '' }, PHRASE);
  return writePem({ ...block, headers: new Map(Object.entries(headers)) });
}

describe('a key that is imported', () => {
  it('without a role is one of delegations', async () => {
    const key = ec();
    const { ran, keys } = await imported(pkcs8(key));
    expect([ran.code, ran.stdout, keys]).toEqual([
      0,
      '',
      [{ id: notaryKeyOf(key).id, role: 'delegation', gun: '' }],
    ]);
  });

  it('has the repository of the command line for a role of one repository, and for no other', async () => {
    const use = async (role: string): Promise<unknown> =>
      (await imported(pkcs8(ec()), '-r', role, '-g', 'acme/app')).keys.map(({ gun }) => gun);
    expect([await use('targets'), await use('snapshot'), await use('user'), await use('root')]).toEqual([
      ['acme/app'],
      ['acme/app'],
      [''],
      [''],
    ]);
    const key = ec();
    const path = notaryKeyOf(key).id;
    expect((await imported(await exported(key, { role: 'user', path }), '-g', 'acme/app')).keys).toEqual([
      { id: path, role: 'user', gun: '' },
    ]);
  });

  it('has the repository that its place in an old trust folder says', async () => {
    const key = ec();
    const { id } = notaryKeyOf(key);
    const text = await exported(key, { role: 'snapshot', path: `tuf_keys/my/gun/${id}` });
    expect((await imported(text, '-g', 'other')).keys).toEqual([{ id, role: 'snapshot', gun: 'my/gun' }]);
  });

  it.each<[string, () => Promise<string> | string, readonly string[], RegExp]>([
    ['for a role of one repository that is not said', () => pkcs8(ec()), ['-r', 'targets'], /without a gun/],
    ['sealed, without its id', () => exported(ec(), { role: 'user' }), [], /does not contain path header/],
    ['sealed, under another id', () => exported(ec(), { role: 'user', path: 'abc' }), [], /path header/],
    [
      'that is none',
      () => String(generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' })),
      ['-r', 'user'],
      /Invalid key/,
    ],
  ])('%s is refused, and so is the file', async (_what, text, flags, why) => {
    const { ran, keys } = await imported(await text(), ...flags);
    expect([ran.code, keys]).toEqual([1, []]);
    expect(ran.stdout).toBe('\n* fatal: failed to import all keys: invalid key pem block\n');
    expect(ran.stderr).toMatch(why);
  });

  it('that is refused keeps no other from coming in; a file without any is said to be one', async () => {
    const sealed = await exported(ec(), { role: 'user' });
    const some = await imported(`${sealed}${pkcs8(ec())}`, '-r', 'user');
    expect([some.ran.code, some.keys.length]).toEqual([0, 1]);
    expect(some.ran.stderr).toMatch(/failed to import key to store/);
    const none = await imported('garbage');
    expect([none.ran.code, none.keys]).toEqual([0, []]);
    expect(none.ran.stderr).toMatch(/there is no key in .*keys\.pem/);
  });
});

describe('a key of a signer of docker', () => {
  it('is made only where its public half can go, and for a name that a signer may have', async () => {
    const HOME = temporary();
    const env = { HOME, DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: PHRASE };
    const generate = (...words: readonly string[]): Promise<Ran> =>
      run(['docker-trust', 'key', 'generate', ...words], { env });
    const nowhere = await generate('alice', '--dir', join(HOME, 'none'));
    expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('does not exist')]);
    expect(await new NotaryKeyFolder(join(HOME, '.docker/trust')).list()).toEqual([]);
    expect((await generate('releases', '--dir', HOME)).stderr).toMatch(
      /^error: releases is a reserved keyword/,
    );
    expect((await generate('alice', '--dir', HOME)).code).toBe(0);
    expect(readdirSync(HOME).sort()).toEqual(['.docker', 'alice.pub']);
  });
});

describe('a key that is adopted', () => {
  it('stays as it is sealed where it is here already, and is not taken from another role', async () => {
    const dir = temporary();
    const folder = new NotaryKeyFolder(dir);
    const key = openNotaryKey(parsePem(pkcs8(ec()))[0]!, undefined);
    await folder.save(key, { role: 'root', gun: '' }, PHRASE);
    const file = join(dir, 'private', readdirSync(join(dir, 'private'))[0]!);
    const before = readFileSync(file, 'utf8');
    const keyring = new Keyring(
      folder,
      () => Promise.resolve('another one'),
      () => undefined,
    );
    await keyring.adopt(key, { role: 'root', gun: '' });
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect((await keyring.open(key.id))?.id).toBe(key.id);
    await expect(keyring.adopt(key, { role: 'targets', gun: 'a' })).rejects.toMatchObject({
      code: 'NOTARY_KEY',
      message: 'Error importing key: key with same ID already exists for role: root',
    });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});
