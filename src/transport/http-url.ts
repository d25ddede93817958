import { WritError } from '../errors.js';

/** An absolute URL, taken apart without changing its path. */
export interface RequestTarget {
  readonly secure: boolean;
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** Path and query as written. */
  readonly path: string;
  /** `https://host:port`: what decides whether credentials may follow a redirect. */
  readonly origin: string;
  /** For messages: no query, since it may carry a signature or token. */
  readonly shown: string;
}

const FORM = /^(https?):\/\/([^/?#]+)([^#]*)$/i;
const MAX_URL = 8192;

/**
 * Takes a URL apart. WHATWG URL parsing would resolve `..` and `%2e%2e` in the path, and so let a target name
 * reach outside of its folder: here the path goes onto the wire as it is, or is refused.
 *
 * @param url - absolute, http or https, printable ASCII, no user and password, no fragment
 * @throws WritError FETCH_URL
 */
export function parseTarget(url: string): RequestTarget {
  const [, scheme = '', authority = '', path = ''] = FORM.exec(url) ?? [];
  if (scheme === '') throw fault('is not an absolute http or https URL without a fragment');
  if (url.length > MAX_URL) throw fault(`is longer than ${MAX_URL} characters`);
  if (authority.includes('@')) throw fault('carries a user or password');
  if (!/^[\x21-\x7e]*$/.test(path)) {
    throw fault('has a space, a control character or a character that is not ASCII in its path');
  }
  return fromParts(scheme, authority, path);
}

function fromParts(scheme: string, authority: string, path: string): RequestTarget {
  const base = parseOrigin(`${scheme}://${authority}`);
  const secure = base.protocol === 'https:';
  const rooted = path.startsWith('/') ? path : `/${path}`;
  return {
    secure,
    hostname: base.hostname.replace(/^\[|\]$/g, ''),
    port: base.port === '' ? (secure ? 443 : 80) : Number(base.port),
    path: rooted,
    origin: base.origin,
    shown: base.origin + (rooted.split('?', 1)[0] ?? ''),
  };
}

function parseOrigin(origin: string): URL {
  try {
    return new URL(origin);
  } catch (cause) {
    throw new WritError('FETCH_URL', 'the URL has a malformed host or port', { cause });
  }
}

/** The URL itself stays out of the message: a refused one may hold a password. */
function fault(what: string): WritError {
  return new WritError('FETCH_URL', `the URL ${what}`);
}

/** True iff `hostname` is this machine: what may receive a secret without TLS. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '::1' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
