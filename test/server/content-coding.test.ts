/** Metadata is served compressed to who can read that; lengths and hashes are of the bytes after decoding. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from '../support/property.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/crypto/digest.js';
import { createApp } from '../../src/server/app.js';
import { ContentCodings, preferredCoding } from '../../src/server/content-coding.js';
import { tufRoutes } from '../../src/server/routes/tuf.js';
import { plainServer } from '../../src/server/servers.js';
import { HttpFetcher } from '../../src/transport/http-fetcher.js';
import { parseDocument } from '../../src/tuf/document.js';
import {
  documents,
  EXAMPLE,
  exampleService,
  file,
  base64,
  makeTargets,
  targetsOf,
} from '../repository/publisher.js';

const NAMES = Array.from({ length: 40 }, (_, i) => `registry.example/app-${i}:1`);
const manifest = file('{}');
const URL_PATH = '/tuf/example/metadata/2.targets.json';

async function openApp() {
  const { service } = await exampleService();
  const targets = targetsOf(Object.fromEntries(NAMES.map(name => [name, manifest])));
  await service.publish(EXAMPLE, {
    base: { targets: 1 },
    documents: documents({ targets: await makeTargets({ version: 2, targets }) }),
    blobs: [base64(manifest)],
  });
  const app = createApp({ bodyLimit: 1, serverFactory: plainServer });
  tufRoutes(app, service);
  return app;
}

describe('preferredCoding', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br', 'br'],
    ['GZIP;Q=0.5, BR;Q=0.4', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0, gzip;q=0.000', undefined],
    ['*', 'br'],
    ['*;q=0', undefined],
    ['gzip;q=1.0, *;q=0', 'gzip'],
    ['deflate, zstd', undefined],
    ['br ; q=0.1 , gzip ; q=0.2', 'gzip'],
  ])('%s: %s', (accept, coding) => {
    expect(preferredCoding(accept)).toBe(coding);
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(fc.string(), accept => {
        expect([undefined, 'br', 'gzip']).toContain(preferredCoding(accept));
      }),
    );
  });
});

describe('served metadata', () => {
  let app: Awaited<ReturnType<typeof openApp>>;
  let plain: Uint8Array;
  const get = (accept?: string, more: Record<string, string> = {}) =>
    app.inject({ url: URL_PATH, headers: { ...(accept && { 'accept-encoding': accept }), ...more } });

  beforeAll(async () => {
    app = await openApp();
    plain = (await get()).rawPayload;
  });

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const)('in %s is the same bytes, and fewer on the wire', async (coding, decode) => {
    for (let round = 0; round < 2; round++) {
      const answer = await get(coding);
      expect(answer.headers).toMatchObject({ 'content-encoding': coding, vary: 'accept-encoding' });
      expect(answer.headers['content-length']).toBe(String(answer.rawPayload.length));
      expect(answer.rawPayload.length).toBeLessThan(plain.length / 2);
      expect(Buffer.compare(decode(answer.rawPayload), plain)).toBe(0);
    }
  });

  it('is plain for who says nothing, and for small files', async () => {
    expect((await get()).headers['content-encoding']).toBeUndefined();
    expect((await get()).headers.vary).toBe('accept-encoding');
    const small = await app.inject({
      url: '/tuf/example/metadata/timestamp.json',
      headers: { 'accept-encoding': 'br' },
    });
    expect(small.headers['content-encoding']).toBeUndefined();
  });

  it('has a tag for each form, and either one saves the answer', async () => {
    const tags = await Promise.all(
      ['br', 'gzip', 'identity'].map(async c => String((await get(c)).headers.etag)),
    );
    expect(new Set(tags).size).toBe(3);
    for (const tag of tags) {
      const answer = await get('br', { 'if-none-match': tag });
      expect(answer.statusCode).toBe(304);
      expect(answer.headers.etag).toBe(tag);
    }
    expect((await get('br', { 'if-none-match': '"other"' })).statusCode).toBe(200);
  });

  it('HEAD says what GET would', async () => {
    const head = await app.inject({ method: 'HEAD', url: URL_PATH, headers: { 'accept-encoding': 'br' } });
    const answer = await get('br');
    for (const name of ['content-length', 'content-encoding', 'etag', 'vary'])
      expect(head.headers[name]).toBe(answer.headers[name]);
    expect(head.rawPayload).toHaveLength(0);
  });

  it('reaches our client decoded, bounded by the decoded length', async () => {
    const listening = await openApp();
    const url = await listening.listen({ host: '127.0.0.1', port: 0 });
    const fetcher = HttpFetcher.at(`${url}/tuf/example`);
    const bytes = await fetcher.metadata('2.targets.json', plain.length);
    expect(parseDocument(bytes ?? new Uint8Array(), 'targets').signed.targets.size).toBe(NAMES.length);
    await expect(fetcher.metadata('2.targets.json', plain.length - 1)).rejects.toMatchObject({
      code: 'FETCH_TOO_LARGE',
    });
    await listening.close();
  });
});

describe('ContentCodings', () => {
  const fileOf = (bytes: Uint8Array) => ({ bytes, digest: sha256Hex(bytes) });

  it('compresses once for all who ask, and keeps no more than it may', async () => {
    const codings = new ContentCodings(1000);
    const one = fileOf(Buffer.alloc(4000, 'a'));
    const [a, b] = await Promise.all([codings.encode(one, 'br'), codings.encode(one, 'br')]);
    expect(a.bytes).toBe(b.bytes);
    expect((await codings.encode(one, 'br')).bytes).toBe(a.bytes);
    for (const letter of 'bcde') await codings.encode(fileOf(Buffer.alloc(4000, letter)), 'br');
    expect((await codings.encode(one, 'br')).bytes).not.toBe(a.bytes);
  });

  it('keeps what is used', async () => {
    const codings = new ContentCodings(1000);
    const one = fileOf(Buffer.alloc(4000, 'a'));
    const first = await codings.encode(one, 'br');
    for (const letter of 'bcde') {
      await codings.encode(fileOf(Buffer.alloc(4000, letter)), 'br');
      expect((await codings.encode(one, 'br')).bytes).toBe(first.bytes);
    }
  });

  it('leaves what does not shrink', async () => {
    const noise = fileOf(crypto.getRandomValues(new Uint8Array(4000)));
    expect(await new ContentCodings().encode(noise, 'gzip')).toStrictEqual({
      bytes: noise.bytes,
      coding: undefined,
    });
  });
});
