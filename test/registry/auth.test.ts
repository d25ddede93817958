import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { parseImageReference } from '../../src/image/reference.js';
import { parseChallenge } from '../../src/registry/challenge.js';
import { RegistryClient } from '../../src/registry/client.js';
import { dockerCredentials } from '../../src/registry/credentials.js';
import { basicOf, fakeHttp, manifest, served, type Asked } from './fake.js';

const APP = parseImageReference('registry.example/team/app:1');
const BYTES = manifest('one');
const alice = () => Promise.resolve({ username: 'alice', password: 'pä:ss' });

const CHALLENGE =
  'Bearer realm="https://auth.example/token?x=1",service="the registry",scope="repository:other:push"';
const challenged = (header = CHALLENGE) => ({ status: 401, headers: { 'www-authenticate': header } });

/** A registry that wants the token T, and a token service that gives it. */
const tokenFlow =
  (token: object = { token: 'T' }, tokenStatus = 200, challenge = CHALLENGE) =>
  ({ url, headers }: Asked) => {
    if (url.startsWith('https://auth.example/')) return { status: tokenStatus, body: JSON.stringify(token) };
    return headers['authorization'] === 'Bearer T' ? served(BYTES) : challenged(challenge);
  };

describe('token authentication', () => {
  it('gets an anonymous token for what it reads, not for what the registry names', async () => {
    const { http, asked } = fakeHttp(tokenFlow());
    await new RegistryClient({ http }).resolve(APP);
    expect(asked.map(({ url }) => url)).toEqual([
      'https://registry.example/v2/team/app/manifests/1',
      'https://auth.example/token?x=1&service=the+registry&scope=repository%3Ateam%2Fapp%3Apull',
      'https://registry.example/v2/team/app/manifests/1',
    ]);
    expect(asked[1]?.headers).toEqual({});
    expect(asked[1]?.maxBytes).toBe(65536);
  });

  it('shows credentials to the token service, and not to the registry', async () => {
    const { http, asked } = fakeHttp(tokenFlow({ access_token: 'T' }));
    await new RegistryClient({ http, credentials: alice }).resolve(APP);
    expect(asked.map(({ headers }) => headers['authorization'])).toEqual([
      undefined,
      basicOf('alice', 'pä:ss'),
      'Bearer T',
    ]);
  });

  it('keeps the token for the repository, and gets another when it is refused', async () => {
    let current = 'T';
    const { http, asked } = fakeHttp(({ url, headers }) => {
      if (url.startsWith('https://auth.example/'))
        return { status: 200, body: JSON.stringify({ token: current }) };
      return headers['authorization'] === `Bearer ${current}` ? served(BYTES) : challenged();
    });
    const client = new RegistryClient({ http });
    await client.resolve(APP);
    await client.resolve(APP);
    expect(asked).toHaveLength(4);
    current = 'U';
    await client.resolve(APP);
    expect(asked).toHaveLength(7);
    await client.resolve(parseImageReference('registry.example/other'));
    expect(asked).toHaveLength(10);
  });

  it('gives up after one new token', async () => {
    const { http, asked } = fakeHttp(({ url }) =>
      url.startsWith('https://auth') ? { status: 200, body: '{"token":"wrong"}' } : challenged(),
    );
    await expect(new RegistryClient({ http }).resolve(APP)).rejects.toMatchObject({
      code: 'REGISTRY_DENIED',
      message: 'the registry does not let this caller read registry.example/team/app:1',
    });
    expect(asked).toHaveLength(3);
  });

  it.each([
    [401, 'the token service of registry.example refuses anonymous callers', undefined],
    [403, 'the token service of registry.example refuses these credentials', alice],
  ])('a token service that refuses with %d', async (status, message, credentials) => {
    const { http } = fakeHttp(tokenFlow({}, status));
    const client = new RegistryClient({ http, ...(credentials === undefined ? {} : { credentials }) });
    await expect(client.resolve(APP)).rejects.toMatchObject({ code: 'REGISTRY_DENIED', message });
  });

  it.each([
    [{}, 200],
    [{ token: 7 }, 200],
    [{ token: '' }, 200],
    [{ token: 'a\r\nb' }, 200],
    [[], 200],
    [{ token: 'T' }, 500],
  ])('a token service that answers %j with %d', async (body, status) => {
    const { http } = fakeHttp(tokenFlow(body, status));
    await expect(new RegistryClient({ http }).resolve(APP)).rejects.toMatchObject({
      code: 'REGISTRY_ANSWER',
      message: 'the token service of registry.example answered with no token',
      details: { status },
    });
  });

  it.each([
    'Bearer realm="http://auth.example/token"',
    'Bearer realm="ftp://auth.example/token"',
    'Bearer realm="https://user:pw@auth.example/token"',
    'Bearer realm="https://["',
    'Bearer service="x"',
  ])('sends no password to %s', async header => {
    const { http, asked } = fakeHttp(tokenFlow({ token: 'T' }, 200, header));
    await expect(new RegistryClient({ http, credentials: alice }).resolve(APP)).rejects.toMatchObject({
      code: 'REGISTRY_ANSWER',
      message: 'the registry registry.example names a token service that is no https URL',
    });
    expect(asked).toHaveLength(1);
  });

  it('takes an http realm from a registry that is itself plain http', async () => {
    const { http, asked } = fakeHttp(({ url }) =>
      url.startsWith('http://auth.example/')
        ? { status: 200, body: '{"token":"T"}' }
        : challenged('Bearer realm="http://auth.example/"'),
    );
    await new RegistryClient({ http, plainHttp: true }).resolve(APP).catch(() => undefined);
    expect(asked[1]?.url).toBe('http://auth.example/?scope=repository%3Ateam%2Fapp%3Apull');
  });
});

describe('basic authentication', () => {
  it('shows the credentials', async () => {
    const { http } = fakeHttp(({ headers }) =>
      headers['authorization'] === basicOf('alice', 'pä:ss') ? served(BYTES) : challenged('Basic realm="r"'),
    );
    expect((await new RegistryClient({ http, credentials: alice }).resolve(APP)).bytes).toEqual(BYTES);
    await expect(new RegistryClient({ http }).resolve(APP)).rejects.toMatchObject({
      code: 'REGISTRY_DENIED',
      message: 'the registry registry.example asks for a password, and there is none',
    });
  });

  it.each(['Negotiate', '', '=', `Bearer ${'x'.repeat(4096)}`])('refuses the challenge %j', async header => {
    const { http } = fakeHttp(() => challenged(header));
    await expect(new RegistryClient({ http, credentials: alice }).resolve(APP)).rejects.toMatchObject({
      code: 'REGISTRY_ANSWER',
      message: 'the registry registry.example asks for neither a token nor a password',
    });
  });
});

describe('parseChallenge', () => {
  it('reads quoted and bare parameters, names in any case', () => {
    const challenge = parseChallenge('BEARER Realm="a\\"b, c", service = x ,scope=""');
    expect(challenge?.scheme).toBe('bearer');
    expect([...(challenge?.parameters ?? [])]).toEqual([
      ['realm', 'a"b, c'],
      ['service', 'x'],
      ['scope', ''],
    ]);
  });
});

describe('dockerCredentials', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'writ-docker-'));
    mkdirSync(join(home, '.docker'));
  });
  afterEach(() => {
    rmSync(home, { recursive: true });
  });
  const write = (text: string): void => {
    writeFileSync(join(home, '.docker/config.json'), text);
  };
  const entry = (user: string, password: string) => ({
    auth: Buffer.from(`${user}:${password}`).toString('base64'),
  });

  it('finds hosts as Docker files them', async () => {
    write(
      JSON.stringify({
        auths: {
          'https://index.docker.io/v1/': entry('hub', 'h'),
          'a.example': entry('a', 'x:y'),
          'https://b.example': entry('b', ''),
          'c.example': {},
          'd.example': { auth: 'bm9jb2xvbg==' },
          'e.example': { identitytoken: 't' },
        },
        credsStore: 'desktop',
      }),
    );
    const find = dockerCredentials({ HOME: home });
    expect(await find('docker.io')).toEqual({ username: 'hub', password: 'h' });
    expect(await find('a.example')).toEqual({ username: 'a', password: 'x:y' });
    expect(await find('b.example')).toEqual({ username: 'b', password: '' });
    for (const host of ['c.example', 'd.example', 'e.example', 'example', 'constructor']) {
      expect(await find(host)).toBeUndefined();
    }
  });

  it('prefers DOCKER_CONFIG', async () => {
    write(JSON.stringify({ auths: { 'a.example': entry('a', 'b') } }));
    expect(
      await dockerCredentials({ HOME: '/nowhere', DOCKER_CONFIG: join(home, '.docker') })('a.example'),
    ).toEqual({
      username: 'a',
      password: 'b',
    });
  });

  it('has none without a file, or without auths', async () => {
    expect(await dockerCredentials({ HOME: home })('a.example')).toBeUndefined();
    write('{"HttpHeaders": {"x": 1.5}}');
    expect(await dockerCredentials({ HOME: home })('a.example')).toBeUndefined();
  });

  it('neither waits for a pipe nor reads a device', async () => {
    const path = join(home, '.docker/config.json');
    execFileSync('mkfifo', [path]);
    await expect(dockerCredentials({ HOME: home })('a.example')).rejects.toMatchObject({
      code: 'REGISTRY_CREDENTIALS',
    });
    rmSync(path);
    symlinkSync('/dev/zero', path);
    await expect(dockerCredentials({ HOME: home })('a.example')).rejects.toMatchObject({
      code: 'REGISTRY_CREDENTIALS',
    });
  });

  it('says so when the file is broken, without what is in it', async () => {
    write('{"auths": {"a.example": {"auth": "c2VjcmV0"');
    const failure: unknown = await dockerCredentials({ HOME: home })('a.example').catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      code: 'REGISTRY_CREDENTIALS',
      message: `the credentials in ${join(home, '.docker/config.json')} cannot be read`,
    });
    expect((failure as Error).cause).toBeUndefined();
  });
});
