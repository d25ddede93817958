/** The built-in token server over HTTP. distribution.github.io, "Token Authentication Specification" and "OAuth2". */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TokenServer } from '../../access/open.js';
import type { DeskRequest } from '../../access/token-desk.js';
import { readBasic, readScopes } from '../../access/token-request.js';
import { WritError } from '../../errors.js';
import { toFailure } from '../failures.js';
import type { ServiceLog } from '../log.js';
import { queryOf } from '../routes/body.js';
import { sendWireError } from './envelope.js';

/** Where clients get tokens. */
export const TOKEN_PATH = '/v1/notary/token';
/** A token of an issuer, and a hundred scopes. */
const MAX_FORM = 128 * 1024;
const FORM = 'application/x-www-form-urlencoded';

export function tokenRoutes(app: FastifyInstance, server: TokenServer, log: ServiceLog): void {
  void app.register(scope => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(FORM, { parseAs: 'buffer', bodyLimit: MAX_FORM }, (_request, body, done) => {
      done(null, body);
    });
    scope.setErrorHandler((error, request, reply) => fail(request, reply, error, log));
    const give = async (
      request: FastifyRequest,
      reply: FastifyReply,
      asked: DeskRequest,
    ): Promise<FastifyReply> => {
      const { token, expiresIn, issuedAt, subject, service, access } = await server.desk.answer(asked);
      log.event('info', 'a token was given', { subject, service, access, address: request.ip });
      return reply
        .header('content-type', 'application/json')
        .header('cache-control', 'no-store')
        .send(
          JSON.stringify({
            token,
            access_token: token,
            expires_in: expiresIn,
            issued_at: issuedAt.toISOString(),
          }),
        );
    };
    scope.get(TOKEN_PATH, (request, reply) => give(request, reply, asked(request)));
    scope.post(TOKEN_PATH, (request, reply) => give(request, reply, askedByForm(request)));
    scope.get(`${TOKEN_PATH}/certificate.pem`, (_request, reply) =>
      reply.header('content-type', 'application/x-pem-file').send(server.certificate),
    );
    scope.get(`${TOKEN_PATH}/jwks.json`, (_request, reply) =>
      reply.header('content-type', 'application/json').send(JSON.stringify(server.jwks)),
    );
    return Promise.resolve();
  });
}

/** `account`, `client_id` and `offline_token` say nothing that the login does not: they are not read. */
function asked({ headers, raw, ip }: FastifyRequest): DeskRequest {
  const query = queryOf(raw.url ?? '');
  return {
    password: readBasic(headers.authorization),
    bearer: /^Bearer +([^ ]+)$/i.exec(headers.authorization ?? '')?.[1],
    service: query.get('service') ?? '',
    scopes: readScopes(query.getAll('scope')),
    address: ip,
  };
}

/** OAuth 2.0's grant by password, RFC 6749 §4.3; there are no refresh tokens. */
function askedByForm(request: FastifyRequest): DeskRequest {
  const body = request.body instanceof Uint8Array ? Buffer.from(request.body).toString('utf8') : '';
  const form = new URLSearchParams(body);
  if (form.get('grant_type') !== 'password')
    throw new WritError('ACCESS_REQUEST', 'the only grant type is password');
  return {
    password: { name: form.get('username') ?? '', password: form.get('password') ?? '' },
    bearer: undefined,
    service: form.get('service') ?? '',
    scopes: readScopes(form.getAll('scope')),
    address: request.ip,
  };
}

function fail(request: FastifyRequest, reply: FastifyReply, error: unknown, log: ServiceLog): FastifyReply {
  const failure = toFailure(error);
  const { status, code, message, details } = failure;
  log.event(status < 500 ? 'warn' : 'error', `no token was given: ${message}`, { code, address: request.ip });
  if (status === 401) void reply.header('www-authenticate', 'Basic realm="writ"');
  if (typeof details['retryAfter'] === 'number') void reply.header('retry-after', details['retryAfter']);
  if (status === 401) return sendWireError(reply, { status, code: 'UNAUTHORIZED', message });
  const named = status === 429 ? 'TOOMANYREQUESTS' : 'UNKNOWN';
  return sendWireError(reply, { status, code: named, message: status < 500 ? message : 'unknown error' });
}
