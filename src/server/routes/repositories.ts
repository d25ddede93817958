/** The write API, version 1; see transport/api-types.ts for the bodies. */
import type { FastifyInstance } from 'fastify';
import { parseRepositoryName, type RepositoryName } from '../../image/repository-name.js';
import { readCreateRequest, readPublishRequest, readUploadRequest } from '../../repository/request.js';
import type { RepositoryService } from '../../repository/types.js';
import type { Authenticate } from '../auth.js';
import type { Metrics } from '../metrics.js';
import { counted, Gate, nameIn, readJson } from './body.js';

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
  const gate = new Gate(authenticate);

  app.get('/v1/repositories', async () => ({ repositories: await repositories.list() }));

  app.get('/v1/repositories/:name/keys', request => repositories.keys(nameIn(request)));

  app.get('/v1/repositories/:name/status', request => repositories.status(nameIn(request)));

  app.post('/v1/repositories', { onRequest: gate.known }, async (request, reply) => {
    const body = readCreateRequest(readJson(request, maxBody));
    const name = parseRepositoryName(body.name);
    gate.allow(request, 'create', name);
    const published = await counted(metrics, 'create', () => repositories.create(name, body));
    await onWritten(name);
    return reply.code(201).send(published);
  });

  app.post('/v1/repositories/:name/publish', { onRequest: gate.mayPush }, async request => {
    const name = nameIn(request);
    const body = readPublishRequest(readJson(request, maxBody));
    const published = await counted(metrics, 'publish', () => repositories.publish(name, body));
    await onWritten(name);
    return published;
  });

  app.post('/v1/repositories/:name/uploads', { onRequest: gate.mayPush }, async (request, reply) => {
    const body = readUploadRequest(readJson(request, maxBody));
    return reply.code(201).send(await repositories.upload(nameIn(request), body));
  });
}
