/** The Notary v1 wire, as unmodified `notary` and `docker trust` speak it. theupdateframework/notary, server/server.go. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { NotaryKey } from '../../crypto/notary-key.js';
import { isWritError, WritError } from '../../errors.js';
import { member } from '../../json/types.js';
import type { AuditAction } from '../../repository/notary/audit.js';
import type { Change } from '../../repository/notary/changes.js';
import { parseGun, parseNotaryRole, type Gun } from '../../tuf/notary/names.js';
import type { OnlineRole } from '../../repository/notary/online.js';
import type { NotaryRepositories, ServedDocument } from '../../repository/notary/service.js';
import { matchesEtag } from '../conditional.js';
import { toFailure } from '../failures.js';
import { detailOf, NOBODY, type NotaryAction, type NotaryCaller, type NotaryDoor } from './auth.js';
import { sendNotaryFailure, sendWireError, UNROUTED } from './envelope.js';
import { exchangeOf, type NotaryExchange, type NotaryOperation } from './metrics.js';
import { readUpload, reasonOfRefusal } from './multipart.js';
import { matchPath, type Matched } from './paths.js';
import { integerOf, queryOf } from './query.js';

/** A change that was made: its audit entry is in the store. */
export interface NotaryChange {
  readonly gun: Gun;
  readonly action: AuditAction;
  readonly by: NotaryCaller;
  readonly roles: readonly string[];
}

export interface NotaryRoutes {
  readonly repositories: NotaryRepositories;
  readonly door: NotaryDoor;
  /** The most bytes of an upload. */
  readonly maxBody: number;
  /** What names of repositories begin with; empty: any name. */
  readonly gunPrefixes: readonly string[];
  /** Seconds that caches may keep documents. */
  readonly maxAge: { readonly current: number; readonly consistent: number };
  /** Is told every change that was made, and by whom. */
  readonly changed?: ((change: NotaryChange) => void) | undefined;
  /** Is told every exchange that notary-server would count. */
  readonly measured?: ((exchange: NotaryExchange) => void) | undefined;
}

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
    // Before the body is read: who may not publish does not get to send one.
    const onRequest = (request: FastifyRequest): Promise<void> => handlers.admit(request);
    const handler = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
      handlers.handle(request, reply);
    scope.route({ method: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'], url: '/v2/*', onRequest, handler });
    scope.route({ method: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'], url: '/v2', onRequest, handler });
    scope.route({
      method: ['PATCH', 'OPTIONS', 'TRACE'],
      url: '/v2/*',
      handler: (_request, reply) => reply.code(405).send(),
    });
    scope.get('/_notary_server/health', async (_request, reply) => {
      const problems = await options.repositories.problems();
      return reply
        .code(Object.keys(problems).length === 0 ? 200 : 503)
        .header('content-type', 'application/json; charset=utf-8')
        .header('cache-control', 'no-store')
        .send(JSON.stringify(problems));
    });
    const { measured } = options;
    if (measured !== undefined) {
      scope.addHook('onResponse', (request, reply, done) => {
        const path = handlers.pathOf(request);
        const operation = path && OPERATIONS.get(`${request.method} ${path.kind}`);
        if (operation !== undefined) measured(exchangeOf(operation, request, reply));
        done();
      });
    }
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

const OPERATIONS: ReadonlyMap<string, NotaryOperation> = new Map([
  ['GET current', 'GetRole'],
  ['HEAD current', 'GetRole'],
  ['GET hash', 'GetRoleByHash'],
  ['HEAD hash', 'GetRoleByHash'],
  ['GET version', 'GetRoleByVersion'],
  ['HEAD version', 'GetRoleByVersion'],
  ['GET key', 'GetKey'],
  ['POST key', 'RotateKey'],
  ['POST repository', 'UpdateTUF'],
  ['DELETE repository', 'DeleteTUF'],
  ['GET changes', 'Changefeed'],
  ['GET allChanges', 'Changefeed'],
]);

/** What is not here is about the whole service, or not there at all. */
const ACTIONS: ReadonlyMap<string, NotaryAction> = new Map([
  ['GET current', 'read'],
  ['GET hash', 'read'],
  ['GET version', 'read'],
  ['HEAD current', 'read'],
  ['HEAD hash', 'read'],
  ['HEAD version', 'read'],
  ['GET changes', 'read'],
  ['GET key', 'key'],
  ['POST key', 'manage'],
  ['POST repository', 'publish'],
  ['DELETE repository', 'manage'],
]);

/** Names that the service is not for: notary-server says so to publishers only, and to nobody who may do what. */
function refuseOutside(gun: string, prefixes: readonly string[], what: string): void {
  if (gun === '' || prefixes.length === 0 || prefixes.some(prefix => gun.startsWith(prefix))) return;
  if (what === 'POST repository')
    throw new WritError('NOTARY_GUN', `Require GUNs with prefix: [${prefixes.join(' ')}]`);
  throw new WritError('NOTARY_OUTSIDE', 'the service is not for repositories of that name');
}

/** As notary-server's utils/http.go writes them. */
function cachingOf(
  { kind }: Matched,
  { current, consistent }: NotaryRoutes['maxAge'],
): Record<string, string> {
  const age = kind === 'current' ? current : consistent;
  if (age === 0) return { 'cache-control': 'max-age=0, no-cache, no-store', pragma: 'no-cache' };
  const checked = kind === 'current' ? ', must-revalidate' : '';
  return { 'cache-control': `public, max-age=${age}, s-maxage=${age}${checked}` };
}

/** What a request is about, and whose it is. */
interface Admitted {
  readonly path: Matched;
  readonly by: NotaryCaller;
}

class NotaryHandlers {
  readonly #options: NotaryRoutes;
  readonly #admitted = new WeakMap<FastifyRequest, Admitted>();

  constructor(options: NotaryRoutes) {
    this.#options = options;
  }

  /**
   * Lets in who may do what the request is for.
   *
   * @throws WritError as the door does; NOTARY_GUN and NOTARY_OUTSIDE for names that the service is not for
   */
  async admit(request: FastifyRequest): Promise<void> {
    const path = matchPath(request.raw.url ?? '');
    this.#admitted.set(request, { path, by: NOBODY });
    if (path.kind === 'unclean') return;
    const what = `${request.method} ${path.kind}`;
    refuseOutside(path.gun, this.#options.gunPrefixes, what);
    const action = ACTIONS.get(what) ?? 'catalog';
    const name = action === 'catalog' ? '' : path.gun;
    const { subject, tokenId } = await this.#options.door.authorize(request, name, action);
    this.#admitted.set(request, { path, by: { subject, tokenId } });
  }

  /** Undefined for a request that was routed elsewhere. */
  pathOf(request: FastifyRequest): Matched | undefined {
    return this.#admitted.get(request)?.path;
  }

  async handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const admitted = this.#admitted.get(request);
    if (admitted === undefined) throw new Error('a request was routed that nobody let in');
    const { path } = admitted;
    if (path.kind === 'unclean') return reply.code(301).header('location', encodeURI(path.clean)).send();
    switch (`${request.method} ${path.kind}`) {
      case 'GET ping':
        return reply.header('content-type', 'text/plain; charset=utf-8').send('{}');
      case 'GET current':
      case 'GET hash':
      case 'GET version':
      case 'HEAD current':
      case 'HEAD hash':
      case 'HEAD version':
        return this.#read(request, path, reply);
      case 'GET key':
        return sendKey(reply, await this.#options.repositories.key(gunOf(path), onlineRole(path)));
      case 'POST key':
        return this.#rotate(admitted, reply);
      case 'POST repository':
        return this.#upload(request, admitted, reply);
      case 'DELETE repository':
        return this.#delete(admitted, reply);
      case 'GET changes':
        return this.#changes(request, reply, gunOf(path));
      case 'GET allChanges':
        return this.#changes(request, reply, undefined);
      default:
        return sendWireError(reply, UNROUTED);
    }
  }

  async #read(request: FastifyRequest, path: Matched, reply: FastifyReply): Promise<FastifyReply> {
    const document = await this.#find(path, gunOf(path));
    if (document === undefined) throw new WritError('NOTARY_UNKNOWN', 'there is no such metadata');
    const etag = `"${document.sha256}"`;
    void reply
      .headers(cachingOf(path, this.#options.maxAge))
      .header('last-modified', document.lastModified.toUTCString().replace(/GMT$/, 'UTC'))
      .header('etag', etag);
    if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.header('content-type', 'text/plain; charset=utf-8').send(document.bytes);
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

  async #rotate({ path, by }: Admitted, reply: FastifyReply): Promise<FastifyReply> {
    const gun = parseGun(path.gun);
    const key = await this.#options.repositories.rotateKey(gun, onlineRole(path), by);
    this.#options.changed?.({ gun, action: 'rotate-key', by, roles: [path.role] });
    return sendKey(reply, key);
  }

  async #delete({ path, by }: Admitted, reply: FastifyReply): Promise<FastifyReply> {
    const gun = parseGun(path.gun);
    await this.#options.repositories.delete(gun, by);
    this.#options.changed?.({ gun, action: 'delete', by, roles: [] });
    return reply.code(200).send();
  }

  async #upload(request: FastifyRequest, { path, by }: Admitted, reply: FastifyReply): Promise<FastifyReply> {
    const gun = parseGun(path.gun);
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    const upload = await readUpload(request.headers['content-type'] ?? '', body);
    await this.#options.repositories.upload(gun, upload, by).catch((error: unknown) => {
      throw reasonOfRefusal(upload, error);
    });
    this.#options.changed?.({ gun, action: 'publish', by, roles: [...upload.keys()] });
    return reply.code(200).send();
  }

  async #changes(request: FastifyRequest, reply: FastifyReply, gun: Gun | undefined): Promise<FastifyReply> {
    const query = queryOf(request);
    const from = integerOf('change_id', query.get('change_id') ?? '', 0);
    const records = integerOf('records', query.get('records') ?? '') || PAGE;
    const bounded = Math.max(-MAX_PAGE, Math.min(MAX_PAGE, records));
    const changes = await this.#options.repositories.changes({ gun, from, records: bounded });
    return reply.header('content-type', 'text/plain; charset=utf-8').send(
      JSON.stringify({
        count: changes.length,
        records: changes.length === 0 ? null : changes.map(writeChange),
      }),
    );
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

const writeChange = ({ id, at, gun, version, sha256, category }: Change): object => ({
  ID: String(id),
  CreatedAt: at.toISOString(),
  GUN: gun,
  Version: version,
  SHA256: sha256,
  Category: category,
});
