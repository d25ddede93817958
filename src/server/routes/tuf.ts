/** What TUF clients read. Routed on the raw path; HEAD as GET. TUF specification §6.2. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WritError } from '../../errors.js';
import { isRepositoryName, type RepositoryName } from '../../image/repository-name.js';
import type { RepositoryService, ServedFile } from '../../repository/types.js';
import { matchesEtag } from '../conditional.js';
import { ContentCodings, type Coding } from '../content-coding.js';
import { rawComponents } from '../raw-path.js';

const FOR_EVER = 'public, max-age=31536000, immutable';
const REVALIDATE = 'no-cache';

export function tufRoutes(app: FastifyInstance, repositories: RepositoryService): void {
  const codings = new ContentCodings();

  app.get('/tuf/:repository/metadata/:file', async (request, reply) => {
    const [, repository = '', , file = '', ...rest] = rawComponents(request.raw.url ?? '', { nameAt: 3 });
    const name = hosted(repository, rest.length === 0);
    const found = await repositories.metadata(name, file);
    if (found === null) throw absent(`${name} has no metadata ${JSON.stringify(file.slice(0, 100))}`);
    return sendMetadata(request, reply, found, codings);
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

async function sendMetadata(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  file: ServedFile,
  codings: ContentCodings,
): Promise<FastifyReply> {
  void reply
    .header('vary', 'accept-encoding')
    .header('last-modified', file.lastModified.toUTCString())
    .header('cache-control', file.immutable ? FOR_EVER : REVALIDATE);
  // The tag of either form says what the client has: decoded, they are the same.
  const known = TAGGED.map(coding => etagOf(file, coding)).find(etag =>
    matchesEtag(headers['if-none-match'], etag),
  );
  if (known !== undefined) return reply.header('etag', known).code(304).send();
  const { bytes, coding } = await codings.encode(file, headers['accept-encoding']);
  if (coding !== undefined) void reply.header('content-encoding', coding);
  return reply.header('etag', etagOf(file, coding)).header('content-type', 'application/json').send(bytes);
}

const TAGGED = [undefined, 'br', 'gzip'] as const;

/** Each form has its own: RFC 9110 §8.8.3.3. */
const etagOf = ({ digest }: ServedFile, coding: Coding | undefined): string =>
  coding === undefined ? `"${digest}"` : `"${digest}-${coding}"`;
