/** Who may write. A token that is presented is always verified; without one only this machine may, where so configured. */
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { WritError } from '../errors.js';
import { may, type Principal, type TokenAction, type TokenAuthority } from '../repository/tokens.js';

/** What the caller may do: of a good token, or everything for a caller on this machine. */
export type Caller =
  { readonly kind: 'token'; readonly principal: Principal } | { readonly kind: 'loopback' };

export interface AuthOptions {
  readonly mode: 'token' | 'loopback';
  readonly tokens: TokenAuthority;
}

/** Says who calls. @throws WritError TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED */
export type Authenticate = (request: FastifyRequest) => Promise<Caller>;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');

/** True iff `address` is an IP address of this machine's loopback. */
export function isLoopbackAddress(address: string): boolean {
  if (isIPv4(address)) return LOOPBACK.check(address, 'ipv4');
  return isIPv6(address) && LOOPBACK.check(address, 'ipv6');
}

export function createAuthenticator({ mode, tokens }: AuthOptions): Authenticate {
  return async request => {
    const token = bearerToken(request.headers);
    if (token !== undefined) return { kind: 'token', principal: await tokens.verify(token) };
    if (mode === 'loopback' && isLocalCaller(request)) return { kind: 'loopback' };
    throw new WritError('TOKEN_MISSING', 'the call needs a bearer token');
  };
}

/** @throws WritError TOKEN_SCOPE */
export function authorize(caller: Caller, action: TokenAction, name: string): void {
  if (caller.kind === 'loopback' || may(caller.principal, action, name)) return;
  throw new WritError('TOKEN_SCOPE', `the token of ${caller.principal.subject} may not ${action} ${name}`, {
    details: { subject: caller.principal.subject, action, name },
  });
}

/** RFC 6750 §2.1; another scheme than Bearer is a wrong token, not none. */
function bearerToken({ authorization }: IncomingHttpHeaders): string | undefined {
  if (authorization === undefined) return undefined;
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)?.[1];
  if (token !== undefined) return token;
  throw new WritError('TOKEN_INVALID', 'the Authorization header holds no bearer token');
}

/**
 * Both ends are on this machine, and nothing says that another asked it to: a browser names the page's Origin, a
 * proxy the client that it forwards for.
 */
function isLocalCaller({ raw, headers }: FastifyRequest): boolean {
  const { remoteAddress = '', localAddress = '' } = raw.socket;
  if (!isLoopbackAddress(remoteAddress) || !isLoopbackAddress(localAddress)) return false;
  return ['origin', 'forwarded', 'x-forwarded-for', 'via'].every(name => headers[name] === undefined);
}
