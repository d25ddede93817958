/** The Notary v1 wire, as unmodified `notary` and `docker trust` speak it. theupdateframework/notary, server/server.go. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { NotaryKey } from '../../crypto/notary-key.js';
import { isWritError, WritError } from '../../errors.js';
import { member } from '../../json/types.js';
import type { Change } from '../../repository/notary/changes.js';
import { parseGun, parseNotaryRole, type Gun } from '../../tuf/notary/names.js';
import type { OnlineRole } from '../../repository/notary/online.js';
import type { NotaryRepositories, ServedDocument } from '../../repository/notary/service.js';
import { toFailure } from '../failures.js';
import { detailOf, type NotaryAction, type NotaryDoor } from './auth.js';
import { sendNotaryFailure, sendWireError, UNROUTED } from './envelope.js';
import { readUpload, reasonOfRefusal } from './multipart.js';
import { matchPath, type Matched } from './paths.js';

export interface NotaryRoutes {
  readonly repositories: NotaryRepositories;
  readonly door: NotaryDoor;
  /** The most bytes of an upload. */
  readonly maxBody: number;
}

const CURRENT = 'public, max-age=300, s-maxage=300, must-revalidate';
const FOR_EVER = 'public, max-age=2592000, s-maxage=2592000';
const PAGE = 100;
const MAX_PAGE = 10_000;

export function notaryRoutes(app: FastifyInstance, options: NotaryRoutes): void {
  void app.register(scope => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: options.maxBody },
      (_request, body, done) => {
        done(null, body);
      },
    );
    scope.setErrorHandler((error, request, reply) => fail(options.door, request, reply, error));
    const handlers = new NotaryHandlers(options);
    const handler = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
      handlers.handle(request, reply);
    scope.route({ method: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'], url: '/v2/*', handler });
    scope.route({ method: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'], url: '/v2', handler });
    scope.route({ method: 'PATCH', url: '/v2/*', handler: (_request, reply) => reply.code(405).send() });
    scope.get('/_notary_server/health', (_request, reply) =>
      reply.header('content-type', 'application/json; charset=utf-8').send('{}'),
    );
    return Promise.resolve();
  });
}

function fail(door: NotaryDoor, request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const failure = toFailure(error);
  if (failure.status !== 401 && failure.status !== 403) return sendNotaryFailure(reply, error);
  void reply.header('www-authenticate', door.challenge(request, failure));
  const detail = detailOf(failure);
  const asked = failure.status === 401 || detail.length > 0;
  const message = asked ? 'authentication required' : failure.message;
  return sendWireError(reply, {
    status: 401,
    code: 'UNAUTHORIZED',
    message,
    ...(detail.length > 0 && { detail }),
  });
}

class NotaryHandlers {
  readonly #options: NotaryRoutes;

  constructor(options: NotaryRoutes) {
    this.#options = options;
  }

  async handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const path = matchPath(request.raw.url ?? '');
    if (path.kind === 'unclean') return reply.code(301).header('location', encodeURI(path.clean)).send();
    switch (`${request.method} ${path.kind}`) {
      case 'GET ping':
        await this.#options.door.authorize(request, '', 'catalog');
        return reply.header('content-type', 'text/plain; charset=utf-8').send('{}');
      case 'GET current':
      case 'GET hash':
      case 'GET version':
        return this.#read(request, path, reply);
      case 'GET key':
        return this.#key(request, path, reply);
      case 'POST key':
        return this.#rotate(request, path, reply);
      case 'POST repository':
        return this.#upload(request, path, reply);
      case 'DELETE repository':
        return this.#delete(request, path, reply);
      case 'GET changes':
        return this.#changes(request, reply, await this.#readable(request, path, 'read'));
      case 'GET allChanges':
        await this.#options.door.authorize(request, '', 'catalog');
        return this.#changes(request, reply, undefined);
      default:
        await this.#options.door.authorize(request, '', 'catalog');
        return sendWireError(reply, UNROUTED);
    }
  }

  async #read(request: FastifyRequest, path: Matched, reply: FastifyReply): Promise<FastifyReply> {
    const document = await this.#find(path, await this.#readable(request, path, 'read'));
    if (document === undefined) throw new WritError('NOTARY_UNKNOWN', 'there is no such metadata');
    return reply
      .header('content-type', 'text/plain; charset=utf-8')
      .header('cache-control', path.kind === 'current' ? CURRENT : FOR_EVER)
      .header('last-modified', document.lastModified.toUTCString().replace(/GMT$/, 'UTC'))
      .send(document.bytes);
  }

  #find(path: Matched, gun: Gun): Promise<ServedDocument | undefined> {
    const { repositories } = this.#options;
    const role = readable(() => parseNotaryRole(path.role));
    switch (path.kind) {
      case 'hash':
        return repositories.byHash(gun, role, path.hash);
      case 'version':
        return repositories.byVersion(gun, role, Number(path.version));
      default:
        return repositories.current(gun, role);
    }
  }

  async #key(request: FastifyRequest, path: Matched, reply: FastifyReply): Promise<FastifyReply> {
    const gun = await this.#readable(request, path, 'key');
    return sendKey(reply, await this.#options.repositories.key(gun, onlineRole(path)));
  }

  async #rotate(request: FastifyRequest, path: Matched, reply: FastifyReply): Promise<FastifyReply> {
    const gun = await this.#authorized(request, path, 'manage');
    return sendKey(reply, await this.#options.repositories.rotateKey(gun, onlineRole(path)));
  }

  async #upload(request: FastifyRequest, path: Matched, reply: FastifyReply): Promise<FastifyReply> {
    const gun = await this.#authorized(request, path, 'publish');
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    const upload = await readUpload(request.headers['content-type'] ?? '', body);
    await this.#options.repositories.upload(gun, upload).catch((error: unknown) => {
      throw reasonOfRefusal(upload, error);
    });
    return reply.code(200).send();
  }

  async #delete(request: FastifyRequest, path: Matched, reply: FastifyReply): Promise<FastifyReply> {
    await this.#options.repositories.delete(await this.#authorized(request, path, 'manage'));
    return reply.code(200).send();
  }

  async #changes(request: FastifyRequest, reply: FastifyReply, gun: Gun | undefined): Promise<FastifyReply> {
    const query = new URLSearchParams((request.raw.url ?? '').split('?').slice(1).join('?'));
    const from = integer('change_id', query.get('change_id') ?? '', 0);
    const records = integer('records', query.get('records') ?? '') || PAGE;
    const bounded = Math.max(-MAX_PAGE, Math.min(MAX_PAGE, records));
    const changes = await this.#options.repositories.changes({ gun, from, records: bounded });
    return reply.header('content-type', 'text/plain; charset=utf-8').send(
      JSON.stringify({
        count: changes.length,
        records: changes.length === 0 ? null : changes.map(writeChange),
      }),
    );
  }

  async #authorized(request: FastifyRequest, path: Matched, action: NotaryAction): Promise<Gun> {
    const gun = parseGun(path.gun);
    await this.#options.door.authorize(request, gun, action);
    return gun;
  }

  /** As {@link #authorized}; whatever cannot be the name of a repository is not there. */
  async #readable(request: FastifyRequest, path: Matched, action: 'read' | 'key'): Promise<Gun> {
    const gun = gunOf(path);
    await this.#options.door.authorize(request, gun, action);
    return gun;
  }
}

/** Whatever cannot be the name of anything is not there. */
function readable<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!isWritError(error, 'NOTARY_GUN', 'NOTARY_ROLE')) throw error;
    throw new WritError('NOTARY_UNKNOWN', error.message, { cause: error });
  }
}

const gunOf = (path: Matched): Gun => readable(() => parseGun(path.gun));

const onlineRole = ({ role }: Matched): OnlineRole => (role === 'snapshot' ? 'snapshot' : 'timestamp');

function sendKey(reply: FastifyReply, { keytype, keyval }: NotaryKey): FastifyReply {
  const key = { keytype, keyval: { public: member(keyval, 'public'), private: null } };
  return reply.header('content-type', 'text/plain; charset=utf-8').send(JSON.stringify(key));
}

/** @param empty - what an empty text stands for */
function integer(name: string, text: string, empty?: number): number {
  if (text === '' && empty !== undefined) return empty;
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
  throw new WritError('NOTARY_PARAMETERS', `invalid ${name} parameter: ${JSON.stringify(text.slice(0, 64))}`);
}

const writeChange = ({ id, at, gun, version, sha256, category }: Change): object => ({
  ID: String(id),
  CreatedAt: at.toISOString(),
  GUN: gun,
  Version: version,
  SHA256: sha256,
  Category: category,
});
