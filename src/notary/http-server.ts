/** A Notary server over HTTP: its routes, its logins, its errors. NOTARY-WIRE §1.1, §1.3 to §1.6. */
import { randomBytes } from 'node:crypto';
import { isWritError, WritError } from '../errors.js';
import { answerChallenge } from '../registry/auth.js';
import type { Credentials } from '../registry/types.js';
import { encodeComponent } from '../transport/encode-path.js';
import type { HttpClient, HttpRequest, HttpResponse, TlsOptions } from '../transport/http-types.js';
import type { Gun } from '../tuf/notary/names.js';
import type { RoleName } from '../tuf/role-name.js';
import { rejection } from './rejection.js';
import type { NotaryLog } from './log.js';
import { offlineServer, type NotaryServer, type ServerRole } from './server.js';

/** What is asked of the token service: reading, publishing, or rotating keys of the server and deleting. */
export type NotaryAccess = 'pull' | 'push,pull' | '*';

export interface NotaryServerOptions {
  /** `https://host:port`, maybe with a path. */
  readonly url: string;
  readonly gun: Gun;
  readonly access: NotaryAccess;
  readonly http: HttpClient;
  readonly tls?: TlsOptions | undefined;
  /** Asked when the server wants to know who it is; reads try without first. */
  readonly credentials: () => Promise<Credentials | undefined>;
  readonly log: NotaryLog;
}

const MAX_ANSWER = 64 * 1024;
const MAX_KEY = 256 * 1024;
const PING_MS = 5_000;

/**
 * Asks whether a Notary server is there, as Notary's own client does.
 *
 * @returns the server; one that is off line when nothing like a Notary server answers, which is logged
 * @throws WritError NOTARY_URL for what is no URL of a server
 */
export async function connect(options: NotaryServerOptions): Promise<NotaryServer> {
  const { url, log } = options;
  const host = hostOf(url);
  const base = url.replace(/\/+$/, '');
  try {
    const ping = await options.http({
      ...common(options),
      url: `${base}/v2/`,
      maxBytes: MAX_ANSWER,
      timeoutMs: PING_MS,
    });
    const isServer = (ping.status >= 200 && ping.status < 300) || ping.status === 401;
    if (isServer) return new HttpServer(options, base, host, ping.headers.get('www-authenticate'));
    log('error', `could not reach ${url}: ${ping.status}`);
  } catch (error) {
    log('error', `could not reach ${url}: ${error instanceof Error ? error.message : String(error)}`);
  }
  log('info', 'continuing in offline mode');
  return offlineServer(host);
}

/** @throws WritError NOTARY_URL */
function hostOf(url: string): string {
  if (/^https?:\/\/[^/]/i.test(url) && URL.canParse(url)) return new URL(url).host;
  throw new WritError(
    'NOTARY_URL',
    `Trust server url has to be in the form of http(s)://URL:PORT. Got: ${url.slice(0, 200)}`,
  );
}

const common = ({ tls }: NotaryServerOptions): { tls?: TlsOptions } => (tls === undefined ? {} : { tls });

type Request = Omit<HttpRequest, 'tls' | 'maxBytes'> & { readonly maxBytes?: number };

class HttpServer implements NotaryServer {
  readonly host: string;
  readonly #options: NotaryServerOptions;
  /** With a slash at the end. */
  readonly #base: string;
  /** Of the answer to the ping. */
  readonly #challenge: string | undefined;
  #authorization: string | undefined;

  constructor(options: NotaryServerOptions, base: string, host: string, challenge: string | undefined) {
    const gun = options.gun.split('/').map(encodeComponent).join('/').replaceAll('%3A', ':');
    this.host = host;
    this.#options = options;
    this.#base = `${base}/v2/${gun}/_trust/tuf/`;
    this.#challenge = challenge;
  }

  async get(name: string, maxBytes: number): Promise<Uint8Array | null> {
    const answer = await this.#send({ url: `${this.#base}${name}.json`, maxBytes });
    return answer.status === 404 ? null : checked(answer).body;
  }

  async key(role: ServerRole): Promise<Uint8Array> {
    return checked(await this.#send({ url: `${this.#base}${role}.key`, maxBytes: MAX_KEY })).body;
  }

  async rotateKey(role: ServerRole): Promise<Uint8Array> {
    const url = `${this.#base}${role}.key`;
    return checked(await this.#send({ method: 'POST', url, body: new Uint8Array(), maxBytes: MAX_KEY })).body;
  }

  async publish(documents: ReadonlyMap<RoleName, Uint8Array>): Promise<void> {
    const boundary = randomBytes(30).toString('hex');
    checked(
      await this.#send({
        method: 'POST',
        url: this.#base,
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
        body: multipart(documents, boundary),
      }),
    );
  }

  async remove(): Promise<void> {
    checked(await this.#send({ method: 'DELETE', url: this.#base }));
  }

  /** Sends a request, and logs in where the server wants it; reads try as nobody first. */
  async #send(request: Request): Promise<HttpResponse> {
    if (this.#challenge === undefined || this.#authorization !== undefined) {
      const answer = await this.#once(request, this.#authorization);
      if (answer.status !== 401) return answer;
      return (await this.#loggedIn(request, answer.headers.get('www-authenticate'))) ?? answer;
    }
    const answer = await this.#loggedIn(request, this.#challenge);
    return answer ?? this.#once(request, undefined);
  }

  /** @returns undefined when nobody can be said to be there */
  async #loggedIn(request: Request, challenge: string | undefined): Promise<HttpResponse | undefined> {
    let answer: HttpResponse | undefined;
    const ways = this.#options.access === 'pull' ? [false, true] : [true];
    for (const withName of ways) {
      const credentials = withName ? await this.#options.credentials() : undefined;
      if (withName && credentials === undefined && ways.length > 1) break;
      const authorization = await this.#authorize(challenge, credentials);
      if (authorization === undefined) continue;
      answer = await this.#once(request, authorization);
      if (answer.status === 401) continue;
      this.#authorization = authorization;
      return answer;
    }
    return answer;
  }

  async #authorize(
    challenge: string | undefined,
    credentials: Credentials | undefined,
  ): Promise<string | undefined> {
    const { url, gun, access, http } = this.#options;
    try {
      return await answerChallenge(challenge, {
        http: request => http({ ...common(this.#options), ...request }),
        host: this.host,
        scope: `repository:${gun}:${access}`,
        credentials,
        plainHttp: /^http:/i.test(url),
        nameAccount: true,
      });
    } catch (error) {
      if (isWritError(error, 'REGISTRY_DENIED')) return undefined;
      if (isWritError(error, 'REGISTRY_ANSWER'))
        throw new WritError('NOTARY_DENIED', error.message, { cause: error });
      throw error;
    }
  }

  async #once(request: Request, authorization: string | undefined): Promise<HttpResponse> {
    try {
      return await this.#options.http({
        maxBytes: MAX_ANSWER,
        ...common(this.#options),
        ...request,
        headers: { ...request.headers, ...(authorization !== undefined && { authorization }) },
      });
    } catch (error) {
      if (isWritError(error, 'FETCH_TOO_LARGE')) {
        throw new WritError('NOTARY_SERVER', 'trust server returned a bad response', { cause: error });
      }
      throw error;
    }
  }
}

/** @throws WritError NOTARY_DENIED, NOTARY_VERSION, NOTARY_REJECTED, NOTARY_SERVER */
function checked(answer: HttpResponse): HttpResponse {
  if (answer.status === 200) return answer;
  throw rejection(answer.status, answer.body);
}

/** The body of an upload: one file for each role. RFC 7578; role names need no escaping. */
function multipart(documents: ReadonlyMap<RoleName, Uint8Array>, boundary: string): Uint8Array {
  const parts = Array.from(documents, ([role, bytes]) =>
    Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="${role}"\r\n` +
          'Content-Type: application/octet-stream\r\n\r\n',
      ),
      bytes,
      Buffer.from('\r\n'),
    ]),
  );
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
}
