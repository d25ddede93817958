import { describe, expect, it } from 'vitest';
import { hostedChanges } from '../../src/migrate/hosted/feed.js';
import type { HostedSource } from '../../src/migrate/hosted/source.js';
import type { HttpRequest } from '../../src/transport/http-types.js';

const NOW = new Date('2026-11-21T12:00:00Z');

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly challenge?: string;
}

function source(
  answer: (request: HttpRequest) => Answer,
  credentials?: HostedSource['credentials'],
): HostedSource {
  return {
    base: 'https://notary.example',
    host: 'notary.example',
    plainHttp: false,
    credentials,
    http: request => {
      const { status, body, challenge } = answer(request);
      return Promise.resolve({
        status,
        url: request.url,
        headers: new Map(challenge === undefined ? [] : [['www-authenticate', challenge]]),
        body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      });
    },
    repository: () => Promise.reject(new Error('not asked for')),
  };
}

const record = (id: number) => ({
  ID: String(id),
  CreatedAt: '2026-11-21T11:00:00.5Z',
  GUN: 'a',
  Version: 1,
  SHA256: 'x',
  Category: 'update',
});
const page = (...ids: number[]): Answer => ({
  status: 200,
  body: { count: ids.length, records: ids.length === 0 ? null : ids.map(record) },
});

async function read(from: HostedSource): Promise<number[]> {
  const ids = [];
  for await (const { id, at } of hostedChanges(from, 0, NOW)) {
    expect(at).toEqual(new Date('2026-11-21T11:00:00.500Z'));
    ids.push(id);
  }
  return ids;
}

const after = ({ url }: HttpRequest): number => Number(/change_id=(\d+)/.exec(url)?.[1]);

describe('the change feed of a server', () => {
  it('is read page by page, to its end', async () => {
    const pages = new Map([
      [0, page(1, 2)],
      [2, page(5)],
    ]);
    expect(await read(source(request => pages.get(after(request)) ?? page()))).toEqual([1, 2, 5]);
  });

  it('does not lead in a circle', async () => {
    expect(await read(source(() => page(1)))).toEqual([1, 1]);
  });

  it('is asked for with a token of the realm that it names, anonymous or with credentials', async () => {
    const challenge = 'Bearer realm="https://auth.example/token",service="notary"';
    const asked: string[] = [];
    const answer = (request: HttpRequest): Answer => {
      if (request.url.startsWith('https://auth.example/')) {
        asked.push(`${new URL(request.url).searchParams.get('scope')} ${request.headers?.['authorization']}`);
        return { status: 200, body: { token: 'abc' } };
      }
      const known = request.headers?.['authorization'] === 'Bearer abc';
      return known ? (after(request) === 0 ? page(3) : page()) : { status: 401, body: '', challenge };
    };
    expect(await read(source(answer))).toEqual([3]);
    expect(await read(source(answer, { username: 'u', password: 'p' }))).toEqual([3]);
    expect(asked).toEqual(['registry:catalog:* undefined', 'registry:catalog:* Basic dTpw']);
  });

  it.each<[string, Answer]>([
    ['closed', { status: 403, body: '' }],
    ['closed to us', { status: 401, body: '', challenge: 'Bearer realm="http://auth.example/token"' }],
    ['not JSON', { status: 200, body: '<html>' }],
    ['another answer', { status: 200, body: { records: [{ ...record(1), ID: 'x' }] } }],
  ])('that is %s is said, and what to do', async (_, answer) => {
    await expect(read(source(() => answer))).rejects.toMatchObject({
      code: 'MIGRATE_FEED',
      hint: expect.stringContaining('--repositories') as string,
    });
  });
});
