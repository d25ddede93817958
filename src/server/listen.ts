/** Listening, and what can go wrong with it. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Address } from '../config/types.js';
import { WritError } from '../errors.js';

export interface Listening {
  /** `https://127.0.0.1:8443`: the scheme, the address that was asked for, the port that was given. */
  readonly url: string;
  readonly port: number;
}

/**
 * Listens on `address`; port 0 lets the system choose.
 *
 * @throws WritError SERVER_PORT_IN_USE, SERVER_LISTEN
 */
export async function listen(
  app: FastifyInstance,
  { host, port }: Address,
  scheme: 'http' | 'https',
): Promise<Listening> {
  const shown = host.includes(':') ? `[${host}]` : host;
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const errno = (cause as NodeJS.ErrnoException).code;
    if (errno === 'EADDRINUSE') {
      throw new WritError('SERVER_PORT_IN_USE', `another program listens on ${shown}:${port}`, { cause });
    }
    throw new WritError(
      'SERVER_LISTEN',
      `${shown}:${port} cannot be listened on: ${errno ?? String(cause)}`,
      {
        cause,
      },
    );
  }
  const given = (app.server.address() as AddressInfo).port;
  return { url: `${scheme}://${shown}:${given}`, port: given };
}
