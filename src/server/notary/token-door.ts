/** Docker's tokens at the door of the Notary wire: distribution, registry/auth/token/accesscontroller.go. */
import type { FastifyRequest } from 'fastify';
import type { DockerTokens, TokenHolder } from '../../access/docker-tokens.js';
import { allows, formatScope, type ResourceActions } from '../../access/scope.js';
import { WritError } from '../../errors.js';
import { neededFor, needing, NOBODY, type NotaryDoor } from './auth.js';

export interface TokenDoorOptions {
  readonly tokens: DockerTokens;
  /** Where a client gets a token. */
  readonly realm: (request: FastifyRequest) => string;
  readonly service: string;
  /** Whether reading needs no token. The ping needs one all the same: its challenge tells clients where to get one. */
  readonly anonymousPull: boolean;
}

export function tokenDoor({ tokens, realm, service, anonymousPull }: TokenDoorOptions): NotaryDoor {
  return {
    authorize: async (request, gun, action) => {
      const needed = neededFor(gun, action);
      const token = bearerOf(request);
      const open = anonymousPull && action === 'read';
      if (token === undefined && open) return NOBODY;
      try {
        return await holderFor(tokens, token, open ? undefined : needed);
      } catch (error) {
        throw needing(error, needed);
      }
    },
    challenge: (request, failure) =>
      [
        `Bearer realm="${realm(request)}"`,
        `service="${service}"`,
        ...scopeOf(failure),
        ...problemOf(failure),
      ].join(','),
  };
}

async function holderFor(
  tokens: DockerTokens,
  token: string | undefined,
  needed: ResourceActions | undefined,
): Promise<TokenHolder> {
  if (token === undefined) throw new WritError('TOKEN_MISSING', 'the call needs a bearer token');
  const holder = await tokens.verify(token);
  if (needed === undefined || allows(holder.access, needed)) return holder;
  throw new WritError('TOKEN_SCOPE', `the token of ${holder.subject} does not allow ${formatScope(needed)}`);
}

/** As distribution reads it: another scheme than Bearer is no token at all. */
const bearerOf = ({ headers }: FastifyRequest): string | undefined =>
  /^Bearer ([^ ]+)$/i.exec(headers.authorization ?? '')?.[1];

function scopeOf({ details }: WritError): string[] {
  const { type, name, actions } = details as Partial<ResourceActions>;
  if (type === undefined || name === undefined || actions === undefined) return [];
  return [`scope="${quoted(formatScope({ type, name, actions }))}"`];
}

/** RFC 9110 §5.6.4; what cannot stand in a header at all is left out. */
const quoted = (text: string): string => text.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&');

const PROBLEMS: Partial<Record<string, string>> = {
  TOKEN_INVALID: 'invalid_token',
  TOKEN_EXPIRED: 'invalid_token',
  TOKEN_SCOPE: 'insufficient_scope',
};

function problemOf({ code }: WritError): string[] {
  const problem = PROBLEMS[code];
  return problem === undefined ? [] : [`error="${problem}"`];
}
