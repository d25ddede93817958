/** `writ init --format notary` on servers that fail in the middle: which keys stay. */
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { notaryKeyOf } from '../../src/crypto/notary-key.js';
import { temporaryOfTests } from '../support/temporary.js';
import { run, type Ran } from './support.js';

const GUN = 'registry.example/acme/app';

/** A server without repositories; `keys` and `publication` are what it answers where that is asked. */
async function server(keys: number, publication: number): Promise<string> {
  const key = JSON.stringify(
    notaryKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey).toJson(),
  );
  const listening = createServer((request, response) => {
    const path = request.url ?? '';
    const status =
      path === '/v2/' ? 200 : path.endsWith('.key') ? keys : request.method === 'POST' ? publication : 404;
    request.resume().on('end', () => response.writeHead(status).end(path.endsWith('.key') ? key : '{}'));
  });
  listening.keepAliveTimeout = 0; // clients close first
  await new Promise<void>(resolve => listening.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void listening.close());
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

async function init(url: string): Promise<{ ran: Ran; keys: number; pinned: number }> {
  const state = temporaryOfTests('writ-notary-init-');
  const env = { HOME: state, WRIT_STATE: state, WRIT_PASSPHRASE: 'correct horse' };
  const ran = await run(['init', GUN, '--format', 'notary', '--server', url, '--json'], { env });
  const folder = join(state, 'notary', 'private');
  const list = await run(['trust', 'list', '--json'], { env });
  return {
    ran,
    keys: existsSync(folder) ? readdirSync(folder).length : 0,
    pinned: (JSON.parse(list.stdout) as { repositories: unknown[] }).repositories.length,
  };
}

it.each([
  ['gives no key', 500, 200, 'NOTARY_SERVER', 0],
  ['does not let us publish', 200, 401, 'NOTARY_DENIED', 0],
  ['refuses what is published', 200, 400, 'NOTARY_REJECTED', 0],
  ['fails, and may have published it', 200, 500, 'NOTARY_SERVER', 2],
])('a server that %s', async (_what, key, publication, code, kept) => {
  const { ran, keys, pinned } = await init(await server(key, publication));
  expect(ran.code).toBe(1);
  expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code } });
  expect([keys, pinned]).toEqual([kept, 0]);
  expect(ran.stderr.includes('the new keys stay in the trust folder')).toBe(kept > 0);
});

it('a server that is not there', async () => {
  const { ran, keys } = await init('http://127.0.0.1:9');
  expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'NOTARY_OFFLINE' } });
  expect(keys).toBe(0);
});
