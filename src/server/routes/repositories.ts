/** The write API, version 1; see transport/api-types.ts for the bodies. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { toWritError } from '../../errors.js';
import { parseRepositoryName, type RepositoryName } from '../../image/repository-name.js';
import { parseStrict } from '../../json/strict.js';
import type { JsonValue } from '../../json/types.js';
import { readCreateRequest, readPublishRequest } from '../../repository/request.js';
import type { RepositoryService } from '../../repository/types.js';
import { authorize, type Authenticate, type Caller } from '../auth.js';
import type { Metrics } from '../metrics.js';
import { rawComponents } from '../raw-path.js';

export interface RepositoryRouteOptions {
  readonly repositories: RepositoryService;
  readonly authenticate: Authenticate;
  /** Called after a repository was made or changed. */
  readonly onWritten: (name: RepositoryName) => Promise<void>;
  readonly maxBody: number;
  readonly metrics: Metrics;
}

export function repositoryRoutes(app: FastifyInstance, options: RepositoryRouteOptions): void {
  const { repositories, authenticate, onWritten, maxBody, metrics } = options;
  const callers = new WeakMap<FastifyRequest, Caller>();
  // Before the body is read: who may not write does not get to send 48 MiB.
  const known = async (request: FastifyRequest): Promise<void> => {
    callers.set(request, await authenticate(request));
  };
  const allow = (request: FastifyRequest, action: 'create' | 'push', name: RepositoryName): void => {
    const caller = callers.get(request);
    if (caller === undefined) throw new Error('a write was routed without authentication');
    authorize(caller, action, name);
  };

  app.get('/v1/repositories', async () => ({ repositories: await repositories.list() }));

  app.get('/v1/repositories/:name/keys', request => repositories.keys(nameIn(request)));

  app.post('/v1/repositories', { onRequest: known }, async (request, reply) => {
    const body = readCreateRequest(readJson(request, maxBody));
    const name = parseRepositoryName(body.name);
    allow(request, 'create', name);
    const published = await counted(metrics, 'create', () => repositories.create(name, body));
    await onWritten(name);
    return reply.code(201).send(published);
  });

  app.post(
    '/v1/repositories/:name/publish',
    {
      onRequest: async request => {
        await known(request);
        allow(request, 'push', nameIn(request));
      },
    },
    async request => {
      const name = nameIn(request);
      const body = readPublishRequest(readJson(request, maxBody));
      const published = await counted(metrics, 'publish', () => repositories.publish(name, body));
      await onWritten(name);
      return published;
    },
  );
}

async function counted<R>(
  metrics: Metrics,
  action: 'create' | 'publish',
  write: () => Promise<R>,
): Promise<R> {
  try {
    const done = await write();
    metrics.written(action, 'ok');
    return done;
  } catch (error) {
    metrics.written(action, toWritError(error).code);
    throw error;
  }
}

/** `/v1/repositories/{name}/…` */
function nameIn(request: FastifyRequest): RepositoryName {
  return parseRepositoryName(rawComponents(request.raw.url ?? '')[2] ?? '');
}

function readJson(request: FastifyRequest, maxBytes: number): JsonValue {
  const { body } = request;
  return parseStrict(body instanceof Uint8Array ? body : new Uint8Array(0), { maxBytes });
}
