/** A fastify application as both listeners want it: raw bodies, no request log, every failure one JSON error. */
import Fastify, { type FastifyInstance, type FastifyServerFactory } from 'fastify';
import { sendFailure, routeMissing } from './failures.js';

export interface AppOptions {
  /** The most bytes of a request body; above it the answer is 413. */
  readonly bodyLimit: number;
  /** Makes the server: node:https with its certificate, or node:http when absent. */
  readonly serverFactory?: FastifyServerFactory;
}

/** A slow sender holds a connection no longer than this, whatever it sends. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Above the idle time of clients, so that they close first and no request meets a closing connection. */
const KEEP_ALIVE_MS = 75_000;
/** Names in a path: a role of 256 characters, each up to 12 characters in percent-encoding. */
const MAX_PARAMETER = 4096;

/**
 * An application without routes. Bodies arrive as bytes and are parsed by the route, with the strict reader.
 */
export function createApp({ bodyLimit, serverFactory }: AppOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: MAX_PARAMETER },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    frameworkErrors: (error, _request, reply) => {
      void sendFailure(reply, error);
    },
    ...(serverFactory && { serverFactory }),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler((error, _request, reply) => sendFailure(reply, error));
  app.setNotFoundHandler((request, reply) => sendFailure(reply, routeMissing(request)));
  return app;
}
