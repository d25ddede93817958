/**
 * What the signer answers, to callers with a certificate:
 *
 *   GET  /v1/signer/keys?repository=NAME[&snapshot=N&timestamp=N]
 *                         → {snapshot, timestamp, generations, next}: the public keys of these generations
 *   POST /v1/signer/sign  {repository, role, payload: base64 of the canonical signed part, generation?: N}
 *                         → {keyid, sig: hex}
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bytesOfBase64 } from '../../crypto/base64.js';
import { WritError } from '../../errors.js';
import { parseRepositoryName } from '../../image/repository-name.js';
import { asObject, integerAt, stringAt } from '../../json/read.js';
import { parseStrict } from '../../json/strict.js';
import { member } from '../../json/types.js';
import type { OnlineGenerations } from '../../repository/online-keys.js';
import { MAX_SIGNER_BODY } from '../../transport/remote-signer.js';
import { parseRoleName } from '../../tuf/role-name.js';
import { callerName } from '../servers.js';
import type { SigningDesk } from './desk.js';

export function signerRoutes(app: FastifyInstance, desk: SigningDesk): void {
  app.get<{ Querystring: KeysQuery }>('/v1/signer/keys', async ({ query }) => {
    const { repository } = query;
    if (typeof repository !== 'string')
      throw new WritError('SERVER_REQUEST', 'the query names no repository');
    return desk.keys(parseRepositoryName(repository), readGenerations(query));
  });

  app.post('/v1/signer/sign', request => {
    const body = asObject(parseStrict(bodyOf(request), { maxBytes: MAX_SIGNER_BODY }), 'request');
    return desk.sign({
      caller: callerName(request.raw.socket),
      repository: parseRepositoryName(stringAt(body, 'repository', 'request')),
      role: parseRoleName(stringAt(body, 'role', 'request')),
      payload: readBase64(stringAt(body, 'payload', 'request')),
      generation:
        member(body, 'generation') === undefined ? undefined : integerAt(body, 'generation', 'request', 1),
    });
  });
}

interface KeysQuery {
  readonly repository?: unknown;
  readonly snapshot?: unknown;
  readonly timestamp?: unknown;
}

const NUMBER = /^[1-9][0-9]{0,8}$/;

function readGenerations({ snapshot, timestamp }: KeysQuery): OnlineGenerations | undefined {
  if (snapshot === undefined && timestamp === undefined) return undefined;
  if (isNumber(snapshot) && isNumber(timestamp))
    return { snapshot: Number(snapshot), timestamp: Number(timestamp) };
  throw new WritError('SERVER_REQUEST', 'the query names no generations of both keys');
}

const isNumber = (value: unknown): value is string => typeof value === 'string' && NUMBER.test(value);

const bodyOf = ({ body }: FastifyRequest): Uint8Array =>
  body instanceof Uint8Array ? body : new Uint8Array(0);

function readBase64(text: string): Uint8Array {
  const bytes = bytesOfBase64(text);
  if (bytes !== undefined) return bytes;
  throw new WritError('SERVER_REQUEST', 'request.payload is not base64');
}
