/**
 * What the signer answers, to callers with a certificate:
 *
 *   GET  /v1/signer/keys?repository=NAME                  → {snapshot, timestamp}: the public keys
 *   POST /v1/signer/sign  {repository, role, payload: base64 of the canonical signed part} → {keyid, sig: hex}
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { WritError } from '../../errors.js';
import { parseRepositoryName } from '../../image/repository-name.js';
import { asObject, stringAt } from '../../json/read.js';
import { parseStrict } from '../../json/strict.js';
import { MAX_SIGNER_BODY } from '../../transport/remote-signer.js';
import { parseRoleName } from '../../tuf/role-name.js';
import { callerName } from '../servers.js';
import type { SigningDesk } from './desk.js';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function signerRoutes(app: FastifyInstance, desk: SigningDesk): void {
  app.get<{ Querystring: { repository?: unknown } }>('/v1/signer/keys', async ({ query }) => {
    const { repository } = query;
    if (typeof repository !== 'string')
      throw new WritError('SERVER_REQUEST', 'the query names no repository');
    return desk.keys(parseRepositoryName(repository));
  });

  app.post('/v1/signer/sign', request => {
    const body = asObject(parseStrict(bodyOf(request), { maxBytes: MAX_SIGNER_BODY }), 'request');
    return desk.sign({
      caller: callerName(request.raw.socket),
      repository: parseRepositoryName(stringAt(body, 'repository', 'request')),
      role: parseRoleName(stringAt(body, 'role', 'request')),
      payload: readBase64(stringAt(body, 'payload', 'request')),
    });
  });
}

const bodyOf = ({ body }: FastifyRequest): Uint8Array =>
  body instanceof Uint8Array ? body : new Uint8Array(0);

function readBase64(text: string): Uint8Array {
  if (!BASE64.test(text)) throw new WritError('SERVER_REQUEST', 'request.payload is not base64');
  return new Uint8Array(Buffer.from(text, 'base64'));
}
