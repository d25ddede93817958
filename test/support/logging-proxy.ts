/** A plain-HTTP proxy in front of one server, that remembers what was asked and how it was answered. */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LoggingProxy {
  /** What clients are to be given for the server. */
  readonly url: string;
  /** What was exchanged since the last call: `GET /v2/ 200`, digests in paths as HASH. */
  take(): string[];
  close(): Promise<void>;
}

const DIGEST = /\.[0-9a-f]{64}\./;

/** Is told of requests, `POST /v2/`. */
export interface ProxyHooks {
  /** Before anything of it is passed on, which waits for the answer. */
  before?(request: string): void | Promise<void>;
  /** When the server has all of it. */
  passed?(request: string): void;
}

/** @param target - base URL of the server, http */
export async function loggingProxy(target: string, hooks: ProxyHooks = {}): Promise<LoggingProxy> {
  const { hostname, port } = new URL(target);
  let log: string[] = [];
  const forward = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = incoming;
    const shape = `${method} ${url.replace(DIGEST, '.HASH.')}`;
    await hooks.before?.(shape);
    const sent = request({ hostname, port, method, path: url, headers, agent: false }, answer => {
      log.push(`${shape} ${answer.statusCode ?? 0}`);
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.on('error', () => outgoing.destroy()).pipe(outgoing);
    });
    sent.on('finish', () => hooks.passed?.(shape));
    sent.on('error', () => {
      log.push(`${shape} cut`);
      outgoing.destroy();
    });
    incoming.pipe(sent);
  };
  const server = createServer((incoming, outgoing) => void forward(incoming, outgoing));
  // Clients are told how long the server keeps connections, which this one must not cut before: they may be slow.
  server.keepAliveTimeout = 0;
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = log;
      log = [];
      return taken;
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
