/** Who the other side must prove to be, and who we say we are. PEM texts. */
export interface TlsOptions {
  /** The authorities that may vouch for the server; the system's when absent. */
  readonly ca?: string | Uint8Array;
  /** Our certificate chain and its private key, for a server that asks for one. */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  /** Takes whoever answers for the server. Only for who asked for exactly that; absent is no. */
  readonly skipVerification?: boolean;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Absolute, http or https, no user or password; the path is sent as written, dot segments included. */
  readonly url: string;
  /** Names in any case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** The most bytes of body, both on the wire and after content decoding. */
  readonly maxBytes: number;
  /** The most milliseconds for everything, redirects included. Default 60,000. */
  readonly timeoutMs?: number;
  /** The most milliseconds without a byte. Default 15,000. */
  readonly idleTimeoutMs?: number;
  /** The most redirects that are followed, GET and HEAD only. Default 5. */
  readonly maxRedirects?: number;
  readonly tls?: TlsOptions;
}

export interface HttpResponse {
  readonly status: number;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** Names in lower case; a repeated header is joined with `, `. */
  readonly headers: ReadonlyMap<string, string>;
  /** The body after content decoding. */
  readonly body: Uint8Array;
}

/** A function that makes one request; `httpRequest` is the one over the network. */
export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>;
