import { WritError } from '../errors.js';
import { exchange } from './http-exchange.js';
import { parseTarget, type RequestTarget } from './http-url.js';
import type { HttpRequest, HttpResponse } from './http-types.js';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** What belongs to the origin that was asked, and stays behind when a redirect leads elsewhere. */
const ORIGIN_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization']);

/**
 * One request over HTTP or HTTPS, bounded in bytes, time and redirects. Any status is an answer; a failure is an
 * error. Redirects are followed for GET and HEAD, never from https to http; credentials and client certificates do
 * not follow to another origin.
 *
 * @throws WritError FETCH_URL, FETCH_UNREACHABLE, FETCH_TLS, FETCH_TIMEOUT, FETCH_TOO_LARGE, FETCH_ENCODING,
 *   FETCH_REDIRECT
 */
export async function httpRequest(request: HttpRequest): Promise<HttpResponse> {
  const deadline = performance.now() + (request.timeoutMs ?? 60_000);
  let current = request;
  for (let redirects = 0; ; redirects++) {
    const target = parseTarget(current.url);
    const response = await exchange(current, target, deadline);
    const location = response.headers.get('location');
    if (!REDIRECTS.has(response.status) || location === undefined) return response;
    if (redirects >= (request.maxRedirects ?? 5)) throw refused(target, 'redirects too often');
    current = follow(current, target, location);
  }
}

function follow(request: HttpRequest, from: RequestTarget, location: string): HttpRequest {
  if (!READS.has(request.method ?? 'GET')) throw refused(from, 'redirects a write');
  const url = resolve(from, location);
  const to = parseTarget(url);
  if (from.secure && !to.secure) throw refused(from, 'redirects from https to http');
  if (to.origin === from.origin) return { ...request, url };
  const { tls, ...rest } = request;
  const headers = Object.fromEntries(
    Object.entries(request.headers ?? {}).filter(([name]) => !ORIGIN_HEADERS.has(name.toLowerCase())),
  );
  const trust = tls?.ca === undefined ? {} : { tls: { ca: tls.ca } };
  return { ...rest, ...trust, url, headers };
}

function resolve(from: RequestTarget, location: string): string {
  try {
    const url = new URL(location, from.origin + from.path);
    url.hash = '';
    return url.href;
  } catch (cause) {
    throw new WritError('FETCH_REDIRECT', `${from.shown} redirects to something that is no URL`, { cause });
  }
}

function refused(from: RequestTarget, what: string): WritError {
  return new WritError('FETCH_REDIRECT', `${from.shown} ${what}`);
}
