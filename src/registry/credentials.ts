import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { WritError } from '../errors.js';
import { parseStrict } from '../json/strict.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';
import type { CredentialLookup, Credentials } from './types.js';

const MAX_CONFIG = 1024 * 1024;
/** How Docker files the credentials of Docker Hub. */
const DOCKER_HUB = 'https://index.docker.io/v1/';

/** Where Docker's client keeps what is the user's: `$DOCKER_CONFIG`, else `~/.docker`. */
export const dockerFolder = (env: Readonly<Record<string, string | undefined>>): string =>
  env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? homedir(), '.docker');

/**
 * Credentials from Docker's own configuration: `auths` in `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`.
 * Credential helpers are not run. The file is read once, at the first question.
 *
 * @throws WritError (from the lookup) REGISTRY_CREDENTIALS when the file cannot be read
 */
export function dockerCredentials(env: Readonly<Record<string, string | undefined>>): CredentialLookup {
  const folder = dockerFolder(env);
  let loaded: Promise<JsonObject> | undefined;
  return async host => {
    loaded ??= loadAuths(join(folder, 'config.json'));
    return findCredentials(await loaded, host);
  };
}

async function loadAuths(file: string): Promise<JsonObject> {
  try {
    const config = parseStrict(await readConfig(file), { maxBytes: MAX_CONFIG, numbers: 'any' });
    const auths = isJsonObject(config) ? member(config, 'auths') : undefined;
    return isJsonObject(auths) ? auths : {};
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {};
    // No cause: what a parser says about the file may repeat a secret that is in it.
    throw new WritError('REGISTRY_CREDENTIALS', `the credentials in ${file} cannot be read`);
  }
}

/** Never waits for a pipe, never reads a device. */
async function readConfig(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await file.stat();
    if (!status.isFile() || status.size > MAX_CONFIG) throw new Error('it is no configuration');
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function findCredentials(auths: JsonObject, host: string): Credentials | undefined {
  const names = host === 'docker.io' ? [DOCKER_HUB, host] : [host, `https://${host}`, `http://${host}`];
  for (const name of names) {
    const found = readEntry(member(auths, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

function readEntry(entry: JsonValue | undefined): Credentials | undefined {
  if (!isJsonObject(entry)) return undefined;
  const auth = member(entry, 'auth');
  const decoded = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString('utf8') : '';
  const colon = decoded.indexOf(':');
  if (colon < 1) return undefined;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
