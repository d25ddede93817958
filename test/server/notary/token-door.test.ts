/** Challenges and answers with Docker's tokens, as notary-server 0.7.0 gave them to the same requests. */
import type { FastifyInstance } from 'fastify';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DockerTokens } from '../../../src/access/docker-tokens.js';
import { createApp } from '../../../src/server/app.js';
import { notaryRoutes } from '../../../src/server/notary/routes.js';
import { tokenDoor } from '../../../src/server/notary/token-door.js';
import { plainServer } from '../../../src/server/servers.js';
import { NOTARY_DEFAULTS } from '../service.js';
import {
  authority,
  ISSUER,
  NOW,
  pullOf,
  seconds,
  SERVICE,
  token,
  x5c,
  type Authority,
} from '../../access/tokens.js';
import { world } from '../../repository/notary/publisher.js';

const GUN = 'localhost:5000/a/b';
const BASE = `/v2/${GUN}/_trust/tuf/`;
const REALM = 'https://localhost:5001/token';
let server: Authority;
let app: FastifyInstance;

beforeAll(() => {
  server = authority('localhost', { ca: false });
});

async function open(anonymousPull = false): Promise<void> {
  const trust = { issuer: ISSUER, service: SERVICE, roots: [server.certificate], keys: [], jwks: undefined };
  const tokens = new DockerTokens(trust, { now: () => NOW });
  app = createApp({ bodyLimit: 1, serverFactory: plainServer });
  const door = tokenDoor({ tokens, realm: () => REALM, service: SERVICE, anonymousPull });
  notaryRoutes(app, { repositories: world().repositories, door, maxBody: 1024, ...NOTARY_DEFAULTS });
  await app.ready();
}
beforeEach(() => open());

type Method = 'GET' | 'POST' | 'DELETE' | 'PUT';
async function ask(method: Method, url: string, authorization?: string) {
  const { statusCode, headers, body } = await app.inject({
    method,
    url,
    headers: { ...(authorization !== undefined && { authorization }) },
  });
  return { status: statusCode, challenge: headers['www-authenticate'], body };
}
const bearer = async (claims: object): Promise<string> =>
  `Bearer ${await token(server.key, { access: undefined, ...claims }, { x5c: x5c(server) })}`;
const challenge = (scope: string, error?: string): string =>
  `Bearer realm="${REALM}",service="${SERVICE}",scope="${scope}"${error === undefined ? '' : `,error="${error}"`}`;

const CATALOG = 'registry:catalog:*';
const PULL = `repository:${GUN}:pull`;
const PUSH = `repository:${GUN}:push,pull`;
const ALL = `repository:${GUN}:*`;

describe('without a token', () => {
  it.each<[Method, string, string]>([
    ['GET', '/v2/', CATALOG],
    ['GET', `${BASE}root.json`, PULL],
    ['GET', `${BASE}root.${'a'.repeat(64)}.json`, PULL],
    ['GET', `${BASE}1.root.json`, PULL],
    ['GET', `${BASE}timestamp.key`, PUSH],
    ['POST', `${BASE}timestamp.key`, ALL],
    ['POST', BASE, PUSH],
    ['DELETE', BASE, ALL],
    ['GET', `/v2/${GUN}/_trust/changefeed?records=1`, PULL],
    ['GET', '/v2/_trust/changefeed?records=1', CATALOG],
    ['GET', '/v2/_trust/changefeed', CATALOG],
    ['GET', '/v2/nope', CATALOG],
    ['PUT', '/v2/nope', CATALOG],
    ['GET', `${BASE}root.key`, CATALOG],
  ])('%s %s asks for a token with its scope', async (method, url, scope) => {
    const answer = await ask(method, url);
    expect(answer).toMatchObject({ status: 401, challenge: challenge(scope) });
  });

  it('says in its answer what it needs', async () => {
    const entry = (Action: string) => ({ Type: 'repository', Class: '', Name: GUN, Action });
    expect((await ask('POST', BASE)).body).toBe(
      `${JSON.stringify({
        errors: [
          {
            code: 'UNAUTHORIZED',
            message: 'authentication required',
            detail: [entry('push'), entry('pull')],
          },
        ],
      })}\n`,
    );
  });

  it.each(['Basic eDp5', 'Bearer', 'Bearer a b', 'bearer', 'Token x'])('%s is none', async header => {
    expect((await ask('GET', `${BASE}root.json`, header)).challenge).toBe(challenge(PULL));
  });

  it('tells how the service is', async () => {
    expect(await ask('GET', '/_notary_server/health')).toMatchObject({ status: 200, body: '{}' });
  });

  it('writes no name into a header that could end it', async () => {
    const { challenge: header } = await ask(
      'GET',
      '/v2/a%22,x=%22b%0D%0AX-Y:%20z%C3%BC/_trust/tuf/root.json',
    );
    expect(header === undefined || !/[\r\n\u0080-\uffff]/.test(String(header))).toBe(true);
    const quoted = await ask('GET', '/v2/a%22b%5Cc/_trust/tuf/root.json');
    expect(quoted.challenge).toBe(challenge('repository:a\\"b\\\\c:pull'));
  });
});

describe('with a token', () => {
  it.each<[string, Method, string, object, number, string | undefined]>([
    [
      'for the catalog',
      'GET',
      '/v2/',
      { access: [{ type: 'registry', name: 'catalog', actions: ['*'] }] },
      200,
      undefined,
    ],
    ['for nothing', 'GET', '/v2/', {}, 401, challenge(CATALOG, 'insufficient_scope')],
    ['to pull', 'GET', '/v2/', { access: pullOf(GUN) }, 401, challenge(CATALOG, 'insufficient_scope')],
    ['to pull', 'GET', `${BASE}root.json`, { access: pullOf(GUN) }, 404, undefined],
    ['for all', 'GET', `${BASE}root.json`, { access: pullOf(GUN, '*') }, 404, undefined],
    [
      'to push',
      'GET',
      `${BASE}root.json`,
      { access: pullOf(GUN, 'push') },
      401,
      challenge(PULL, 'insufficient_scope'),
    ],
    ['for nothing', 'GET', `${BASE}root.json`, { access: null }, 401, challenge(PULL, 'insufficient_scope')],
    [
      'to pull',
      'GET',
      `${BASE}timestamp.key`,
      { access: pullOf(GUN) },
      401,
      challenge(PUSH, 'insufficient_scope'),
    ],
    [
      'to push and pull',
      'GET',
      `${BASE}timestamp.key`,
      { access: pullOf(GUN, 'pull', 'push') },
      200,
      undefined,
    ],
    [
      'to push and pull',
      'POST',
      `${BASE}timestamp.key`,
      { access: pullOf(GUN, 'pull', 'push') },
      401,
      challenge(ALL, 'insufficient_scope'),
    ],
    ['for all', 'POST', `${BASE}timestamp.key`, { access: pullOf(GUN, '*') }, 200, undefined],
    [
      'to push and pull',
      'DELETE',
      BASE,
      { access: pullOf(GUN, 'pull', 'push') },
      401,
      challenge(ALL, 'insufficient_scope'),
    ],
    ['for all', 'DELETE', BASE, { access: pullOf(GUN, '*') }, 200, undefined],
    ['for all', 'POST', BASE, { access: pullOf(GUN, '*') }, 400, undefined],
    [
      'to pull another',
      'GET',
      `${BASE}root.json`,
      { access: pullOf(`${GUN}2`) },
      401,
      challenge(PULL, 'insufficient_scope'),
    ],
    [
      'expired',
      'GET',
      `${BASE}root.json`,
      { access: pullOf(GUN), exp: seconds(-90) },
      401,
      challenge(PULL, 'invalid_token'),
    ],
    [
      'not yet good',
      'GET',
      `${BASE}root.json`,
      { access: pullOf(GUN), nbf: seconds(90) },
      401,
      challenge(PULL, 'invalid_token'),
    ],
    [
      'of another',
      'GET',
      `${BASE}root.json`,
      { access: pullOf(GUN), iss: 'x' },
      401,
      challenge(PULL, 'invalid_token'),
    ],
    [
      'for another',
      'GET',
      `${BASE}root.json`,
      { access: pullOf(GUN), aud: 'x' },
      401,
      challenge(PULL, 'invalid_token'),
    ],
  ])('%s: %s %s', async (_what, method, url, claims, status, expected) => {
    expect(await ask(method, url, await bearer(claims))).toMatchObject({ status, challenge: expected });
  });

  it.each(['Bearer x', 'Bearer x.y.z'])('%s is a bad one', async header => {
    expect(await ask('GET', `${BASE}root.json`, header)).toMatchObject({
      status: 401,
      challenge: challenge(PULL, 'invalid_token'),
    });
  });
});

describe('with anonymous reading', () => {
  it('needs a token for all but reading, and none that is bad', async () => {
    await open(true);
    expect((await ask('GET', `${BASE}root.json`)).status).toBe(404);
    expect((await ask('GET', `${BASE}root.json`, await bearer({}))).status).toBe(404);
    expect((await ask('GET', `/v2/${GUN}/_trust/changefeed?records=1`)).status).toBe(200);
    expect((await ask('GET', `${BASE}root.json`, 'Bearer x')).status).toBe(401);
    for (const [method, url] of [
      ['GET', '/v2/'],
      ['GET', `${BASE}timestamp.key`],
      ['POST', BASE],
      ['DELETE', BASE],
      ['GET', '/v2/_trust/changefeed?records=1'],
    ] as const)
      expect((await ask(method, url)).status).toBe(401);
  });
});
