/** The door of the Notary wire, as the settings want it. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { openDockerTokens, openTokenServer } from '../../access/open.js';
import type { Config, OwnTokens } from '../../config/types.js';
import type { Clock } from '../../tuf/ports.js';
import type { Authenticate } from '../auth.js';
import type { ServiceLog } from '../log.js';
import { basicDoor, type NotaryDoor } from './auth.js';
import { tokenDoor } from './token-door.js';
import { TOKEN_PATH, tokenRoutes } from './token-routes.js';

export interface DoorOptions {
  readonly config: Config;
  /** Of the service's own tokens, for a door without settings. */
  readonly authenticate: Authenticate;
  readonly clock: Clock;
  readonly log: ServiceLog;
}

/**
 * @param app - gets the routes of the token server, where it is to be one
 * @throws WritError ACCESS_KEYS, ACCESS_USERS, KEYSTORE_SECRET, KEYSTORE_PERMISSIONS
 */
export async function openDoor(app: FastifyInstance, options: DoorOptions): Promise<NotaryDoor> {
  const { config, authenticate, clock, log } = options;
  const settings = config.notary.auth;
  if (settings === undefined) return basicDoor(authenticate);
  if (settings.type === 'builtin') return builtinDoor(app, settings, options);
  const { realm, service, anonymousPull } = settings;
  const tokens = await openDockerTokens(settings, clock);
  log.event('info', 'the Notary wire takes tokens', { issuer: settings.issuer, service });
  return tokenDoor({ tokens, realm: () => realm, service, anonymousPull });
}

async function builtinDoor(
  app: FastifyInstance,
  settings: OwnTokens,
  { config, clock, log }: DoorOptions,
): Promise<NotaryDoor> {
  const server = await openTokenServer(settings, config.data, clock);
  tokenRoutes(app, server, log);
  const scheme = config.tls === undefined ? 'http' : 'https';
  return tokenDoor({
    tokens: server.tokens,
    realm: request => settings.realm ?? `${scheme}://${hostOf(request)}${TOKEN_PATH}`,
    service: settings.service,
    anonymousPull: false,
  });
}

/** As the client wrote it, when it is a host at all: whoever asks is told where to ask, and nobody else. */
const hostOf = ({ headers }: FastifyRequest): string =>
  /^[A-Za-z0-9.:[\]-]{1,255}$/.test(headers.host ?? '') ? String(headers.host) : 'localhost';
