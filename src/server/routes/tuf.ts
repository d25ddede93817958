/** What TUF clients read. Routed on the raw path; HEAD as GET. TUF specification §6.2. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WritError } from '../../errors.js';
import { isRepositoryName, type RepositoryName } from '../../image/repository-name.js';
import type { RepositoryService, ServedFile } from '../../repository/types.js';
import { rawComponents } from '../raw-path.js';

const FOR_EVER = 'public, max-age=31536000, immutable';
const REVALIDATE = 'no-cache';

export function tufRoutes(app: FastifyInstance, repositories: RepositoryService): void {
  app.get('/tuf/:repository/metadata/:file', async (request, reply) => {
    const [, repository = '', , file = '', ...rest] = rawComponents(request.raw.url ?? '', { nameAt: 3 });
    const name = hosted(repository, rest.length === 0);
    const found = await repositories.metadata(name, file);
    if (found === null) throw absent(`${name} has no metadata ${JSON.stringify(file.slice(0, 100))}`);
    return sendMetadata(request, reply, found);
  });

  app.get('/tuf/:repository/targets/*', async (request, reply) => {
    const [, repository = '', , ...path] = rawComponents(request.raw.url ?? '');
    const name = hosted(repository, path.length > 0);
    const bytes = await repositories.target(name, path.join('/'));
    if (bytes === null) throw absent(`${name} has no target at this path`);
    return reply
      .header('content-type', 'application/octet-stream')
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', FOR_EVER)
      .send(bytes);
  });
}

function hosted(repository: string, fits: boolean): RepositoryName {
  if (fits && isRepositoryName(repository)) return repository;
  throw absent('no repository has a file at this path');
}

const absent = (message: string): WritError => new WritError('SERVER_ROUTE', message);

function sendMetadata(request: FastifyRequest, reply: FastifyReply, file: ServedFile): FastifyReply {
  const etag = `"${file.digest}"`;
  void reply
    .header('etag', etag)
    .header('last-modified', file.lastModified.toUTCString())
    .header('cache-control', file.immutable ? FOR_EVER : REVALIDATE);
  if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.header('content-type', 'application/json').send(file.bytes);
}

/** RFC 9110 §13.1.2: a list of tags, weak or strong, or `*`. */
function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some(tag => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
