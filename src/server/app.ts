/** A fastify application as both listeners want it: raw bodies, no request log, every failure one JSON error. */
import Fastify, { type FastifyInstance, type FastifyServerFactory } from 'fastify';
import { refuseClient, routeMissing, sendFailure } from './failures.js';

export interface AppOptions {
  /** The most bytes of a request body; above it the answer is 413. */
  readonly bodyLimit: number;
  /** See servers.ts. */
  readonly serverFactory: FastifyServerFactory;
}

/** Names in a path: a role of 256 characters, each up to 12 characters in percent-encoding. */
const MAX_PARAMETER = 4096;

/**
 * An application without routes. Bodies arrive as bytes and are parsed by the route, with the strict reader.
 */
export function createApp({ bodyLimit, serverFactory }: AppOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit,
    forceCloseConnections: 'idle',
    // Requests that came before the end are answered; nobody can connect any more.
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAMETER },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    frameworkErrors: (error, _request, reply) => {
      void sendFailure(reply, error);
    },
    clientErrorHandler: refuseClient,
    serverFactory,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler((error, _request, reply) => sendFailure(reply, error));
  app.setNotFoundHandler((request, reply) => sendFailure(reply, routeMissing(request)));
  return app;
}
