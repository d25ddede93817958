/** Profiles: which one holds an image, and its bytes. */
import type { FastifyInstance } from 'fastify';
import { toWritError } from '../../errors.js';
import { lookUp, parseLookup, type LookupAnswer, type LookupSources } from '../../runtime/lookup.js';
import type { Metrics } from '../metrics.js';
import { rawComponents } from '../raw-path.js';
import { queryOf } from './body.js';

export function lookupRoutes(app: FastifyInstance, sources: LookupSources, metrics: Metrics): void {
  app.get('/v1/lookup', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    return counted(metrics, () => {
      return lookUp(parseLookup(queryOf(request.raw.url ?? '')), sources);
    });
  });

  app.get('/v1/profiles/:digest', async (request, reply) => {
    const [, , digest = ''] = rawComponents(request.raw.url ?? '');
    return reply
      .header('content-type', 'application/json')
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('etag', `"${digest}"`)
      .send(sources.profiles.bytes(digest));
  });
}

function counted(metrics: Metrics, answer: () => LookupAnswer): LookupAnswer {
  try {
    const found = answer();
    metrics.lookedUp('ok');
    return found;
  } catch (error) {
    metrics.lookedUp(toWritError(error).code);
    throw error;
  }
}
