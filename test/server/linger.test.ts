/** A body that is too large is answered before it is read: the answer reaches who is still sending it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createApp } from '../../src/server/app.js';
import { basicDoor } from '../../src/server/notary/auth.js';
import { notaryRoutes } from '../../src/server/notary/routes.js';
import { plainServer } from '../../src/server/servers.js';
import { GUN, world } from '../repository/notary/publisher.js';
import { NOTARY_DEFAULTS } from './service.js';

const PIECE = Buffer.alloc(65_536);
const PIECES = 20;

function plainApp(): FastifyInstance {
  const app = createApp({ bodyLimit: 10, serverFactory: plainServer });
  app.post('/upload', () => 'taken');
  return app;
}

function notaryApp(): FastifyInstance {
  const app = createApp({ bodyLimit: 1, serverFactory: plainServer });
  const door = basicDoor(() => Promise.resolve({ kind: 'loopback' }));
  notaryRoutes(app, { repositories: world().repositories, door, maxBody: 10, ...NOTARY_DEFAULTS });
  return app;
}

/** Says what it will send, and gives the connection once the whole answer is there and no more will come. */
async function answered(app: FastifyInstance, path: string): Promise<{ socket: Socket; answer: string }> {
  const { port, hostname } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  onTestFinished(async () => {
    socket.destroy();
    await app.close();
  });
  let answer = '';
  socket.on('data', (text: Buffer) => (answer += text.toString()));
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${PIECES * PIECE.length}\r\n\r\n`,
  );
  await once(socket, 'end');
  return { socket, answer };
}

describe.each<[string, () => FastifyInstance, string]>([
  ['the service', plainApp, '/upload'],
  ['the Notary wire', notaryApp, `/v2/${GUN}/_trust/tuf/`],
])('%s', (_name, make, path) => {
  it('reads on after its 413: who sends the rest first is not cut off', async () => {
    const { socket, answer } = await answered(make(), path);
    expect(answer).toMatch(/^HTTP\/1\.1 413 [^]*\r\nconnection: close\r\n/);
    // On a connection that was closed, what follows the first piece fails.
    const send = promisify((piece: Buffer, done: (error?: Error | null) => void) =>
      socket.write(piece, done),
    );
    for (let i = 0; i < PIECES; i++) await send(PIECE);
    socket.end();
    expect(await once(socket, 'close')).toEqual([false]);
  });

  it('reads no longer than five seconds, and who waits for nothing holds no connection', async () => {
    const app = make();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    await answered(app, path);
    const connections = (): Promise<number> =>
      new Promise((resolve, reject) => {
        app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      });
    vi.advanceTimersByTime(4999);
    expect(await connections()).toBe(1);
    vi.advanceTimersByTime(1);
    await expect.poll(connections).toBe(0);
  });
});
