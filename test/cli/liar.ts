/** A server between the client and the service that tells the truth until a test makes it lie. */
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Told {
  readonly status: number;
  readonly body: Buffer;
}

/** What to answer instead; undefined passes the truth on. */
export type Lie = (path: string, truth: Told) => Told | undefined | Promise<Told | undefined>;

export interface Liar {
  readonly url: string;
  /** Lies from now on; undefined: no more. */
  lie(lie: Lie | undefined): void;
  /** What was served under each path, newest last. */
  readonly seen: ReadonlyMap<string, readonly Buffer[]>;
  close(): Promise<void>;
}

/** @param upstream - base URL of the service, or what says which it is by now */
export async function startLiar(upstream: string | (() => string)): Promise<Liar> {
  let lie: Lie | undefined;
  const seen = new Map<string, Buffer[]>();
  const server = createServer((incoming, answer) => {
    const base = typeof upstream === 'string' ? upstream : upstream();
    const told = forward(base, incoming).then(async truth => {
      const path = incoming.url ?? '';
      if (truth.status === 200) seen.set(path, [...(seen.get(path) ?? []), truth.body]);
      const { status, body } = (await lie?.(path, truth)) ?? truth;
      answer.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
      answer.end(body);
    });
    told.catch(() => answer.destroy());
  });
  server.keepAliveTimeout = 0; // clients close first: no request meets a connection that the server closes
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lie: next => {
      lie = next;
    },
    seen,
    close: () =>
      new Promise(resolve => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function forward(upstream: string, incoming: IncomingMessage): Promise<Told> {
  return new Promise((resolve, reject) => {
    const { method, headers, url = '' } = incoming;
    const onward = request(
      upstream + url,
      // A connection of its own: one that was kept may be closed by the service just when it is used again.
      { method, headers: { ...headers, 'accept-encoding': 'identity' }, agent: false },
      answer => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) });
        });
      },
    );
    onward.on('error', reject);
    incoming.pipe(onward);
  });
}

/** Serves `body` for paths that end so. */
export const instead =
  (end: string | RegExp, body: Buffer): Lie =>
  path =>
    (typeof end === 'string' ? path.endsWith(end) : end.test(path)) ? { status: 200, body } : undefined;

/** Replaces text of the same length in what is served for paths that end so. */
export const altered =
  (end: RegExp, from: string, to: string): Lie =>
  (path, { status, body }) =>
    end.test(path) ? { status, body: Buffer.from(body.toString('utf8').replaceAll(from, to)) } : undefined;
