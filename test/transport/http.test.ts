import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';

import { httpRequest } from '../../src/transport/http.js';
import { serve, type Handler, type TestServer } from './server.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()));
});

async function start(handler: Handler): Promise<TestServer> {
  const server = await serve(handler);
  open.push(server);
  return server;
}

/** Answers raw bytes to every connection: for what node's own server would not send. */
async function startRaw(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      answer(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
describe('a request', () => {
  it('gives status, headers and body, whatever the status', async () => {
    const server = await start((_seen, response) => {
      response.writeHead(418, { 'X-Kind': 'tea', 'set-cookie': ['a', 'b'] }).end('short');
    });
    const response = await httpRequest({ url: `${server.url}/pot?x=1`, maxBytes: 100 });
    expect(response).toMatchObject({ status: 418, url: `${server.url}/pot?x=1` });
    expect(response.headers.get('x-kind')).toBe('tea');
    expect(response.headers.get('set-cookie')).toBe('a, b');
    expect(text(response.body)).toBe('short');
    expect(server.seen[0]).toMatchObject({ method: 'GET', path: '/pot?x=1' });
  });

  it('sends method, headers and body', async () => {
    const server = await start((_seen, response) => response.end());
    const body = Buffer.from('{"a":1}');
    await httpRequest({
      method: 'POST',
      url: server.url,
      headers: { Authorization: 'Bearer t' },
      body,
      maxBytes: 0,
    });
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      path: '/',
      headers: { authorization: 'Bearer t', 'content-length': '7' },
      body,
    });
  });

  it('sends the path as written: no dot segment is resolved, no escape changed', async () => {
    const server = await start((_seen, response) => response.end());
    await httpRequest({ url: `${server.url}/a/../%2e%2e/b%2Fc/./d`, maxBytes: 0 });
    expect(server.seen[0]?.path).toBe('/a/../%2e%2e/b%2Fc/./d');
  });

  it('keeps its connection', async () => {
    const sockets = new Set<unknown>();
    const server = await start((_seen, response, request) => {
      sockets.add(request.socket);
      response.end('x');
    });
    for (let i = 0; i < 5; i++) await httpRequest({ url: server.url, maxBytes: 1 });
    expect(sockets.size).toBe(1);
  });

  it('is sent again, once, when a kept connection was closed under it', async () => {
    let count = 0;
    const server = await start((_seen, response, request) => {
      if (++count === 2) request.socket.destroy();
      else response.end('x');
    });
    for (let i = 0; i < 2; i++) await httpRequest({ url: server.url, maxBytes: 1 });
    expect(count).toBe(3);
  });

  it('is never sent again when it writes', async () => {
    let count = 0;
    const server = await start((_seen, response, request) => {
      if (++count === 2) request.socket.destroy();
      else response.end('x');
    });
    await httpRequest({ url: server.url, maxBytes: 1 });
    await expect(httpRequest({ method: 'POST', url: server.url, maxBytes: 1 })).rejects.toMatchObject({
      code: 'FETCH_UNREACHABLE',
    });
    expect(count).toBe(2);
  });
});

describe('bounds', () => {
  it('takes exactly the limit and not one byte more, announced or not', async () => {
    const server = await start(({ path }, response) => {
      if (path === '/chunked') response.write('12');
      response.end(path === '/chunked' ? '345' : '12345');
    });
    for (const path of ['/plain', '/chunked']) {
      expect(text((await httpRequest({ url: server.url + path, maxBytes: 5 })).body)).toBe('12345');
      await expect(httpRequest({ url: server.url + path, maxBytes: 4 })).rejects.toMatchObject({
        code: 'FETCH_TOO_LARGE',
        message: `the answer of ${server.url}${path} has more than 4 bytes`,
        details: { maxBytes: 4 },
      });
    }
  });

  it('attack: endless data: stops reading at the limit', async () => {
    let sent = 0;
    const url = await startRaw(socket => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const more = (): void => {
        sent += 65_536;
        if (!socket.destroyed) socket.write(Buffer.alloc(65_536), more);
      };
      more();
    });
    await expect(httpRequest({ url, maxBytes: 1_000_000 })).rejects.toMatchObject({
      code: 'FETCH_TOO_LARGE',
    });
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('attack: a compressed bomb: stops at the limit behind the decoder', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const server = await start((_seen, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    await expect(httpRequest({ url: server.url, maxBytes: 100_000 })).rejects.toMatchObject({
      code: 'FETCH_TOO_LARGE',
    });
  });

  it('attack: endless compressed nothing: counts what is on the wire too', async () => {
    const nothing = Buffer.concat(Array.from({ length: 1000 }, () => gzipSync('')));
    const server = await start((_seen, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).write(nothing); // chunked: no length is announced
      response.end();
    });
    expect((await httpRequest({ url: server.url, maxBytes: nothing.length })).body).toHaveLength(0);
    await expect(httpRequest({ url: server.url, maxBytes: nothing.length - 1 })).rejects.toMatchObject({
      code: 'FETCH_TOO_LARGE',
    });
  });

  it('attack: slow retrieval: gives up without a byte, and gives up in all', async () => {
    const url = await startRaw(socket => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      const drip = setInterval(() => {
        if (socket.destroyed) clearInterval(drip);
        else socket.write('x');
      }, 20);
    });
    await expect(
      httpRequest({ url, maxBytes: 1000, timeoutMs: 200, idleTimeoutMs: 60_000 }),
    ).rejects.toMatchObject({
      code: 'FETCH_TIMEOUT',
      message: `the request for ${url}/ took longer than the time it may take in all`,
    });
    const silent = await startRaw(() => undefined);
    await expect(httpRequest({ url: silent, maxBytes: 1, idleTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'FETCH_TIMEOUT',
      message: `the request for ${silent}/ took longer than 50 ms without a byte`,
    });
  });

  it('attack: a truncated body is a failure, never a shorter answer', async () => {
    const url = await startRaw(socket => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345'));
    await expect(httpRequest({ url, maxBytes: 100 })).rejects.toMatchObject({ code: 'FETCH_UNREACHABLE' });
  });
});

describe('content decoding', () => {
  const plain = Buffer.from('the same text, '.repeat(50));
  it.each([
    ['gzip', gzipSync(plain)],
    ['x-gzip', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['br', brotliCompressSync(plain)],
    ['identity', plain],
    [' GZIP ', gzipSync(plain)],
  ])('undoes %s', async (coding, bytes) => {
    const server = await start((_seen, response) => {
      response.writeHead(200, { 'content-encoding': coding }).end(bytes);
    });
    const { body } = await httpRequest({ url: server.url, maxBytes: plain.length });
    expect(text(body)).toBe(plain.toString());
    expect(server.seen[0]?.headers['accept-encoding']).toBe('gzip, deflate, br');
  });

  it.each([
    ['zstd', plain, 'has a content encoding that writ does not read'],
    ['gzip, gzip', gzipSync(gzipSync(plain)), 'has a content encoding that writ does not read'],
    ['gzip', plain, 'is not what its content encoding says'],
    ['br', plain, 'is not what its content encoding says'],
    ['deflate', plain, 'is not what its content encoding says'],
    ['gzip', gzipSync(plain).subarray(0, 30), 'is not what its content encoding says'],
    ['gzip', Buffer.alloc(0), 'is not what its content encoding says'],
  ])('refuses %s that is none', async (coding, bytes, what) => {
    const server = await start((_seen, response) => {
      response.writeHead(200, { 'content-encoding': coding }).end(bytes);
    });
    await expect(httpRequest({ url: server.url, maxBytes: 10_000 })).rejects.toMatchObject({
      code: 'FETCH_ENCODING',
      message: `the answer of ${server.url}/ ${what}`,
    });
  });

  it('expects no body behind the headers of HEAD, 204 and 304', async () => {
    const server = await start(({ path }, response) => {
      response
        .writeHead(Number(path.slice(1)), { 'content-encoding': 'gzip', 'content-length': '5000' })
        .end();
    });
    expect((await httpRequest({ method: 'HEAD', url: `${server.url}/200`, maxBytes: 0 })).body).toHaveLength(
      0,
    );
    expect((await httpRequest({ url: `${server.url}/304`, maxBytes: 0 })).status).toBe(304);
    expect((await httpRequest({ url: `${server.url}/204`, maxBytes: 0 })).status).toBe(204);
  });
});

describe('redirects', () => {
  const redirect =
    (to: string, status = 302): Handler =>
    (_seen, response) => {
      response.writeHead(status, { location: to }).end();
    };

  it.each([301, 302, 303, 307, 308])('follows %d and says where the answer came from', async status => {
    const server = await start(({ path }, response) => {
      if (path === '/a') response.writeHead(status, { location: 'b?c' }).end();
      else response.end('here');
    });
    const response = await httpRequest({
      url: `${server.url}/a`,
      headers: { authorization: 'x' },
      maxBytes: 10,
    });
    expect(response).toMatchObject({ status: 200, url: `${server.url}/b?c` });
    expect(server.seen[1]?.headers.authorization).toBe('x');
  });

  it('attack: a redirect to another origin gets no credentials: drops them on the way to another origin, and keeps the rest', async () => {
    const other = await start((_seen, response) => response.end());
    const server = await start(redirect(other.url));
    await httpRequest({
      url: server.url,
      headers: { Authorization: 'x', cookie: 'y', accept: 'z' },
      maxBytes: 1,
    });
    expect(other.seen[0]?.headers).toMatchObject({ accept: 'z' });
    expect(other.seen[0]?.headers).not.toHaveProperty('authorization');
    expect(other.seen[0]?.headers).not.toHaveProperty('cookie');
  });

  it('attack: endless redirects: follows five and no more', async () => {
    const server = await start(({ path }, response) => {
      const left = Number(path.slice(1));
      if (left === 0) response.end('done');
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    expect((await httpRequest({ url: `${server.url}/5`, maxBytes: 10 })).status).toBe(200);
    await expect(httpRequest({ url: `${server.url}/6`, maxBytes: 10 })).rejects.toMatchObject({
      code: 'FETCH_REDIRECT',
      message: `${server.url}/1 redirects too often`,
    });
    await expect(
      httpRequest({ url: `${server.url}/1`, maxBytes: 10, maxRedirects: 0 }),
    ).rejects.toMatchObject({
      code: 'FETCH_REDIRECT',
    });
  });

  it('does not follow a write', async () => {
    const server = await start(redirect('/elsewhere', 307));
    await expect(httpRequest({ method: 'PUT', url: server.url, maxBytes: 1 })).rejects.toMatchObject({
      code: 'FETCH_REDIRECT',
      message: `${server.url}/ redirects a write`,
    });
  });

  it.each([
    ['file:///etc/passwd', 'FETCH_URL'],
    ['http://user:pw@127.0.0.1/', 'FETCH_URL'],
    ['http://[', 'FETCH_REDIRECT'],
  ])('does not follow to %s', async (to, code) => {
    const server = await start(redirect(to));
    await expect(httpRequest({ url: server.url, maxBytes: 1 })).rejects.toMatchObject({ code });
  });
});

describe('refused before anything is sent', () => {
  it.each([
    ['ftp://a/b', 'the URL is not an absolute http or https URL without a fragment'],
    ['/relative', 'the URL is not an absolute http or https URL without a fragment'],
    ['http://a/b#c', 'the URL is not an absolute http or https URL without a fragment'],
    ['http:///b', 'the URL is not an absolute http or https URL without a fragment'],
    ['http://user:secret@a/b', 'the URL carries a user or password'],
    ['http://a/b c', 'the URL has a space, a control character or a character that is not ASCII in its path'],
    [
      'http://a/b\r\nx: y',
      'the URL has a space, a control character or a character that is not ASCII in its path',
    ],
    [
      'http://a/\u00e9',
      'the URL has a space, a control character or a character that is not ASCII in its path',
    ],
    ['http://a:99999/', 'the URL has a malformed host or port'],
    [`http://a/${'x'.repeat(8192)}`, 'the URL is longer than 8192 characters'],
  ])('%j', async (url, message) => {
    await expect(httpRequest({ url, maxBytes: 1 })).rejects.toMatchObject({ code: 'FETCH_URL', message });
  });

  it('attack: a header that would split the request, without repeating it', async () => {
    const failure: unknown = await httpRequest({
      url: 'http://127.0.0.1:1/',
      headers: { authorization: 'secret\r\nx: y' },
      maxBytes: 1,
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'FETCH_UNREACHABLE',
      message: 'the connection for http://127.0.0.1:1/ failed (ERR_INVALID_CHAR)',
    });
  });

  it('a server that is not there', async () => {
    // A port that the system gives to nobody: one that a server left may be another's by now.
    const url = 'http://127.0.0.1:1/x';
    await expect(httpRequest({ url: `${url}?token=secret`, maxBytes: 1 })).rejects.toMatchObject({
      code: 'FETCH_UNREACHABLE',
      message: `the connection for ${url} failed: nothing listens there (ECONNREFUSED)`,
    });
  });
});
