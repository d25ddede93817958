/** Alive, ready, and how busy. */
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics.js';
import { readinessOf, type Check } from '../readiness.js';

export function healthRoutes(app: FastifyInstance, checks: readonly Check[]): void {
  app.get('/healthz', async (_request, reply) => reply.header('content-type', 'text/plain').send('ok\n'));
  app.get('/readyz', async (_request, reply) => {
    const readiness = readinessOf(checks);
    return reply
      .code(readiness.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(readiness);
  });
}

export function metricsRoute(app: FastifyInstance, metrics: Metrics): void {
  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.text()),
  );
}
