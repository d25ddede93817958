/** `notary` of the settings: names, ages, algorithms; answers as notary-server 0.7.0 gives them. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { createApp } from '../../../src/server/app.js';
import { basicDoor, type NotaryDoor } from '../../../src/server/notary/auth.js';
import { notaryRoutes, type NotaryRoutes } from '../../../src/server/notary/routes.js';
import { plainServer } from '../../../src/server/servers.js';
import { WritError } from '../../../src/errors.js';
import { GUN, NOW, Publisher, upload, world, type World } from '../../repository/notary/publisher.js';
import { OnlineKeyring } from '../../../src/keystore/online-keyring.js';
import { openNotary } from '../../../src/server/notary/open.js';
import { MemoryBlobs } from '../../../src/storage/memory-blobs.js';
import { openMemoryIndex } from '../../../src/storage/memory-index.js';
import { parseNotaryRole } from '../../../src/tuf/notary/names.js';
import { NOTARY_DEFAULTS } from '../service.js';

let w: World;
let app: FastifyInstance;
const OPEN = basicDoor(() => Promise.resolve({ kind: 'loopback' }));
const SHUT: NotaryDoor = {
  authorize: () => Promise.reject(new WritError('TOKEN_MISSING', 'no token')),
  challenge: () => 'Bearer',
};

async function open(change: Partial<NotaryRoutes>): Promise<void> {
  app = createApp({ bodyLimit: 1, serverFactory: plainServer });
  const options = { repositories: w.repositories, door: OPEN, maxBody: 256 * 1024, ...NOTARY_DEFAULTS };
  notaryRoutes(app, { ...options, ...change });
  await app.ready();
}
beforeEach(() => {
  w = world();
});

describe('notary.gunPrefixes', () => {
  const gunPrefixes = ['registry.example.test/', 'localhost:5000/'];
  it.each([
    ['GET', '/v2/other/a/_trust/tuf/root.json', 404],
    ['GET', '/v2/other/a/_trust/tuf/timestamp.key', 404],
    ['GET', '/v2/other/a/_trust/changefeed?records=1', 404],
    ['POST', '/v2/other/a/_trust/tuf/timestamp.key', 404],
    ['DELETE', '/v2/other/a/_trust/tuf/', 404],
    ['POST', '/v2/other/a/_trust/tuf/', 400],
    ['POST', '/v2/registry.example.test.evil/a/_trust/tuf/', 400],
    ['POST', '/v2/registry.example.test/_trust/tuf/', 400],
  ] as const)('%s %s is %i whoever asks', async (method, url, status) => {
    for (const door of [OPEN, SHUT]) {
      await open({ gunPrefixes, door });
      const answer = await app.inject({ method, url });
      const errors =
        status === 404
          ? '[{"code":"METADATA_NOT_FOUND","message":"You have requested metadata that does not exist."}]'
          : '[{"code":"INVALID_GUN","message":"The server does not support actions on images of this name.",' +
            '"detail":"Require GUNs with prefix: [registry.example.test/ localhost:5000/]"}]';
      expect([answer.statusCode, answer.body]).toEqual([status, `{"errors":${errors}}\n`]);
    }
  });

  it('let names within them through', async () => {
    await open({ gunPrefixes });
    expect((await app.inject('/v2/localhost:5000/a/_trust/tuf/timestamp.key')).statusCode).toBe(200);
    await open({ gunPrefixes, door: SHUT });
    expect((await app.inject('/v2/localhost:5000/a/_trust/tuf/timestamp.key')).statusCode).toBe(401);
  });
});

describe('notary.maxAge', () => {
  it('is what caches are told', async () => {
    const p = await w.publisher();
    await w.repositories.upload(GUN, upload({ root: p.rootDocument(), targets: p.targetsDocument(1) }));
    const base = `/v2/${GUN}/_trust/tuf/`;
    await open({ maxAge: { current: 7, consistent: 0 } });
    expect((await app.inject(`${base}root.json`)).headers['cache-control']).toBe(
      'public, max-age=7, s-maxage=7, must-revalidate',
    );
    expect((await app.inject(`${base}1.root.json`)).headers).toMatchObject({
      'cache-control': 'max-age=0, no-cache, no-store',
      pragma: 'no-cache',
    });
  });
});

describe('a body', () => {
  it('is not read of who may not send it', async () => {
    await open({ door: SHUT, maxBody: 10 });
    const answer = await app.inject({
      method: 'POST',
      url: `/v2/${GUN}/_trust/tuf/`,
      payload: Buffer.alloc(1000),
    });
    expect(answer.statusCode).toBe(401); // and not 413
  });
});

describe('notary.keyAlgorithm', () => {
  it('is of new keys; a repository keeps the ones it has', async () => {
    const index = openMemoryIndex();
    const blobs = new MemoryBlobs();
    const keyring = new OnlineKeyring([new Uint8Array(32).fill(7)]);
    const serviceWith = (algorithm: 'ecdsa' | 'ed25519') =>
      openNotary({ index, blobs, keyring, algorithm, clock: { now: () => NOW } });
    const before = serviceWith('ecdsa');
    const p = new Publisher(GUN, {
      snapshot: await before.key(GUN, 'snapshot'),
      timestamp: await before.key(GUN, 'timestamp'),
    });
    await before.upload(GUN, upload({ root: p.rootDocument(), targets: p.targetsDocument(1, ['v1']) }));
    const after = serviceWith('ed25519');
    expect((await after.key(GUN, 'timestamp')).keytype).toBe('ed25519');
    await after.upload(GUN, upload({ targets: p.targetsDocument(2, ['v1', 'v2']) }));
    const timestamp = await after.current(GUN, parseNotaryRole('timestamp'));
    expect(Buffer.from(timestamp?.bytes ?? []).toString()).toContain(p.online.timestamp.id);
  });
});
