/** What every route of the write API does with a request. */
import type { FastifyRequest } from 'fastify';
import { toWritError } from '../../errors.js';
import { parseRepositoryName, type RepositoryName } from '../../image/repository-name.js';
import { parseStrict } from '../../json/strict.js';
import type { JsonValue } from '../../json/types.js';
import type { TokenAction } from '../../repository/tokens.js';
import { authorize, type Authenticate, type Caller } from '../auth.js';
import type { Metrics, WriteAction } from '../metrics.js';
import { rawComponents } from '../raw-path.js';

/** Knows who calls: before the body is read, since who may not write does not get to send 48 MiB. */
export class Gate {
  readonly #authenticate: Authenticate;
  readonly #callers = new WeakMap<FastifyRequest, Caller>();

  constructor(authenticate: Authenticate) {
    this.#authenticate = authenticate;
  }

  /** A hook that says who calls. @throws WritError TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED */
  readonly known = async (request: FastifyRequest): Promise<void> => {
    this.#callers.set(request, await this.#authenticate(request));
  };

  /** A hook for callers who may push to the repository of the path. @throws WritError as known, TOKEN_SCOPE */
  readonly mayPush = async (request: FastifyRequest): Promise<void> => {
    await this.known(request);
    this.allow(request, 'push', nameIn(request));
  };

  /** @throws WritError TOKEN_SCOPE */
  allow(request: FastifyRequest, action: TokenAction, name: RepositoryName): void {
    const caller = this.#callers.get(request);
    if (caller === undefined) throw new Error('a write was routed without authentication');
    authorize(caller, action, name);
  }
}

/** Does a write and counts how it ended. */
export async function counted<R>(metrics: Metrics, action: WriteAction, write: () => Promise<R>): Promise<R> {
  try {
    const done = await write();
    metrics.written(action, 'ok');
    return done;
  } catch (error) {
    metrics.written(action, toWritError(error).code);
    throw error;
  }
}

/** `/v1/repositories/{name}/…` @throws WritError IMAGE_REPOSITORY_NAME, SERVER_PATH */
export function nameIn(request: FastifyRequest): RepositoryName {
  return parseRepositoryName(rawComponents(request.raw.url ?? '')[2] ?? '');
}

/** The body as strict JSON. @throws WritError JSON_* */
export function readJson(request: FastifyRequest, maxBytes: number): JsonValue {
  const { body } = request;
  return parseStrict(body instanceof Uint8Array ? body : new Uint8Array(0), { maxBytes });
}

/** The query as it came, each value decoded once. */
export function queryOf(url: string): URLSearchParams {
  const mark = url.indexOf('?');
  return new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
}
