import { WritError } from '../errors.js';
import { asObject, arrayAt, integerAt, objectAt, stringAt } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import type { JsonObject } from '../json/types.js';
import type {
  CreateRepositoryRequest,
  PublishRequest,
  PublishResponse,
  RepositoryKeys,
  RepositoryList,
  RepositorySummary,
  Versions,
} from './api-types.js';
import { encodeComponent } from './encode-path.js';
import { httpRequest } from './http.js';
import { isLoopback, parseTarget } from './http-url.js';
import type { HttpClient, HttpResponse, TlsOptions } from './http-types.js';
import { printable, toServerError } from './server-error.js';

export interface ApiClientOptions {
  /** Base URL of the service; a slash at the end does not matter. */
  readonly server: string;
  /** Sent as a bearer token, over TLS or to this machine only. */
  readonly token?: string | undefined;
  readonly tls?: TlsOptions;
  readonly http?: HttpClient;
}

/** The most bytes of an answer of the API. */
const MAX_ANSWER = 4 * 1024 * 1024;
/** Above the time that a service may take to verify, sign and store a large publication. */
const TIMEOUT_MS = 120_000;

/**
 * The write API of a service. A failure that the service reports comes back as the same WritError; what any request
 * may throw besides is that of `httpRequest`, FETCH_ANSWER, FETCH_STATUS and FETCH_PLAINTEXT.
 */
export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #base: string;

  /** @throws WritError FETCH_URL, FETCH_PLAINTEXT when a token would be sent over http to another machine */
  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.#base = options.server.replace(/\/+$/, '');
    const target = parseTarget(this.#base);
    if (options.token !== undefined && !target.secure && !isLoopback(target.hostname)) {
      throw new WritError('FETCH_PLAINTEXT', `the token is not sent to ${target.shown}, which is plain http`);
    }
  }

  /** Every repository that the caller may read. */
  listRepositories(): Promise<RepositoryList> {
    return this.#request('GET', '/v1/repositories', undefined, toList);
  }

  /** The public keys that root must name for snapshot and timestamp of the repository `name`. */
  repositoryKeys(name: string): Promise<RepositoryKeys> {
    return this.#request('GET', `/v1/repositories/${encodeComponent(name)}/keys`, undefined, toKeys);
  }

  createRepository(request: CreateRepositoryRequest): Promise<PublishResponse> {
    return this.#request('POST', '/v1/repositories', request, toPublished);
  }

  /** @throws WritError REPOSITORY_CONFLICT with `details.versions` when `base` is no longer current */
  publish(name: string, request: PublishRequest): Promise<PublishResponse> {
    return this.#request('POST', `/v1/repositories/${encodeComponent(name)}/publish`, request, toPublished);
  }

  async #request<T>(
    method: 'GET' | 'POST',
    path: string,
    body: CreateRepositoryRequest | PublishRequest | undefined,
    read: (answer: JsonObject) => T,
  ): Promise<T> {
    const { token, tls, http = httpRequest } = this.#options;
    const url = this.#base + path;
    const response = await http({
      method,
      url,
      maxBytes: MAX_ANSWER,
      timeoutMs: TIMEOUT_MS,
      idleTimeoutMs: TIMEOUT_MS,
      maxRedirects: 0,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
      ...(tls === undefined ? {} : { tls }),
    });
    if (response.status !== 200 && response.status !== 201) throw toServerError(response, url);
    return readAnswer(response, url, read);
  }
}

function readAnswer<T>(response: HttpResponse, url: string, read: (answer: JsonObject) => T): T {
  try {
    return read(asObject(parseStrict(response.body, { maxBytes: MAX_ANSWER }), 'answer'));
  } catch (cause) {
    const reason = printable(cause instanceof Error ? cause.message : String(cause)) ?? '';
    throw new WritError('FETCH_ANSWER', `${url} answered with something else: ${reason}`, { cause });
  }
}

function toKeys(answer: JsonObject): RepositoryKeys {
  return {
    snapshot: objectAt(answer, 'snapshot', 'answer'),
    timestamp: objectAt(answer, 'timestamp', 'answer'),
  };
}

function toPublished(answer: JsonObject): PublishResponse {
  return { versions: toVersions(objectAt(answer, 'versions', 'answer'), 'answer.versions') };
}

function toVersions(object: JsonObject, path: string): Versions {
  return Object.fromEntries(Object.keys(object).map(role => [role, integerAt(object, role, path)]));
}

function toList(answer: JsonObject): RepositoryList {
  const repositories = arrayAt(answer, 'repositories', 'answer').map((item, i) =>
    toSummary(asObject(item, `answer.repositories[${i}]`), `answer.repositories[${i}]`),
  );
  return { repositories };
}

function toSummary(object: JsonObject, path: string): RepositorySummary {
  const format = stringAt(object, 'format', path);
  if (format !== 'tuf') throw new WritError('JSON_TYPE', `${path}.format must be tuf`);
  const versions = toVersions(objectAt(object, 'versions', path), `${path}.versions`);
  return { name: stringAt(object, 'name', path), format, versions };
}
