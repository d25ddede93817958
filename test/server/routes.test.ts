import { describe, expect, it } from 'vitest';
import { WritError } from '../../src/errors.js';
import { TokenAuthority } from '../../src/repository/tokens.js';
import { createApp } from '../../src/server/app.js';
import { createAuthenticator } from '../../src/server/auth.js';
import { createMetrics } from '../../src/server/metrics.js';
import { repositoryRoutes } from '../../src/server/routes/repositories.js';
import { tufRoutes } from '../../src/server/routes/tuf.js';
import { plainServer } from '../../src/server/servers.js';
import { httpRequest } from '../../src/transport/http.js';
import {
  base64,
  createRequest,
  documents,
  EXAMPLE,
  exampleService,
  file,
  makeTargets,
  START,
  targetsOf,
  TEAM,
  teamKey,
  teamService,
  type TestService,
} from '../repository/publisher.js';

const MAX_BODY = 100_000;
const PATH = 'registry.example/team/app:1';
const manifest = file('{"schemaVersion":2}');

function appOver(made: TestService, mode: 'token' | 'loopback' = 'token') {
  const app = createApp({ bodyLimit: MAX_BODY, serverFactory: plainServer });
  const tokens = new TokenAuthority(new Uint8Array(32).fill(3), made.clock);
  const written: string[] = [];
  tufRoutes(app, made.service);
  repositoryRoutes(app, {
    repositories: made.service,
    authenticate: createAuthenticator({ mode, tokens }),
    onWritten: async name => {
      written.push(name);
    },
    maxBody: MAX_BODY,
    metrics: createMetrics({
      repositoriesFresh: () => new Map(),
      policiesValid: () => true,
      roleExpiries: () => [],
    }),
  });
  const bearer = async (change: object = {}) => {
    const request = { subject: 'ci', create: ['*'], push: ['*'], lifetimeSeconds: 60 };
    return { authorization: `Bearer ${await tokens.issue({ ...request, ...change })}` };
  };
  const publish = async (headers: Record<string, string>, body: unknown, more: object = {}) =>
    app.inject({
      method: 'POST',
      url: '/v1/repositories/example/publish',
      headers: { 'content-type': 'application/json', ...headers },
      payload: JSON.stringify(body),
      ...more,
    });
  return { app, tokens, bearer, publish, written };
}

const newTargets = async (version = 2) => ({
  base: { targets: version - 1 },
  documents: documents({ targets: await makeTargets({ version }) }),
});

const TRAVERSALS: readonly (readonly [path: string, status: number])[] = [
  ['/tuf/example/metadata/2.root.json', 404],
  ['/tuf/other/metadata/1.root.json', 404],
  ['/tuf/Example/metadata/1.root.json', 404],
  ['/tuf/example/metadata/', 400],
  ['/tuf/example/metadata/..', 400],
  ['/tuf/example/metadata/%2e%2e', 400],
  ['/tuf/example/metadata/%00', 400],
  ['/tuf/example/metadata/1.root.json%00', 400],
  ['/tuf/example/metadata/%zz', 400],
  ['/tuf/example/metadata/%ff', 400],
  ['/tuf/../example/metadata/1.root.json', 404],
  ['/tuf/%2e%2e/metadata/1.root.json', 400],
  ['/tuf/example%2Fmetadata/1.root.json', 404],
  ['/tuf/example%2F..%2Fexample/metadata/1.root.json', 400],
  ['/tuf/example%5C/metadata/1.root.json', 400],
  ['/tuf/example/metadata/..%2F..%2F..%2Ftoken', 404],
  ['/tuf/example/metadata/%252e%252e%252ftoken', 404],
  ['/tuf/example/targets/../../token', 400],
  ['/tuf/example/targets/a%2F..%2Fb', 400],
  ['/tuf/example/targets/a//b', 400],
  ['/tuf/example/targets/', 400],
  ['/tuf/example/targets//etc/passwd', 400],
  ['/tuf//metadata/1.root.json', 400],
  ['/tuf/example/metadata/' + 'x'.repeat(5000), 400],
  ['//tuf/example/metadata/1.root.json', 404],
  ['/token', 404],
  ['/online-key', 404],
];

describe('TUF files over HTTP', () => {
  it('of versions are immutable, the timestamp is to be revalidated', async () => {
    const { app } = appOver(await exampleService());
    const root = await app.inject('/tuf/example/metadata/1.root.json');
    expect(root.statusCode).toBe(200);
    expect(root.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=31536000, immutable',
      'last-modified': START.toUTCString(),
      etag: expect.stringMatching(/^"[0-9a-f]{64}"$/),
    });
    const timestamp = await app.inject('/tuf/example/metadata/timestamp.json');
    expect(timestamp.headers['cache-control']).toBe('no-cache');
  });

  it.each([
    [(etag: string) => etag, 304],
    [(etag: string) => `W/${etag}`, 304],
    [(etag: string) => `"other", ${etag}`, 304],
    [() => '*', 304],
    [() => '"other"', 200],
    [(etag: string) => etag.slice(1, -1), 200],
  ])('are not sent again to who has them', async (header, status) => {
    const { app } = appOver(await exampleService());
    const url = '/tuf/example/metadata/timestamp.json';
    const etag = String((await app.inject(url)).headers.etag);
    const again = await app.inject({ url, headers: { 'if-none-match': header(etag) } });
    expect(again.statusCode).toBe(status);
    expect(again.headers.etag).toBe(etag);
    expect(again.body === '').toBe(status === 304);
  });

  it('answer HEAD as GET, without the body', async () => {
    const { app } = appOver(await exampleService());
    const url = '/tuf/example/metadata/timestamp.json';
    const [head, get] = [await app.inject({ method: 'HEAD', url }), await app.inject(url)];
    expect(head.statusCode).toBe(200);
    expect(head.body).toBe('');
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
  });

  it('of roles with a slash in their name are asked for percent-encoded', async () => {
    const made = await teamService();
    const { parseRoleName } = await import('../../src/tuf/role-name.js');
    const { delegationTo, newKey } = await import('../repository/publisher.js');
    const [sub, key] = [parseRoleName('team/x'), newKey()];
    await made.service.publish(EXAMPLE, {
      base: { team: 1, [sub]: 0 },
      documents: documents({
        team: await makeTargets({
          role: TEAM,
          version: 2,
          signer: teamKey,
          delegations: delegationTo({ name: sub, key }),
        }),
        [sub]: await makeTargets({ role: sub, signer: key }),
      }),
    });
    const { app } = appOver(made);
    expect((await app.inject('/tuf/example/metadata/1.team%2Fx.json')).statusCode).toBe(200);
    for (const path of [
      '1.team/x.json',
      '1.team/../team/x.json',
      '1.team%2F..%2Fteam%2Fx.json',
      '1.team%252Fx.json',
    ]) {
      expect((await app.inject(`/tuf/example/metadata/${path}`)).statusCode, path).not.toBe(200);
    }
  });

  it('of targets are served under their hash, and nothing else', async () => {
    const made = await exampleService();
    const { app, publish, bearer } = appOver(made);
    const answer = await publish(await bearer(), {
      base: { targets: 1 },
      documents: documents({
        targets: await makeTargets({ version: 2, targets: targetsOf({ [PATH]: manifest }) }),
      }),
      blobs: [base64(manifest)],
    });
    expect(answer.statusCode).toBe(200);
    const digest = String(
      targetsOf({ [PATH]: manifest })
        .get(PATH)
        ?.hashes.get('sha256'),
    );
    const target = await app.inject(`/tuf/example/targets/registry.example/team/${digest}.app%3A1`);
    expect(target.body).toBe('{"schemaVersion":2}');
    expect(target.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect((await app.inject('/tuf/example/targets/registry.example/team/app:1')).statusCode).toBe(404);
  });

  it('are not reached by path traversal, whatever form it takes', async () => {
    const { app } = appOver(await exampleService());
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    for (const [path, status] of TRAVERSALS) {
      // Over a socket: `inject` would tidy the path first.
      const answer = await httpRequest({ url: `${url}${path}`, maxBytes: 100_000 });
      expect(answer.status, path).toBe(status);
      expect(Object.keys(JSON.parse(Buffer.from(answer.body).toString()) as object), path).toEqual(['error']);
    }
    await app.close();
  });
});

describe('the write API', () => {
  it('makes a repository, lists it, and gives its keys', async () => {
    const { newService } = await import('../repository/publisher.js');
    const { app, bearer, written } = appOver(newService());
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/repositories',
      headers: { 'content-type': 'application/json', ...(await bearer({ push: [], create: ['exa*'] })) },
      payload: JSON.stringify(await createRequest()),
    });
    expect(answer.statusCode).toBe(201);
    const versions = { root: 1, targets: 1, snapshot: 1, timestamp: 1 };
    expect(answer.json()).toEqual({ versions });
    expect(written).toEqual(['example']);
    expect((await app.inject('/v1/repositories')).json()).toEqual({
      repositories: [{ name: 'example', format: 'tuf', versions }],
    });
    const keys = (await app.inject('/v1/repositories/example/keys')).json() as object;
    expect(Object.keys(keys)).toEqual(['snapshot', 'timestamp']);
  });

  it('tells the loser of a race the versions to start again from', async () => {
    const { publish, bearer, written } = appOver(await exampleService());
    const headers = await bearer();
    const body = await newTargets();
    const answers = await Promise.all([publish(headers, body), publish(headers, body)]);
    const [won, lost] = answers.sort((a, b) => a.statusCode - b.statusCode); // either may win
    expect([won.statusCode, lost.statusCode]).toEqual([200, 409]);
    expect(lost.json()).toEqual({
      error: {
        code: 'REPOSITORY_CONFLICT',
        message: 'targets was made from version 1, the current one is 2',
        hint: expect.any(String),
        details: { repository: 'example', versions: { root: 1, targets: 2, snapshot: 2, timestamp: 2 } },
      },
    });
    expect(written).toEqual(['example']);
  });

  it.each([
    ['no token', {}, 401, 'TOKEN_MISSING'],
    ['a token that is none', { authorization: 'Bearer x' }, 401, 'TOKEN_INVALID'],
    ['another scheme', { authorization: 'Basic dTpw' }, 401, 'TOKEN_INVALID'],
    ['an empty header', { authorization: '' }, 401, 'TOKEN_INVALID'],
  ])('refuses a write with %s', async (_, headers, status, code) => {
    const { publish } = appOver(await exampleService());
    const answer = await publish(headers, await newTargets());
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="writ"');
    expect(answer.json()).toMatchObject({ error: { code } });
  });

  it('refuses an expired token', async () => {
    const made = await exampleService();
    const { publish, bearer } = appOver(made);
    const headers = await bearer();
    made.time.now = new Date(START.getTime() + 60_000);
    expect((await publish(headers, await newTargets())).json()).toMatchObject({
      error: { code: 'TOKEN_EXPIRED' },
    });
  });

  it.each([{ push: ['other'] }, { push: [], create: ['*'] }])(
    'refuses a token for something else: %j',
    async scope => {
      const { publish, bearer, written } = appOver(await exampleService());
      const answer = await publish(await bearer(scope), await newTargets());
      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toMatchObject({
        error: { code: 'TOKEN_SCOPE', message: 'the token of ci may not push example' },
      });
      expect(written).toEqual([]);
    },
  );

  it('refuses to make a repository of another name than the token allows', async () => {
    const { app, bearer } = appOver(await exampleService());
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/repositories',
      headers: { 'content-type': 'application/json', ...(await bearer({ create: ['team-*'] })) },
      payload: JSON.stringify(await createRequest({ name: 'alpha' })),
    });
    expect(answer.json()).toMatchObject({
      error: { code: 'TOKEN_SCOPE', message: 'the token of ci may not create alpha' },
    });
  });

  it('checks the token before it reads the body', async () => {
    const { publish } = appOver(await exampleService());
    const answer = await publish({}, 'x'.repeat(MAX_BODY + 1));
    expect(answer.json()).toMatchObject({ error: { code: 'TOKEN_MISSING' } });
  });

  it('takes no larger body than its limit', async () => {
    const { publish, bearer } = appOver(await exampleService());
    const headers = await bearer();
    const sized = (bytes: number) => publish(headers, undefined, { payload: ' '.repeat(bytes) });
    expect((await sized(MAX_BODY)).json()).toMatchObject({ error: { code: 'JSON_SYNTAX' } });
    const answer = await sized(MAX_BODY + 1);
    expect(answer.statusCode).toBe(413);
    expect(answer.headers.connection).toBe('close');
    expect(answer.json()).toEqual({
      error: {
        code: 'SERVER_BODY_TOO_LARGE',
        message: 'the body of the request is larger than the limit',
        hint: expect.any(String),
      },
    });
  });

  it.each([
    ['text/plain', 415, 'SERVER_MEDIA_TYPE'],
    ['application/x-www-form-urlencoded', 415, 'SERVER_MEDIA_TYPE'],
    ['application/json; charset=utf-8', 200, undefined],
  ])('takes JSON only: %s', async (type, status, code) => {
    const { publish, bearer } = appOver(await exampleService());
    const answer = await publish({ ...(await bearer()), 'content-type': type }, await newTargets());
    expect(answer.statusCode).toBe(status);
    if (code !== undefined) expect(answer.json()).toMatchObject({ error: { code } });
  });

  it('refuses a body that is not as long as it says', async () => {
    const { publish, bearer } = appOver(await exampleService());
    const answer = await publish({ ...(await bearer()), 'content-length': '5' }, undefined, {
      payload: '{}',
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      error: { code: 'SERVER_REQUEST', message: 'the body is not as long as Content-Length says' },
    });
  });

  it.each([
    ['', 'JSON_SYNTAX'],
    ['{', 'JSON_SYNTAX'],
    ['{"base":{},"base":{}}', 'JSON_DUPLICATE_KEY'],
    ['{"documents":{},"base":{},"x":1}', 'REPOSITORY_REQUEST'],
    ['[]', 'JSON_TYPE'],
  ])('refuses a lying body and keeps the repository as it was: %j', async (payload, code) => {
    const made = await exampleService();
    const before = await made.index.list('');
    const { publish, bearer } = appOver(made);
    const answer = await publish(await bearer(), undefined, { payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { code } });
    expect(await made.index.list('')).toEqual(before);
  });

  it.each(['..', 'Example', 'a%2Fb', '%00', 'x'.repeat(129)])('knows no repository named %s', async name => {
    const { app } = appOver(await exampleService());
    expect((await app.inject(`/v1/repositories/${name}/keys`)).statusCode).toBeOneOf([400, 404]);
  });
});

describe('failures', () => {
  it('that nobody expected show neither stack nor reason', async () => {
    const made = await exampleService();
    const broken = {
      ...made,
      service: { ...made.service, metadata: () => Promise.reject(new Error('secret path')) },
    };
    const { app } = appOver(broken);
    const answer = await app.inject('/tuf/example/metadata/timestamp.json');
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toEqual({
      error: { code: 'INTERNAL', message: 'the service failed on this request', hint: expect.any(String) },
    });
  });

  it('that are ours keep their words, also on the way from below', async () => {
    const made = await exampleService();
    const full = new WritError('STORE_FULL', 'the blob x cannot be written: ENOSPC');
    const { publish, bearer } = appOver({
      ...made,
      service: { ...made.service, publish: () => Promise.reject(full) },
    });
    const answer = await publish(await bearer(), await newTargets());
    expect(answer.statusCode).toBe(full.status);
    expect(answer.json()).toMatchObject({ error: { code: 'STORE_FULL' } });
  });

  it.each([
    ['GET', '/nothing', 404, 'SERVER_ROUTE'],
    ['PUT', '/v1/repositories', 404, 'SERVER_ROUTE'],
    ['DELETE', '/tuf/example/metadata/1.root.json', 404, 'SERVER_ROUTE'],
  ] as const)('of routing are ours too: %s %s', async (method, url, status, code) => {
    const { app } = appOver(await exampleService());
    const answer = await app.inject({ method, url });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ error: { code } });
  });
});
