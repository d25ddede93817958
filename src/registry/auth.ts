import { WritError } from '../errors.js';
import { asObject } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import { member } from '../json/types.js';
import { parseChallenge, type Challenge } from './challenge.js';
import type { Credentials, RegistryHttp } from './types.js';

const MAX_TOKEN_ANSWER = 64 * 1024;

export interface AuthRequest {
  readonly http: RegistryHttp;
  /** The registry host as the reference names it. */
  readonly host: string;
  /** `repository:<path>:pull` */
  readonly scope: string;
  readonly credentials: Credentials | undefined;
  readonly plainHttp: boolean;
  /** Tells the token service the user's name, as docker and notary do. */
  readonly nameAccount?: boolean;
}

/**
 * The Authorization header that answers a registry's challenge: a token from the realm that it names (anonymous, or
 * with credentials), or the credentials themselves.
 * https://distribution.github.io/distribution/spec/auth/token/
 *
 * @param header - WWW-Authenticate of the 401
 * @throws WritError REGISTRY_DENIED, REGISTRY_ANSWER
 */
export async function answerChallenge(header: string | undefined, request: AuthRequest): Promise<string> {
  const challenge = parseChallenge(header ?? '');
  if (challenge?.scheme === 'bearer') return `Bearer ${await fetchToken(challenge, request)}`;
  if (challenge?.scheme !== 'basic') {
    throw new WritError(
      'REGISTRY_ANSWER',
      `the registry ${request.host} asks for neither a token nor a password`,
    );
  }
  if (request.credentials === undefined) {
    throw new WritError(
      'REGISTRY_DENIED',
      `the registry ${request.host} asks for a password, and there is none`,
    );
  }
  return basic(request.credentials);
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function fetchToken(challenge: Challenge, request: AuthRequest): Promise<string> {
  const url = tokenUrl(challenge, request);
  const { credentials, host } = request;
  const response = await request.http({
    url,
    maxBytes: MAX_TOKEN_ANSWER,
    headers: credentials === undefined ? {} : { authorization: basic(credentials) },
  });
  if (response.status === 401 || response.status === 403) {
    const who = credentials === undefined ? 'anonymous callers' : 'these credentials';
    throw new WritError('REGISTRY_DENIED', `the token service of ${host} refuses ${who}`);
  }
  const token = response.status === 200 ? readToken(response.body) : undefined;
  if (token === undefined) {
    throw new WritError('REGISTRY_ANSWER', `the token service of ${host} answered with no token`, {
      details: { status: response.status },
    });
  }
  return token;
}

/** The realm must be https (http only for a registry that is itself reached by http): a password may go there. */
function tokenUrl(challenge: Challenge, request: AuthRequest): string {
  const { host, scope, plainHttp, credentials, nameAccount = false } = request;
  const realm = challenge.parameters.get('realm') ?? '';
  const scheme = plainHttp ? /^https?:\/\/[^@]+$/i : /^https:\/\/[^@]+$/i;
  if (!scheme.test(realm) || !URL.canParse(realm)) {
    throw new WritError('REGISTRY_ANSWER', `the registry ${host} names a token service that is no https URL`);
  }
  const url = new URL(realm);
  const service = challenge.parameters.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', scope);
  if (nameAccount && credentials !== undefined) url.searchParams.set('account', credentials.username);
  url.hash = '';
  return url.href;
}

/** `token`, or `access_token` for OAuth 2 compatibility; printable ASCII, or it could not be a header. */
function readToken(body: Uint8Array): string | undefined {
  try {
    const answer = asObject(parseStrict(body, { maxBytes: MAX_TOKEN_ANSWER, numbers: 'any' }), 'answer');
    const token = member(answer, 'token') ?? member(answer, 'access_token');
    return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
  } catch {
    return undefined; // The caller says which service it was; its body may hold a secret.
  }
}
