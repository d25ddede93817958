/** The client's side of the wire: who it says it is, what it asks, what it makes of answers. */
import { describe, expect, it } from 'vitest';
import { connect, type NotaryAccess } from '../../src/notary/http-server.js';
import type { NotaryServer } from '../../src/notary/server.js';
import type { Credentials } from '../../src/registry/types.js';
import type { HttpRequest, HttpResponse } from '../../src/transport/http-types.js';
import { parseGun } from '../../src/tuf/notary/names.js';
import { ROOT, TARGETS } from '../../src/tuf/role-name.js';

const URL_ = 'https://notary.example:4443';
const BEARER =
  'Bearer realm="https://auth.example/token",service="notary",scope="repository:a/b:pull",error="invalid_token"';
const ME: Credentials = { username: 'me', password: 'secret:1' };

interface World {
  /** Who may do what is asked, by the Authorization header. */
  readonly allowed: ReadonlySet<string | undefined>;
  readonly challenge?: string;
  readonly asked: string[];
  answer: (request: HttpRequest) => { status: number; body?: string };
}

const world = (allowed: readonly (string | undefined)[], challenge?: string): World => ({
  allowed: new Set(allowed),
  ...(challenge !== undefined && { challenge }),
  asked: [],
  answer: () => ({ status: 200, body: 'document' }),
});

function reply(
  url: string,
  status: number,
  body = '',
  headers: readonly [string, string][] = [],
): HttpResponse {
  return { status, url, headers: new Map(headers), body: Buffer.from(body) };
}

function serve(at: World, request: HttpRequest): HttpResponse {
  const authorization = request.headers?.['authorization'];
  const shown = `${request.method ?? 'GET'} ${request.url}`.replace(`${URL_}/v2/`, '');
  at.asked.push(authorization === undefined ? shown : `${shown} ${authorization}`);
  if (request.url.startsWith('https://auth.example/')) {
    return reply(
      request.url,
      200,
      JSON.stringify({ token: authorization === undefined ? 'nobody' : 'named' }),
    );
  }
  const isPing = request.url.endsWith('/v2/');
  const mayAsk = at.allowed.has(authorization) && !(isPing && at.challenge !== undefined);
  const refused: [string, string][] = at.challenge === undefined ? [] : [['www-authenticate', at.challenge]];
  if (!mayAsk) return reply(request.url, 401, '', refused);
  const { status, body } = at.answer(request);
  return reply(request.url, status, body);
}

const open = (
  at: World,
  access: NotaryAccess,
  who?: Credentials,
  log: string[] = [],
): Promise<NotaryServer> =>
  connect({
    url: URL_,
    gun: parseGun('a/b'),
    access,
    http: request => Promise.resolve(serve(at, request)),
    credentials: () => Promise.resolve(who),
    log: (level, message) => log.push(`${level}: ${message}`),
  });

const basic = `Basic ${Buffer.from('me:secret:1').toString('base64')}`;
const token = (scope: string, account = ''): string =>
  `GET https://auth.example/token?service=notary&scope=${encodeURIComponent(scope).replaceAll('%20', '+')}${account}`;

describe('a login', () => {
  it('is not wanted by a server that asks for none', async () => {
    const at = world([undefined]);
    await (await open(at, 'pull', ME)).get('root', 100);
    expect(at.asked).toEqual(['GET ', 'GET a/b/_trust/tuf/root.json']);
  });

  it('reads as nobody first', async () => {
    const at = world(['Bearer nobody'], BEARER);
    await (await open(at, 'pull', ME)).get('root', 100);
    expect(at.asked).toEqual([
      'GET ',
      token('repository:a/b:pull'),
      'GET a/b/_trust/tuf/root.json Bearer nobody',
    ]);
  });

  it('reads by name where nobody may not', async () => {
    const at = world(['Bearer named'], BEARER);
    const server = await open(at, 'pull', ME);
    await server.get('root', 100);
    await server.get('timestamp', 100);
    expect(at.asked).toEqual([
      'GET ',
      token('repository:a/b:pull'),
      'GET a/b/_trust/tuf/root.json Bearer nobody',
      `${token('repository:a/b:pull', '&account=me')} ${basic}`,
      'GET a/b/_trust/tuf/root.json Bearer named',
      'GET a/b/_trust/tuf/timestamp.json Bearer named',
    ]);
  });

  it.each([
    ['push,pull', 'publish'],
    ['*', 'remove'],
  ] as const)('for %s is by name at once', async (access, verb) => {
    const at = world(['Bearer named'], BEARER);
    const server = await open(at, access, ME);
    await (verb === 'publish' ? server.publish(new Map([[ROOT, Buffer.from('r')]])) : server.remove());
    expect(at.asked[1]).toBe(`${token(`repository:a/b:${access}`, '&account=me')} ${basic}`);
    expect(at.asked).toHaveLength(3);
  });

  it('is the password itself where the server wants that', async () => {
    const at = world([basic], 'Basic realm="writ"');
    await (await open(at, 'push,pull', ME)).key('timestamp');
    expect(at.asked).toEqual(['GET ', `GET a/b/_trust/tuf/timestamp.key ${basic}`]);
  });

  it('that is refused, or that nobody can give, is said so', async () => {
    for (const who of [ME, undefined]) {
      await expect((await open(world([], BEARER), 'push,pull', who)).get('root', 9)).rejects.toMatchObject({
        code: 'NOTARY_DENIED',
        message: 'you are not authorized to perform this operation: server returned 401.',
      });
    }
  });

  it('goes to no token service without TLS', async () => {
    const at = world([], 'Bearer realm="http://auth.example/token",service="notary"');
    await expect((await open(at, 'push,pull', ME)).get('root', 9)).rejects.toMatchObject({
      code: 'NOTARY_DENIED',
    });
    expect(at.asked.filter(line => line.includes('auth.example'))).toEqual([]);
  });
});

describe('a server', () => {
  it.each([
    [500, 'could not reach https://notary.example:4443: 500'],
    [404, 'could not reach https://notary.example:4443: 404'],
  ])('that answers the ping with %d is none', async (status, message) => {
    const at = world([undefined]);
    at.answer = () => ({ status });
    const log: string[] = [];
    const server = await open(at, 'pull', undefined, log);
    expect(log).toEqual([`error: ${message}`, 'info: continuing in offline mode']);
    await expect(server.get('root', 9)).rejects.toMatchObject({ code: 'NOTARY_OFFLINE' });
  });

  it.each(['localhost:4443', 'ftp://x', 'https://', ''])('must have a URL: %s', async url => {
    const options = {
      url,
      gun: parseGun('a'),
      access: 'pull',
      http: () => Promise.reject(new Error('not asked')),
      credentials: () => Promise.resolve(undefined),
      log: () => undefined,
    } as const;
    await expect(connect(options)).rejects.toMatchObject({ code: 'NOTARY_URL' });
  });

  it('has no document where it says 404', async () => {
    const at = world([undefined]);
    const server = await open(at, 'pull');
    at.answer = () => ({ status: 404 });
    expect(await server.get('root', 9)).toBeNull();
  });

  const error = (code: string, detail: object): string =>
    JSON.stringify({ errors: [{ code, message: 'what the server says', detail }] });

  it.each([
    [400, error('VERSION', {}), 'NOTARY_VERSION', 'trust server rejected operation: what the server says'],
    [
      400,
      error('INVALID_UPDATE', { Name: 'ErrBadTargets', Error: { Msg: 'no\u001b[31mway' } }),
      'NOTARY_REJECTED',
      'The targets metadata is invalid: no [31mway',
    ],
    [
      400,
      error('MALFORMED_UPLOAD', {}),
      'NOTARY_REJECTED',
      'trust server rejected operation: what the server says',
    ],
    [400, '<html>', 'NOTARY_REJECTED', 'trust server rejected operation: 400'],
    [503, '', 'NOTARY_SERVER', 'unable to reach trust server at this time: 503.'],
  ])('that says %d %s', async (status, body, code, message) => {
    const at = world([undefined]);
    const server = await open(at, 'push,pull');
    at.answer = () => ({ status, body });
    await expect(server.publish(new Map([[TARGETS, Buffer.from('t')]]))).rejects.toMatchObject({
      code,
      message,
    });
  });
});
