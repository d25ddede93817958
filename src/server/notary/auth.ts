/** Who may do what on the Notary wire. Reading is open; writing needs one of the service's tokens. */
import type { FastifyRequest } from 'fastify';
import { WritError } from '../../errors.js';
import type { Gun } from '../../tuf/notary/names.js';
import { authorize, type Authenticate } from '../auth.js';

/** As the scopes of Docker's tokens: `*` is for what takes a repository away or changes its keys. */
export type NotaryAction = 'push' | '*';

/** @throws WritError TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_SCOPE */
export type NotaryAuthorize = (request: FastifyRequest, gun: Gun, action: NotaryAction) => Promise<void>;

/** Tokens as `writ token issue` makes them: `push` may publish, `create` may also rotate keys and delete. */
export function notaryAuthorizer(authenticate: Authenticate): NotaryAuthorize {
  return async (request, gun, action) => {
    const caller = await authenticate(withBearer(request));
    authorize(caller, action === 'push' ? 'push' : 'create', gun);
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

export const CHALLENGE = 'Basic realm="writ"';
