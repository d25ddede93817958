import { afterEach, describe, expect, it } from 'vitest';

import { ERROR_CATALOGUE } from '../../src/errors.js';
import { ApiClient } from '../../src/transport/api-client.js';
import { serve, type Handler, type TestServer } from './server.js';

const open: TestServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()));
});

async function start(handler: Handler): Promise<TestServer> {
  const server = await serve(handler);
  open.push(server);
  return server;
}

const answer =
  (body: unknown, status = 200): Handler =>
  (_seen, response) => {
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  };

const VERSIONS = { root: 1, targets: 3, snapshot: 4, timestamp: 9 };
const CREATE = { name: 'example', documents: { root: 'cm9vdA==', targets: 'dA==' } };

describe('requests', () => {
  it('asks for the keys of a repository, its name as one component', async () => {
    const keys = { snapshot: { keytype: 'ed25519' }, timestamp: { keytype: 'ecdsa' } };
    const server = await start(answer({ ...keys, more: 1 }));
    expect(await new ApiClient({ server: `${server.url}/` }).repositoryKeys('a/../b')).toEqual(keys);
    expect(server.seen[0]).toMatchObject({ method: 'GET', path: '/v1/repositories/a%2F..%2Fb/keys' });
    expect(server.seen[0]?.headers).not.toHaveProperty('authorization');
    expect(server.seen[0]?.headers).not.toHaveProperty('content-type');
  });

  it('creates', async () => {
    const server = await start(answer({ versions: VERSIONS }, 201));
    const client = new ApiClient({ server: server.url, token: 't0ken' });
    expect(await client.createRepository(CREATE)).toEqual({ versions: VERSIONS });
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      path: '/v1/repositories',
      headers: {
        authorization: 'Bearer t0ken',
        'content-type': 'application/json',
        accept: 'application/json',
      },
    });
    expect(JSON.parse(server.seen[0]?.body.toString() ?? '')).toEqual(CREATE);
  });

  it('publishes', async () => {
    const server = await start(answer({ versions: VERSIONS }));
    const request = { documents: { targets: 'dA==' }, blobs: ['Yg=='], base: { targets: 2 } };
    expect(await new ApiClient({ server: server.url }).publish('example', request)).toEqual({
      versions: VERSIONS,
    });
    expect(server.seen[0]?.path).toBe('/v1/repositories/example/publish');
    expect(JSON.parse(server.seen[0]?.body.toString() ?? '')).toEqual(request);
  });

  it('lists', async () => {
    const repositories = [{ name: 'example', format: 'tuf', versions: VERSIONS }];
    const server = await start(answer({ repositories }));
    expect(await new ApiClient({ server: server.url }).listRepositories()).toEqual({ repositories });
  });
});

describe('failures that the service reports', () => {
  it('a conflict carries the current versions', async () => {
    const error = {
      code: 'REPOSITORY_CONFLICT',
      message: 'moved on',
      hint: 'rebase',
      details: { versions: VERSIONS },
    };
    const server = await start(answer({ error }, 409));
    await expect(new ApiClient({ server: server.url }).createRepository(CREATE)).rejects.toMatchObject({
      code: 'REPOSITORY_CONFLICT',
      message: 'moved on',
      hint: 'rebase',
      details: { versions: VERSIONS, status: 409 },
    });
  });

  it("a code of the catalogue is kept; its hint is the catalogue's when none is sent", async () => {
    const server = await start(answer({ error: { code: 'JSON_SIZE', message: 'm' } }, 413));
    await expect(new ApiClient({ server: server.url }).listRepositories()).rejects.toMatchObject({
      code: 'JSON_SIZE',
      message: 'm',
      hint: ERROR_CATALOGUE.JSON_SIZE.hint,
    });
  });

  it.each([
    [{ error: { code: 'constructor', message: 'm' } }, 500, 'FETCH_STATUS', 'm'],
    [{ error: { code: 7, message: 8 } }, 500, 'FETCH_STATUS', undefined],
    [{ error: 'text' }, 500, 'FETCH_STATUS', undefined],
    [{ error: { code: 'NEWER_THAN_WE', message: '' } }, 409, 'REPOSITORY_CONFLICT', undefined],
    ['<html>', 502, 'FETCH_STATUS', undefined],
    ['[]', 404, 'FETCH_STATUS', undefined],
    ['', 204, 'FETCH_STATUS', undefined],
  ])('%j with status %d is %s', async (body, status, code, message) => {
    const server = await start(answer(body, status));
    await expect(new ApiClient({ server: server.url }).listRepositories()).rejects.toMatchObject({
      code,
      message: message ?? `${server.url}/v1/repositories answered with status ${status}`,
      details: { status },
    });
  });

  it('attack: a service cannot write control characters or a flood to a terminal', async () => {
    const message = `a\u001b[31m\n\u202e\u2028${'x'.repeat(2000)}`;
    const server = await start(answer({ error: { code: 'USAGE', message, hint: 'h\r' } }, 400));
    await expect(new ApiClient({ server: server.url }).listRepositories()).rejects.toMatchObject({
      message: `a [31m   ${'x'.repeat(991)}`,
      hint: 'h ',
    });
  });
});

describe('answers that are none', () => {
  it.each([
    ['no json', /^not JSON/],
    ['\u001b[31m', /^not JSON: Unexpected token ' ', " \[31m" is not valid JSON$/],
    ['[]', /^answer must be an object$/],
    ['{}', /^answer\.repositories must be an array$/],
    ['{"repositories":[1]}', /^answer\.repositories\[0\] must be an object$/],
    [
      '{"repositories":[{"name":"a","format":"zip","versions":{}}]}',
      /^answer\.repositories\[0\]\.format must be tuf$/,
    ],
    [
      '{"repositories":[{"name":"a","format":"tuf","versions":{"root":"1"}}]}',
      /^answer\.repositories\[0\]\.versions\.root must be/,
    ],
  ])('%s', async (body, reason) => {
    const server = await start(answer(body));
    const failure: unknown = await new ApiClient({ server: server.url })
      .listRepositories()
      .catch((e: unknown) => e);
    expect(failure).toMatchObject({ code: 'FETCH_ANSWER' });
    const [before, after] = (failure as Error).message.split(' answered with something else: ');
    expect(before).toBe(`${server.url}/v1/repositories`);
    expect(after).toMatch(reason);
  });

  it('attack: a redirect of a write would carry the token: it is not followed', async () => {
    const server = await start((_seen, response) =>
      response.writeHead(302, { location: '/elsewhere' }).end(),
    );
    await expect(new ApiClient({ server: server.url, token: 't' }).listRepositories()).rejects.toMatchObject({
      code: 'FETCH_REDIRECT',
    });
    expect(server.seen).toHaveLength(1);
  });
});

describe('a token without TLS', () => {
  it.each(['http://writ.example', 'http://127.0.0.1.evil.example', 'http://10.0.0.1:4443', 'http://[::2]'])(
    'does not travel to %s',
    server => {
      expect(() => new ApiClient({ server, token: 'secret' })).toThrow(
        expect.objectContaining({
          code: 'FETCH_PLAINTEXT',
          message: `the token is not sent to ${server}/, which is plain http`,
        }),
      );
      expect(() => new ApiClient({ server })).not.toThrow();
    },
  );

  it.each([
    'http://127.0.0.1:1',
    'http://127.9.9.9',
    'http://localhost',
    'http://[::1]:80',
    'https://writ.example',
  ])('may be given for %s', server => {
    expect(() => new ApiClient({ server, token: 'secret' })).not.toThrow();
  });
});
