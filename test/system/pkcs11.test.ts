/** Keys on tokens of SoftHSM: the whole way from a repository to a verified image, and what can be wrong with a token. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld, json, manifestText, type World } from '../cli/world.js';
import type { FakeOptions } from '../cli/support.js';
import { describeWith } from '../support/system.js';

const MODULES = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'];
const MODULE = MODULES.find(path => existsSync(path)) ?? MODULES[0] ?? '';
const PIN = '73901';
const IMAGE = 'registry.example/app:1';

describeWith(['pkcs11-tool', 'softhsm2-util'], 'keys on tokens', () => {
  let world: World;
  let env: Record<string, string>;
  let manifest: string;

  const tool = (...args: string[]): string =>
    execFileSync('pkcs11-tool', ['--module', MODULE, ...args], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const makeToken = (label: string): string =>
    execFileSync(
      'softhsm2-util',
      ['--init-token', '--free', '--label', label, '--so-pin', '123456', '--pin', PIN],
      { env: { ...process.env, ...env }, encoding: 'utf8' },
    );
  const makeKey = (token: string, label: string, type: string, id: string): string =>
    tool(
      ...['--token-label', token, '--login', '--pin', PIN],
      ...['--keypairgen', '--key-type', type, '--label', label, '--id', id],
    );
  const writ = (argv: readonly string[], options: FakeOptions = {}) =>
    world.writ(argv, { ...options, env: { ...env, ...options.env } });
  const uriOf = (object: string, token = 'alice'): string => `pkcs11:token=${token};object=${object}`;
  const codeOf = (ran: { stdout: string }): string =>
    (JSON.parse(ran.stdout) as { error: { code: string } }).error.code;

  beforeAll(async () => {
    world = await createWorld();
    const tokens = join(world.folder, 'tokens');
    mkdirSync(tokens);
    const conf = join(world.folder, 'softhsm2.conf');
    writeFileSync(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
    env = {
      PATH: process.env['PATH'] ?? '',
      SOFTHSM2_CONF: conf,
      WRIT_PKCS11_MODULE: MODULE,
      WRIT_PIN: PIN,
    };
    makeToken('alice');
    makeKey('alice', 'root', 'EC:prime256v1', '01');
    makeKey('alice', 'ec', 'EC:prime256v1', '02');
    makeKey('alice', 'rsa', 'rsa:3072', '03');
    makeKey('alice', 'ed', 'EC:edwards25519', '04');
    manifest = world.file('manifest.json', manifestText('on a token'));
    writeFileSync(join(world.folder, 'pin'), `${PIN}\n`, { mode: 0o600 });
  });
  afterAll(() => world.close());

  it.each(['ec', 'rsa', 'ed'])('make a repository, sign an image and have it verified: %s', async object => {
    const name = `of-${object}`;
    const keys = ['--root-key', uriOf('root'), '--targets-key', uriOf(object)];
    const made = await writ(['init', name, ...keys]);
    expect(made.stderr).not.toContain('error');
    expect(made.code).toBe(0);
    const sign = ['sign', IMAGE, '--manifest', manifest, '--repository', name];
    const signed = await writ([...sign, '--key', uriOf(object), '--json']);
    expect([signed.code, signed.stderr]).toEqual([0, expect.not.stringContaining('error')]);
    expect(json(signed)).toMatchObject({ published: true });
    const verified = await world.writ(['verify', IMAGE, '--repository', name, '--json']);
    expect(json(verified)).toMatchObject({ digest: json(signed)['digest'] });
  });

  it('are at hand without being named when the settings list them', async () => {
    await writ(['init', 'listed', '--root-key', uriOf('root'), '--targets-key', uriOf('ec')]);
    const sign = ['sign', IMAGE, '--manifest', manifest, '--repository', 'listed', '--json'];
    expect(codeOf(await writ(sign))).toBe('CLI_NO_KEY');
    const signed = await writ(sign, { env: { WRIT_PKCS11_KEYS: uriOf('ec') } });
    expect(json(signed)).toMatchObject({ published: true });
  });

  it('are named by URI where public keys are, and sign a root that was made elsewhere', async () => {
    const exported = await writ(['key', 'export', uriOf('root'), '--format', 'json'], {
      env: { WRIT_PIN: '' },
    });
    expect(JSON.parse(exported.stdout)).toMatchObject({ keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256' });
    const online = join(world.folder, 'online.json');
    expect((await writ(['root', 'online', 'offline', '-o', online])).code).toBe(0);
    const file = join(world.folder, '1.root.json');
    const keys = ['--key', `root=${uriOf('root')}`, '--key', `targets=${uriOf('ec')}`];
    const made = await writ(['root', 'init', ...keys, '--online', online, '-o', file]);
    expect([made.code, made.stderr]).toEqual([0, expect.not.stringContaining('error')]);
    const signed = await writ(['root', 'sign', file, '--key', uriOf('root'), '--yes', '--json']);
    expect([signed.code, signed.stderr]).toEqual([0, expect.stringContaining('it is complete')]);
  });

  it('take their PIN from a file of the URI, a file of the settings, or a prompt', async () => {
    await writ(['init', 'pins', '--root-key', uriOf('root'), '--targets-key', uriOf('ec')]);
    const sign = (uri: string, options: FakeOptions, ...more: string[]) =>
      writ(['sign', IMAGE, '--manifest', manifest, '--repository', 'pins', '--key', uri, ...more], options);
    const file = join(world.folder, 'pin');
    const none = { WRIT_PIN: '' };
    expect((await sign(`${uriOf('ec')}?pin-source=file:${file}`, { env: { WRIT_PIN: 'wrong' } })).code).toBe(
      0,
    );
    expect((await sign(uriOf('ec'), { env: { ...none, WRIT_PIN_FILE: file } })).code).toBe(0);
    const asked = await sign(uriOf('ec'), { env: none, types: [`${PIN}\n`] });
    expect([asked.code, asked.stderr]).toEqual([0, expect.stringContaining('PIN of the token alice: ')]);
    expect(asked.stderr + asked.stdout).not.toContain(PIN);
    expect(codeOf(await sign(uriOf('ec'), { env: none }, '--json', '--no-input'))).toBe('CLI_PASSPHRASE');
  });

  it('refuse: a wrong PIN, an absent token, an absent key, two keys of one name, no module', async () => {
    await writ(['init', 'refused', '--root-key', uriOf('root'), '--targets-key', uriOf('ec')]);
    const sign = (uri: string, more: Record<string, string> = {}) =>
      writ(['sign', IMAGE, '--manifest', manifest, '--repository', 'refused', '--key', uri, '--json'], {
        env: more,
      });
    expect(codeOf(await sign(uriOf('ec'), { WRIT_PIN: '00000' }))).toBe('KEYSTORE_PIN');
    expect(codeOf(await sign(uriOf('ec'), { WRIT_PIN: '1' }))).toBe('KEYSTORE_PIN');
    expect(codeOf(await sign(uriOf('ec', 'bob')))).toBe('KEYSTORE_TOKEN');
    expect(codeOf(await sign(uriOf('none')))).toBe('KEYSTORE_TOKEN');
    expect(codeOf(await sign(uriOf('ec'), { WRIT_PKCS11_MODULE: '/nowhere.so' }))).toBe('KEYSTORE_TOKEN');
    expect(codeOf(await sign(uriOf('root')))).toBe('CLI_NO_KEY');
    expect(codeOf(await sign('pkcs11:object=ec?pin-value=1'))).toBe('KEYSTORE_URI');
    makeToken('twins');
    makeKey('twins', 'ec', 'EC:prime256v1', '01');
    makeKey('twins', 'ec', 'EC:prime256v1', '02');
    expect(codeOf(await sign(uriOf('ec', 'twins')))).toBe('KEYSTORE_TOKEN');
    const listed = await world.writ(['list', 'refused', '--json']);
    expect(listed.stdout).not.toContain(IMAGE);
  });

  it('of Ed25519 sign no document over 1,024 bytes, which their tool would cut', async () => {
    await writ(['init', 'long', '--root-key', uriOf('root'), '--targets-key', uriOf('ed')]);
    const sign = (tag: number) =>
      writ([
        ...['sign', `registry.example/${'long-'.repeat(20)}name:${tag}`, '--manifest', manifest],
        ...['--repository', 'long', '--key', uriOf('ed'), '--json'],
      ]);
    const codes = [];
    for (let tag = 1; tag < 4; tag++) codes.push((await sign(tag)).stdout);
    expect(codes.map(text => JSON.parse(text) as object)).toContainEqual({
      error: expect.objectContaining({
        code: 'KEYSTORE_TOKEN',
        message: expect.stringContaining('at most 1024') as string,
      }) as object,
    });
  });
});
