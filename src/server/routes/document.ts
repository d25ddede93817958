/** The description of the API, OpenAPI 3.1. A test holds it and the routes together. */
import type { FastifyInstance } from 'fastify';

export function documentRoute(app: FastifyInstance): void {
  app.get('/openapi.json', async (_request, reply) => {
    const { default: document } = await import('../../../docs/reference/openapi.json', {
      with: { type: 'json' },
    });
    return reply.header('content-type', 'application/json').send(document);
  });
}
