/** The node servers under the applications, with their time limits. */
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { FastifyServerFactory } from 'fastify';
import type { Credentials } from './tls.js';

/** A slow sender holds a connection no longer than this, whatever it sends. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Above the idle time of clients, so that they close first and no request meets a closing connection. */
const KEEP_ALIVE_MS = 75_000;

export interface TlsServerOptions extends Credentials {
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** Who vouches for clients; without it no client certificate is asked for. PEM. */
  readonly clientCa?: string | undefined;
  /** Common names that may call; empty means all that the authority vouches for. */
  readonly clientNames?: readonly string[];
}

/** node:http, for this machine only. */
export const plainServer: FastifyServerFactory = handler => limited(createHttpServer(handler));

/** node:https; with `clientCa` a client without a good certificate does not get as far as a request. */
export function tlsServer({ clientCa, clientNames = [], ...tls }: TlsServerOptions): FastifyServerFactory {
  const client = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return handler => {
    const server = createHttpsServer({ ...tls, ...client }, handler);
    if (clientCa !== undefined && clientNames.length > 0) {
      // Once for each connection: a request on it needs no further check.
      server.on('secureConnection', socket => {
        if (!clientNames.includes(callerName(socket))) socket.destroy();
      });
    }
    return limited(server);
  };
}

/** The common name of the client's certificate; empty where there is none, or more than one. */
export function callerName(socket: Socket): string {
  if (!(socket instanceof TLSSocket)) return '';
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string | string[] } };
  return typeof subject?.CN === 'string' ? subject.CN : '';
}

const inFlight = new WeakMap<object, { count: number }>();

/** Requests of a server of this file that are not answered to their end. */
export const requestsUnderWay = (server: object): number => inFlight.get(server)?.count ?? 0;

function limited<S extends Server>(server: S): S {
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const tally = { count: 0 };
  inFlight.set(server, tally);
  const ended = (): void => {
    tally.count--;
  };
  server.on('request', (_request, response) => {
    tally.count++;
    response.on('close', ended); // comes once
  });
  return server;
}
