/** Who may do what on the Notary wire. Without settings reading is open, and writing needs one of the service's tokens. */
import type { FastifyRequest } from 'fastify';
import { isWritError, WritError } from '../../errors.js';
import { CATALOG, type ResourceActions } from '../../access/scope.js';
import { authorize, type Authenticate } from '../auth.js';

/** `manage` takes a repository away or changes its keys; `catalog` is about all of them. */
export type NotaryAction = 'read' | 'key' | 'publish' | 'manage' | 'catalog';

/** Who was let in, for logs. */
export interface NotaryCaller {
  /** Empty for nobody. */
  readonly subject: string;
  /** The id of the token; empty without one. */
  readonly tokenId: string;
}

export interface NotaryDoor {
  /**
   * @param gun - the repository; empty for `catalog`
   * @throws WritError TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_SCOPE; ACCESS_ISSUER
   */
  authorize(request: FastifyRequest, gun: string, action: NotaryAction): Promise<NotaryCaller>;
  /** The header `WWW-Authenticate` of the answer to such a failure. */
  challenge(request: FastifyRequest, failure: WritError): string;
}

export const NOBODY: NotaryCaller = { subject: '', tokenId: '' };

/**
 * The door with tokens as `writ token issue` makes them: `push` may publish, `create` may also rotate keys and delete.
 */
export function basicDoor(authenticate: Authenticate): NotaryDoor {
  return {
    authorize: async (request, gun, action) => {
      if (action !== 'publish' && action !== 'manage') return NOBODY;
      const caller = await authenticate(withBearer(request));
      authorize(caller, action === 'publish' ? 'push' : 'create', gun);
      return caller.kind === 'token' ? caller.principal : { subject: 'loopback', tokenId: '' };
    },
    challenge: () => 'Basic realm="writ"',
  };
}

/** Notary's client can send a password, not a token of its own: with `Basic`, the password is the token. */
function withBearer(request: FastifyRequest): FastifyRequest {
  const basic = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic === undefined) return request;
  const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(basic, 'base64').toString('utf8')) ?? [];
  if (password === undefined) throw new WritError('TOKEN_INVALID', 'the credentials hold no password');
  request.headers.authorization = `Bearer ${password}`;
  return request;
}

const ACTIONS: Readonly<Record<Exclude<NotaryAction, 'catalog'>, readonly string[]>> = {
  read: ['pull'],
  key: ['push', 'pull'],
  publish: ['push', 'pull'],
  manage: ['*'],
};

/** What a token must allow, as notary-server asks for it. */
export const neededFor = (gun: string, action: NotaryAction): ResourceActions =>
  action === 'catalog' ? CATALOG : { type: 'repository', name: gun, actions: ACTIONS[action] };

/** What a failure says that it needed, one entry for each action: notary-server's clients print it. */
export function detailOf(failure: WritError): { Type: string; Class: ''; Name: string; Action: string }[] {
  const { type, name, actions } = failure.details as Partial<ResourceActions>;
  if (type === undefined || name === undefined) return [];
  return (actions ?? []).map(Action => ({ Type: type, Class: '', Name: name, Action }));
}

/** The same failure, with what was needed in its details. */
export function needing(failure: unknown, { type, name, actions }: ResourceActions): unknown {
  if (!isWritError(failure) || (failure.status !== 401 && failure.status !== 403)) return failure;
  return new WritError(failure.code, failure.message, { cause: failure, details: { type, name, actions } });
}
