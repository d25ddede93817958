/** What a server of the Notary wire does beside the wire: conditional answers, measures, health, lists, alarms. */
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { WritError } from '../../../src/errors.js';
import { createApp } from '../../../src/server/app.js';
import type { Caller } from '../../../src/server/auth.js';
import { ExpiryWatch } from '../../../src/server/expiry-watch.js';
import { createLog } from '../../../src/server/log.js';
import { createMetrics, type Metrics } from '../../../src/server/metrics.js';
import { notaryAdminRoutes } from '../../../src/server/notary/admin-routes.js';
import { notaryRoutes, type NotaryChange } from '../../../src/server/notary/routes.js';
import { plainServer } from '../../../src/server/servers.js';
import { published } from '../../repository/notary/published.js';
import { GUN, upload, type Publisher, type World } from '../../repository/notary/publisher.js';
import { multipart } from '../../support/notary-owner.js';

const BASE = `/v2/${GUN}/_trust/tuf/`;
const DAY = 86_400_000;
const ALICE: Caller = {
  kind: 'token',
  principal: {
    subject: 'alice',
    tokenId: 't-1',
    access: [{ name: 'registry.example/*', actions: ['push'] }],
  },
};

interface Made {
  readonly app: FastifyInstance;
  readonly w: World;
  readonly p: Publisher;
  readonly metrics: Metrics;
  readonly changes: NotaryChange[];
}

async function served(): Promise<Made> {
  const { w, p } = await published();
  const app = createApp({ bodyLimit: 1, serverFactory: plainServer });
  const nothing = { repositoriesFresh: () => new Map(), policiesValid: () => true, roleExpiries: () => [] };
  const metrics = createMetrics(nothing);
  const changes: NotaryChange[] = [];
  notaryRoutes(app, {
    repositories: w.repositories,
    door: {
      authorize: () => Promise.resolve({ subject: 'alice', tokenId: 't-1' }),
      challenge: () => '',
    },
    maxBody: 1024 * 1024,
    gunPrefixes: [],
    maxAge: { current: 300, consistent: 2_592_000 },
    changed: change => changes.push(change),
    measured: metrics.notary,
  });
  notaryAdminRoutes(app, {
    repositories: w.repositories,
    authenticate: ({ headers }) =>
      headers.authorization === undefined
        ? Promise.reject(new WritError('TOKEN_MISSING', 'no token'))
        : Promise.resolve(ALICE),
  });
  await app.ready();
  return { app, w, p, metrics, changes };
}

describe('conditional answers', () => {
  it('spare who has the document already, of whatever version and name', async () => {
    const { app, w, p } = await served();
    const first = await app.inject({ url: `${BASE}targets.json` });
    const etag = String(first.headers['etag']);
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
    const names = ['targets.json', '1.targets.json', `targets.${etag.slice(1, -1)}.json`];
    for (const name of names) {
      const again = await app.inject({ url: BASE + name, headers: { 'if-none-match': `"x", W/${etag}` } });
      expect([name, again.statusCode, again.body]).toEqual([name, 304, '']);
      expect(again.headers['cache-control']).toBeDefined();
    }
    await w.repositories.upload(GUN, upload({ targets: p.targetsDocument(2) }));
    const changed = await app.inject({ url: `${BASE}targets.json`, headers: { 'if-none-match': etag } });
    expect(changed.statusCode).toBe(200);
    expect(changed.headers['etag']).not.toBe(etag);
  });

  it('HEAD says what GET would, and sends nothing', async () => {
    const { app } = await served();
    const got = await app.inject({ url: `${BASE}root.json` });
    const head = await app.inject({ method: 'HEAD', url: `${BASE}root.json` });
    expect([head.statusCode, head.body]).toEqual([200, '']);
    for (const name of ['etag', 'content-length', 'cache-control', 'last-modified']) {
      expect([name, head.headers[name]]).toEqual([name, got.headers[name]]);
    }
    expect((await app.inject({ method: 'HEAD', url: `${BASE}targets/nope.json` })).statusCode).toBe(404);
  });
});

describe('measures', () => {
  it('have the names of notary-server', async () => {
    const { app, metrics } = await served();
    const { type, body } = multipart({});
    for (const [method, url] of [
      ['GET', `${BASE}root.json`],
      ['GET', `${BASE}1.root.json`],
      ['GET', `${BASE}timestamp.key`],
      ['POST', `${BASE}timestamp.key`],
      ['POST', BASE],
      ['DELETE', BASE],
      ['GET', '/v2/_trust/changefeed?records=1'],
      ['GET', '/v2/'],
    ] as const) {
      const headers = { 'content-type': type };
      await app.inject({ method, url, ...(method === 'POST' && { payload: body, headers }) });
    }
    const text = await metrics.text();
    for (const operation of [
      'GetRole',
      'GetRoleByVersion',
      'GetKey',
      'RotateKey',
      'UpdateTUF',
      'DeleteTUF',
      'Changefeed',
    ]) {
      for (const name of ['request_duration_microseconds', 'request_size_bytes', 'response_size_bytes']) {
        expect(text).toContain(`notary_server_http_${name}_count{operation="${operation}"} 1`);
        expect(text).toMatch(new RegExp(`${name}\\{quantile="0.99",operation="${operation}"\\}`));
      }
    }
    expect(text).not.toContain('operation="ping"');
  });
});

describe('health', () => {
  it('is 503, with the reason, while nothing can be stored, and good again after', async () => {
    const { app, w, p } = await served();
    const health = async (): Promise<[number, string]> => {
      const { statusCode, body } = await app.inject({ url: '/_notary_server/health' });
      return [statusCode, body];
    };
    expect(await health()).toEqual([200, '{}']);
    const transaction = w.index.transaction.bind(w.index);
    w.index.transaction = () => Promise.reject(new WritError('STORE_FULL', 'the disk is full'));
    const document = upload({ targets: p.targetsDocument(2) });
    await expect(w.repositories.upload(GUN, document)).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(await health()).toEqual([503, '{"storage":"STORE_FULL"}']);
    w.index.transaction = transaction;
    expect(await health()).toEqual([200, '{}']);
  });
});

describe('operators', () => {
  it('list and search the repositories that their token may change, page by page', async () => {
    const { app, w } = await served();
    for (const name of ['registry.example/other', 'registry.example/third', 'elsewhere/app']) {
      const owner = await w.publisher(name);
      await w.repositories.upload(
        owner.gun,
        upload({ root: owner.rootDocument(), targets: owner.targetsDocument() }),
      );
    }
    const ask = async (query: string): Promise<{ names: string[]; next: string | null }> => {
      const headers = { authorization: 'Bearer x' };
      const answer = await app.inject({ url: `/v1/notary/repositories${query}`, headers });
      const { repositories, next } = JSON.parse(answer.body) as {
        repositories: { name: string; roles: { root: { version: number } } }[];
        next: string | null;
      };
      return { names: repositories.map(({ name, roles }) => `${name} ${roles.root.version}`), next };
    };
    expect((await app.inject({ url: '/v1/notary/repositories' })).statusCode).toBe(401);
    expect((await app.inject({ url: '/v1/notary/audit' })).statusCode).toBe(401);
    const all = [`${GUN} 1`, 'registry.example/other 1', 'registry.example/third 1'];
    expect(await ask('')).toEqual({ names: all, next: null });
    expect(await ask('?q=oth')).toEqual({ names: [all[1]], next: null });
    expect(await ask('?records=2')).toEqual({ names: all.slice(0, 2), next: 'registry.example/other' });
    expect(await ask('?records=2&after=registry.example/other')).toEqual({ names: [all[2]], next: null });
  });

  it('see who changed what, and the log is told', async () => {
    const { app, p, changes } = await served();
    const { type, body } = multipart({ targets: p.targetsDocument(2) });
    const posted = await app.inject({
      method: 'POST',
      url: BASE,
      payload: body,
      headers: { 'content-type': type },
    });
    expect(posted.statusCode).toBe(200);
    const by = { subject: 'alice', tokenId: 't-1' };
    expect(changes).toEqual([{ gun: GUN, action: 'publish', by, roles: ['targets'] }]);
    const headers = { authorization: 'Bearer x' };
    const answer = await app.inject({ url: '/v1/notary/audit?records=1', headers });
    const entry = { id: 2, at: '2026-11-21T12:00:00.000Z', repository: GUN, action: 'publish' };
    expect(JSON.parse(answer.body)).toEqual({
      entries: [{ ...entry, subject: 'alice', token: 't-1', roles: { targets: 2 } }],
      next: 2,
    });
    const none = await app.inject({ url: '/v1/notary/audit?repository=other', headers });
    expect(JSON.parse(none.body)).toEqual({ entries: [], next: null });
  });
});

describe('alarms', () => {
  it('come before a role expires that its owner must sign', async () => {
    const { w, p } = await published();
    const expires = new Date(w.now.getTime() + 20 * DAY).toISOString();
    await w.repositories.upload(GUN, upload({ targets: p.targetsDocument(2, [], { expires }) }));
    const lines: string[] = [];
    const clock = { now: () => w.now };
    const log = createLog('info', clock, text => lines.push(...text.trimEnd().split('\n')));
    const watch = new ExpiryWatch({
      repositories: { list: () => Promise.resolve([]), status: () => Promise.reject(new Error('none')) },
      notary: w.repositories,
      clock,
      log,
    });
    await watch.look();
    log.flush();
    expect(lines.map(line => (JSON.parse(line) as { message: string }).message)).toEqual([
      `targets of ${GUN} expires within 30 days: sign it again with notary publish`,
    ]);
    expect([...watch.expiries()]).toContainEqual({
      repository: GUN,
      role: 'targets',
      secondsLeft: 20 * 86_400,
    });
  });
});
