/** Sets of keys (RFC 7517) that tokens are checked with: of a file, or of a URL that is asked again when it must be. */
import type { JWTVerifyGetKey, JSONWebKeySet } from 'jose';
import { readNamedFile } from '../config/named-file.js';
import { reasonOf, WritError } from '../errors.js';
import { httpRequest } from '../transport/http.js';
import type { HttpClient, TlsOptions } from '../transport/http-types.js';

const MAX_KEYS = 256 * 1024;
const TIMEOUT_MS = 5_000;
/** A token that names an unknown key has the keys fetched anew, but no more often than this. */
const COOLDOWN_MS = 30_000;
const MAX_AGE_MS = 600_000;

export interface JwksOptions {
  /** Of the server of the keys; without it, the authorities of the system. */
  readonly tls?: TlsOptions | undefined;
  /** For tests. */
  readonly http?: HttpClient;
}

/** True iff `source` is a URL and not a file. */
export const isUrl = (source: string): boolean => /^https?:\/\//.test(source);

/**
 * Over plain http anybody on the way could put keys of their own in.
 *
 * @throws WritError ACCESS_KEYS for a URL that is neither https nor of this machine; a file is none
 */
export function refuseReadable(source: string): void {
  if (!isUrl(source)) return;
  const { protocol, hostname } = new URL(source);
  if (protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return;
  throw new WritError('ACCESS_KEYS', `${source} is plain http to another machine`);
}

/**
 * Finds the key of a token by its header.
 *
 * @param source - a file, which is read now and once; or a URL, https or of this machine, which is asked when a token
 *   comes, kept for ten minutes, and asked at most every 30 s
 * @throws WritError ACCESS_KEYS; the function throws ACCESS_ISSUER when the keys cannot be fetched
 */
export async function openJwks(source: string, options: JwksOptions = {}): Promise<JWTVerifyGetKey> {
  return isUrl(source) ? remoteKeys(source, options) : localKeys(source);
}

async function localKeys(path: string): Promise<JWTVerifyGetKey> {
  const { createLocalJWKSet } = await import('jose');
  try {
    const { bytes } = await readNamedFile(path, MAX_KEYS);
    return createLocalJWKSet(JSON.parse(Buffer.from(bytes).toString('utf8')) as JSONWebKeySet);
  } catch (cause) {
    throw new WritError('ACCESS_KEYS', `${path} is no set of keys: ${reasonOf(cause)}`, { cause });
  }
}

async function remoteKeys(url: string, { tls, http = httpRequest }: JwksOptions): Promise<JWTVerifyGetKey> {
  const { createRemoteJWKSet, customFetch } = await import('jose');
  return createRemoteJWKSet(new URL(url), {
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: MAX_AGE_MS,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: async (target: string) => {
      const { status, body } = await askIssuer(target, { tls, http });
      return new Response(new Uint8Array(body), { status });
    },
  });
}

/**
 * A document of an issuer, bounded in bytes and time; redirects are not followed.
 *
 * @throws WritError ACCESS_ISSUER
 */
export async function askIssuer(
  url: string,
  { tls, http = httpRequest }: JwksOptions,
): Promise<{ status: number; body: Uint8Array }> {
  const request = { url, maxBytes: MAX_KEYS, timeoutMs: TIMEOUT_MS, maxRedirects: 0, ...(tls && { tls }) };
  try {
    const { status, body } = await http(request);
    if (status === 200) return { status, body };
    throw new Error(`it answers ${status}`);
  } catch (cause) {
    throw new WritError('ACCESS_ISSUER', `${url} cannot be asked: ${reasonOf(cause)}`, { cause });
  }
}
