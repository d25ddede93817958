/** One configuration, one set of tokens: what the real notary-server answers, `writ serve --notary-config` answers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { libtrustKeyId } from '../../src/access/key-bundle.js';
import { authority, ISSUER, pullOf, rsaPair, SERVICE, token, x5c, type Claims } from '../access/tokens.js';
import { startNotaryServer } from '../support/notary-server.js';
import { describeWith } from '../support/system.js';
import { serve, temporaryFolder } from './writ-serve.js';

const GUN = 'localhost:5000/acme/app';
const BASE = `/v2/${GUN}/_trust/tuf/`;
const OUTSIDE = '/v2/other/app/_trust/tuf/';

type Ask = [method: string, path: string, authorization?: string];

/** The requests, with every token that may be presented: each is made when it is to be sent, as times in it are near. */
function requests(): { asks: [string, () => Promise<Ask>][]; bundle: string } {
  const root = authority('token root');
  const server = root.issue('token server');
  const own = authority('token server', { ca: false });
  const stranger = authority('token root');
  const now = (): number => Math.floor(Date.now() / 1000);
  const bearer = async (
    claims: Claims,
    from = server,
    header: object = { x5c: x5c(from) },
  ): Promise<string> => {
    const times = { exp: now() + 300, nbf: now() - 10, iat: now() };
    return `Bearer ${await token(from.key, { ...times, access: [], ...claims }, header)}`;
  };
  const on = (...actions: string[]): Claims => ({ access: pullOf(GUN, ...actions) });
  const read = `${BASE}root.json`;
  const pull = on('pull');
  const plain: Ask[] = [
    ...['/v2/', read, `${BASE}1.root.json`, `${BASE}root.${'a'.repeat(64)}.json`].map((path): Ask => [
      'GET',
      path,
    ]),
    ...[`${BASE}timestamp.key`, `${BASE}root.key`, '/v2/nope', '/v2/_trust/changefeed'].map((path): Ask => [
      'GET',
      path,
    ]),
    ['GET', `/v2/${GUN}/_trust/changefeed?records=1`],
    ['POST', BASE],
    ['POST', `${BASE}snapshot.key`],
    ['POST', `${BASE}root.key`],
    ['DELETE', BASE],
    ['PUT', BASE],
    ['GET', '/_notary_server/health'],
    ['GET', `${OUTSIDE}root.json`],
    ['GET', `${OUTSIDE}timestamp.key`],
    ['GET', '/v2/other/app/_trust/changefeed?records=1'],
    ['POST', OUTSIDE],
    ['POST', `${OUTSIDE}timestamp.key`],
    ['DELETE', OUTSIDE],
  ];
  const tokens: [string, () => Promise<Ask>][] = [
    ['nothing', async () => ['GET', '/v2/', await bearer({})]],
    ['pull', async () => ['GET', '/v2/', await bearer(pull)]],
    [
      'catalog',
      async () => [
        'GET',
        '/v2/',
        await bearer({ access: [{ type: 'registry', name: 'catalog', actions: ['*'] }] }),
      ],
    ],
    ['pull', async () => ['GET', read, await bearer(pull)]],
    ['all', async () => ['GET', read, await bearer(on('*'))]],
    ['push', async () => ['GET', read, await bearer(on('push'))]],
    ['null', async () => ['GET', read, await bearer({ access: null })]],
    ['another', async () => ['GET', read, await bearer({ access: pullOf(`${GUN}2`, '*') })]],
    ['pull', async () => ['GET', `${BASE}timestamp.key`, await bearer(pull)]],
    ['push, pull', async () => ['POST', `${BASE}timestamp.key`, await bearer(on('push', 'pull'))]],
    ['push, pull', async () => ['DELETE', BASE, await bearer(on('push', 'pull'))]],
    ['all', async () => ['DELETE', BASE, await bearer(on('*'))]],
    ['all', async () => ['POST', BASE, await bearer(on('*'))]],
    ['all, outside', async () => ['POST', OUTSIDE, await bearer({ access: pullOf('other/app', '*') })]],
    ['expired, with leeway', async () => ['GET', read, await bearer({ ...pull, exp: now() - 30 })]],
    ['expired', async () => ['GET', read, await bearer({ ...pull, exp: now() - 90 })]],
    ['not yet, with leeway', async () => ['GET', read, await bearer({ ...pull, nbf: now() + 30 })]],
    ['not yet', async () => ['GET', read, await bearer({ ...pull, nbf: now() + 90 })]],
    ['of another issuer', async () => ['GET', read, await bearer({ ...pull, iss: 'other' })]],
    ['for another service', async () => ['GET', read, await bearer({ ...pull, aud: 'other' })]],
    ['by a certificate of the bundle', async () => ['GET', read, await bearer(pull, own)]],
    ['by a strange certificate', async () => ['GET', read, await bearer(pull, stranger)]],
    ['by the key of another', async () => ['GET', read, await bearer(pull, server, { x5c: x5c(root) })]],
    [
      'by the id of a key',
      async () => ['GET', read, await bearer(pull, own, { kid: libtrustKeyId(own.publicKey) })],
    ],
    [
      'by an unknown id',
      async () => ['GET', read, await bearer(pull, server, { kid: libtrustKeyId(rsaPair().publicKey) })],
    ],
    ['by nothing', async () => ['GET', read, await bearer(pull, server, {})]],
    ['garbage', () => Promise.resolve(['GET', read, 'Bearer x'])],
    ['garbage', () => Promise.resolve(['GET', read, 'Bearer x.y.z'])],
    ['another scheme', () => Promise.resolve(['GET', read, 'Basic eDp5'])],
  ];
  const named = plain.map((ask): [string, () => Promise<Ask>] => ['no token', () => Promise.resolve(ask)]);
  return {
    asks: [...named, ...tokens],
    bundle: `${root.certificate.toString()}${own.certificate.toString()}`,
  };
}

async function answer(base: string, [method, path, authorization]: Ask): Promise<object> {
  const response = await fetch(base + path, {
    method,
    redirect: 'manual',
    headers: { ...(authorization !== undefined && { authorization }) },
  });
  // Go writes the actions of a scope in the order of a map.
  const challenge = response.headers.get('www-authenticate')?.replace('pull,push', 'push,pull') ?? null;
  const body = (await response.text()).replace(/"public":"[^"]+"/, '"public":"…"');
  return { status: response.status, challenge, type: response.headers.get('content-type'), body };
}

describeWith(['notary-server'], 'with the configuration of a notary-server', () => {
  it('every answer about tokens is the one that notary-server gives', async () => {
    const { asks, bundle } = requests();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'bundle.pem'), bundle);
    const config = {
      repositories: { gun_prefixes: ['registry.example.test/', 'localhost:5000/'] },
      auth: {
        type: 'token',
        options: {
          realm: 'https://localhost:5001/token',
          service: SERVICE,
          issuer: ISSUER,
          rootcertbundle: join(folder, 'bundle.pem'),
        },
      },
    };
    const real = await startNotaryServer({ config });
    onTestFinished(() => real.stop());
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    const base = {
      server: { http_addr: '127.0.0.1:1' },
      trust_service: { type: 'local' },
      storage: { backend: 'memory' },
    };
    writeFileSync(join(folder, 'server.json'), JSON.stringify({ ...base, ...config }));
    const ours = await serve(data, { args: ['--notary-config', join(folder, 'server.json')] });
    for (const [what, make] of asks) {
      const ask = await make();
      const [method, path] = ask;
      const named = `${method} ${path} with ${what}`;
      expect({ named, ...(await answer(ours.repository, ask)) }).toEqual({
        named,
        ...(await answer(real.url, ask)),
      });
    }
  });
});
