/** The routes, statuses and error codes of notary-server, as they were recorded (test/golden/notary-v1). */
import type { FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { WritError } from '../../../src/errors.js';
import { createApp } from '../../../src/server/app.js';
import type { Caller } from '../../../src/server/auth.js';
import { basicDoor } from '../../../src/server/notary/auth.js';
import { matchPath } from '../../../src/server/notary/paths.js';
import { notaryRoutes } from '../../../src/server/notary/routes.js';
import { plainServer } from '../../../src/server/servers.js';
import { NOTARY_DEFAULTS } from '../service.js';
import { GUN, world, type Publisher, type World } from '../../repository/notary/publisher.js';

let app: FastifyInstance;
let w: World;
let p: Publisher;
let allowed = true;

const BASE = `/v2/${GUN}/_trust/tuf/`;

beforeEach(async () => {
  allowed = true;
  w = world();
  p = await w.publisher();
  app = createApp({ bodyLimit: 1, serverFactory: plainServer });
  const authenticate = (): Promise<Caller> =>
    allowed
      ? Promise.resolve({ kind: 'loopback' })
      : Promise.reject(new WritError('TOKEN_MISSING', 'no token'));
  const door = basicDoor(authenticate);
  notaryRoutes(app, { repositories: w.repositories, door, maxBody: 256 * 1024, ...NOTARY_DEFAULTS });
  await app.ready();
  expect((await post({ root: p.rootDocument(), targets: p.targetsDocument(1, ['v1']) })).statusCode).toBe(
    200,
  );
});

interface Answer {
  statusCode: number;
  body: string;
  headers: Record<string, unknown>;
}
const ask = async (
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS',
  url: string,
  payload?: Buffer | string,
  headers: Record<string, string> = {},
): Promise<Answer> => app.inject({ method, url, ...(payload !== undefined && { payload }), headers });

/** As `notary` writes it. */
function multipart(files: Readonly<Record<string, Uint8Array | string>>, field = 'files'): Buffer {
  const parts = Object.entries(files).flatMap(([name, bytes]) => [
    Buffer.from(
      `--bound\r\nContent-Disposition: form-data; name="${field}"${name === '-' ? '' : `; filename="${name}"`}\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    ),
    Buffer.from(bytes),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from('--bound--\r\n')]);
}
const post = (files: Readonly<Record<string, Uint8Array | string>>, field?: string): Promise<Answer> =>
  ask('POST', BASE, multipart(files, field), { 'content-type': 'multipart/form-data; boundary=bound' });

const codeOf = ({ body }: Answer): string | undefined =>
  (JSON.parse(body) as { errors: { code: string }[] }).errors[0]?.code;

describe('reading', () => {
  it('answers the ping of clients', async () => {
    expect(await ask('GET', '/v2/')).toMatchObject({ statusCode: 200, body: '{}' });
    expect(await ask('GET', '/_notary_server/health')).toMatchObject({ statusCode: 200, body: '{}' });
  });

  it('serves documents as they were sent, with the headers that caches go by', async () => {
    const current = await ask('GET', `${BASE}targets.json`);
    expect(current.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'public, max-age=300, s-maxage=300, must-revalidate',
      'last-modified': 'Sat, 21 Nov 2026 12:00:00 UTC',
    });
    const byVersion = await ask('GET', `${BASE}01.targets.json`);
    expect(byVersion.body).toBe(current.body);
    expect(byVersion.headers['cache-control']).toBe('public, max-age=2592000, s-maxage=2592000');
  });

  it('gives keys as clients list them', async () => {
    const key = JSON.parse((await ask('GET', `${BASE}timestamp.key`)).body) as unknown;
    expect(key).toEqual({ keytype: 'ecdsa', keyval: p.online.timestamp.keyval });
  });

  it.each([
    ['GET', '/v2', 404],
    ['HEAD', '/v2/', 404],
    ['POST', '/v2/', 404],
    ['PUT', '/v2/x', 404],
    ['GET', `${BASE}0.root.json`, 404],
    ['GET', `${BASE}99.root.json`, 404],
    ['GET', `${BASE}99999999999999999999.root.json`, 404],
    ['GET', `${BASE}root.${'A'.repeat(64)}.json`, 404],
    ['GET', `${BASE}root.${'a'.repeat(128)}.json`, 404],
    ['GET', `${BASE}root.${'a'.repeat(96)}.json`, 404],
    ['GET', `${BASE}targets/nope.json`, 404],
    ['GET', `${BASE}foo.json`, 404],
    ['GET', `${BASE}targets.key`, 404],
    ['GET', `${BASE}root.key`, 404],
    ['POST', BASE.slice(0, -1), 404],
    ['GET', '/v2/a*b/_trust/tuf/root.json', 404],
    ['GET', '/v2/a%2Fb/_trust/tuf/root.json', 404],
    ['GET', '/v2/a%20b/_trust/tuf/root.json', 404],
  ] as const)('%s %s is %i', async (method, url, status) => {
    const answer = await ask(method, url);
    expect(answer.statusCode).toBe(status);
    if (method !== 'HEAD') expect(codeOf(answer)).toBe('METADATA_NOT_FOUND');
  });

  it.each(['PATCH', 'OPTIONS'] as const)('has no other methods: %s', async method => {
    expect(await ask(method, '/v2/x')).toMatchObject({ statusCode: 405, body: '' });
  });

  it('takes a target that names the server as well', () => {
    for (const url of ['/v2/a/_trust/tuf/root.json?x=/', 'HTTP://host:1/v2/a/_trust/tuf/root.json'])
      expect(matchPath(url)).toMatchObject({ kind: 'current', gun: 'a', role: 'root' });
  });

  it.each([
    ['/v2/a/../b/_trust/tuf/root.json', '/v2/b/_trust/tuf/root.json'],
    ['/v2//a/_trust/tuf/', '/v2/a/_trust/tuf/'],
    ['/v2/a/./_trust/tuf/root.json?x', '/v2/a/_trust/tuf/root.json'],
    ['/v2/a/%2e%2e/%2E%2E/etc', '/etc'],
    ['/v2/../../..', '/'],
  ])('sends %s to %s', (url, clean) => {
    expect(matchPath(url)).toMatchObject({ kind: 'unclean', clean });
  });

  it('gives keys for names as long as any, and none for longer ones', async () => {
    expect((await ask('GET', `/v2/${'a'.repeat(255)}/_trust/tuf/timestamp.key`)).statusCode).toBe(200);
    expect((await ask('GET', `/v2/${'a'.repeat(256)}/_trust/tuf/timestamp.key`)).statusCode).toBe(404);
  });
});

describe('uploads', () => {
  it.each<[string, () => Promise<Answer>, string]>([
    [
      'no multipart',
      () => ask('POST', BASE, '{}', { 'content-type': 'application/json' }),
      'MALFORMED_UPLOAD',
    ],
    ['no body', () => ask('POST', BASE), 'MALFORMED_UPLOAD'],
    ['no file name', () => post({ '-': 'x' }), 'NO_FILENAME'],
    ['an empty file name', () => post({ '': 'x' }), 'NO_FILENAME'],
    ['a role that is none', () => post({ foo: '{}' }), 'INVALID_ROLE'],
    ['a path for a role', () => post({ 'targets/../x': '{}' }), 'INVALID_ROLE'],
    ['a role in upper case', () => post({ 'targets/Foo': '{}' }), 'INVALID_ROLE'],
    ['no JSON', () => post({ root: 'nope' }), 'MALFORMED_JSON'],
    ['the same root', () => post({ root: p.rootDocument() }), 'VERSION'],
    ['the same targets', () => post({ 'targets.json': p.targetsDocument() }), 'VERSION'],
    ['a root that skips', () => post({ root: p.rootDocument(7) }), 'INVALID_UPDATE'],
  ])('with %s', async (_what, send, code) => {
    const answer = await send();
    expect(answer.statusCode).toBe(400);
    expect(codeOf(answer)).toBe(code);
    expect(answer.body.endsWith('\n')).toBe(true);
    expect(answer.body.length).toBeLessThan(1024);
  });

  it('must beat 5: broken multipart is an answer, never the end of a connection or of the service', async () => {
    const whole = multipart({ targets: p.targetsDocument(2) });
    for (const length of [0, 1, 10, 40, 100, whole.length - 20, whole.length - 3]) {
      const type = { 'content-type': 'multipart/form-data; boundary=bound' };
      const answer = await ask('POST', BASE, whole.subarray(0, length), type);
      expect([length, answer.statusCode, codeOf(answer)]).toEqual([length, 400, 'MALFORMED_UPLOAD']);
    }
    for (const type of [
      'multipart/form-data',
      'multipart/form-data; boundary=',
      'multipart/mixed; boundary=bound',
    ]) {
      expect(codeOf(await ask('POST', BASE, whole, { 'content-type': type }))).toBe('MALFORMED_UPLOAD');
    }
    expect((await ask('GET', '/v2/_trust/changefeed?records=-2')).statusCode).toBe(200);
  });

  it('must beat 9: an upload beyond the limit is refused', async () => {
    const answer = await post({ targets: `{"x":"${'a'.repeat(300 * 1024)}"}` });
    expect(answer.statusCode).toBe(413);
  });

  it('say which check failed, as clients read it', async () => {
    const { body } = await post({ root: p.rootDocument(7) });
    expect(JSON.parse(body)).toEqual({
      errors: [
        {
          code: 'INVALID_UPDATE',
          message: 'Update sent by the client is invalid.',
          detail: {
            Name: 'ErrBadRoot',
            Error: { Msg: 'Root modifications must increment the version. Current 1, new 7' },
          },
        },
      ],
    });
  });

  it('take any field name, a name with .json, and ignore a timestamp', async () => {
    const timestamp = Buffer.from((await ask('GET', `${BASE}timestamp.json`)).body);
    expect((await post({ 'targets.json': p.targetsDocument(2), timestamp }, 'any')).statusCode).toBe(200);
    const { version } = (
      JSON.parse((await ask('GET', `${BASE}timestamp.json`)).body) as { signed: { version: number } }
    ).signed;
    expect(version).toBe(2);
  });
});

describe('the change feed', () => {
  it.each([
    ['/v2/_trust/changefeed', 400],
    ['/v2/_trust/changefeed?records=x', 400],
    ['/v2/_trust/changefeed?records=1&change_id=abc', 400],
    ['/v2/_trust/changefeed?records=0', 200],
    [`/v2/${GUN}/_trust/changefeed?records=10`, 200],
  ])('GET %s is %i', async (url, status) => {
    const answer = await ask('GET', url);
    expect(answer.statusCode).toBe(status);
    if (status === 400) expect(codeOf(answer)).toBe('INVALID_PARAMETERS');
  });

  it('is written as clients read it', async () => {
    const { body } = await ask('GET', '/v2/_trust/changefeed?records=3');
    expect(JSON.parse(body)).toEqual({
      count: 1,
      records: [
        {
          ID: '1',
          CreatedAt: '2026-11-21T12:00:00.000Z',
          GUN,
          Version: 1,
          SHA256: expect.stringMatching(/^[0-9a-f]{64}$/),
          Category: 'update',
        },
      ],
    });
    expect((await ask('GET', '/v2/_trust/changefeed?records=3&change_id=99999')).body).toBe(
      '{"count":0,"records":null}',
    );
  });
});

describe('writing', () => {
  it.each([
    ['POST', BASE],
    ['POST', `${BASE}timestamp.key`],
    ['DELETE', BASE],
  ] as const)('%s %s needs a token', async (method, url) => {
    allowed = false;
    const answer = await ask(method, url);
    expect(answer.statusCode).toBe(401);
    expect(codeOf(answer)).toBe('UNAUTHORIZED');
    expect(answer.headers['www-authenticate']).toBe('Basic realm="writ"');
    expect((await ask('GET', `${BASE}root.json`)).statusCode).toBe(200);
  });

  it('deletes, also what was never there', async () => {
    for (const url of ['/v2/never/seen/_trust/tuf/', BASE, BASE]) {
      expect(await ask('DELETE', url)).toMatchObject({ statusCode: 200, body: '' });
    }
    expect((await ask('GET', `${BASE}root.json`)).statusCode).toBe(404);
    expect((await ask('GET', `${BASE}timestamp.key`)).statusCode).toBe(200);
  });

  it('rotates a key', async () => {
    const before = (await ask('GET', `${BASE}snapshot.key`)).body;
    const after = (await ask('POST', `${BASE}snapshot.key`)).body;
    expect(after).not.toBe(before);
    expect((await ask('GET', `${BASE}snapshot.key`)).body).toBe(after);
  });
});
