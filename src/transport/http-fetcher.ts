import { WritError } from '../errors.js';
import type { Fetcher } from '../tuf/ports.js';
import { encodeComponent, metadataFile, targetComponents } from './encode-path.js';
import { httpRequest } from './http.js';
import type { HttpClient, TlsOptions } from './http-types.js';

export interface HttpFetcherOptions {
  /** Where `timestamp.json` lies; a slash at the end does not matter. */
  readonly metadataUrl: string;
  /** Where targets lie. */
  readonly targetsUrl: string;
  readonly tls?: TlsOptions;
  /** The most milliseconds for one file. Default 60,000. */
  readonly timeoutMs?: number;
  readonly http?: HttpClient;
}

/** The files of one repository over HTTP. Only the status 404 means absent: everything else is a failure. */
export class HttpFetcher implements Fetcher {
  readonly #options: HttpFetcherOptions;
  readonly #metadataUrl: string;
  readonly #targetsUrl: string;

  constructor(options: HttpFetcherOptions) {
    this.#options = options;
    this.#metadataUrl = options.metadataUrl.replace(/\/+$/, '');
    this.#targetsUrl = options.targetsUrl.replace(/\/+$/, '');
  }

  /** The fetcher of a repository that is served at `url`: `<service>/tuf/<repository>`. */
  static at(url: string, options: Omit<HttpFetcherOptions, 'metadataUrl' | 'targetsUrl'> = {}): HttpFetcher {
    const base = url.replace(/\/+$/, '');
    return new HttpFetcher({ ...options, metadataUrl: `${base}/metadata`, targetsUrl: `${base}/targets` });
  }

  /** @param name - file name with the role name as it is: `2.root.json`, `5.a/b.json` */
  async metadata(name: string, maxBytes: number): Promise<Uint8Array | null> {
    return this.#get(`${this.#metadataUrl}/${metadataFile(name)}`, maxBytes);
  }

  /** @param path - the path on the wire, hash prefix included */
  async target(path: string, maxBytes: number): Promise<Uint8Array | null> {
    const encoded = targetComponents(path).map(encodeComponent).join('/');
    return this.#get(`${this.#targetsUrl}/${encoded}`, maxBytes);
  }

  async #get(url: string, maxBytes: number): Promise<Uint8Array | null> {
    const { http = httpRequest, tls, timeoutMs } = this.#options;
    const response = await http({
      url,
      maxBytes,
      ...(tls === undefined ? {} : { tls }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    if (response.status === 404) return null;
    if (response.status === 200) return response.body;
    throw new WritError('FETCH_STATUS', `${url} answered with status ${response.status}`, {
      details: { status: response.status },
    });
  }
}
