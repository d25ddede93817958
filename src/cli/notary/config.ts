/** The configuration of Notary's client: its file, then the environment, then flags. */
import { readFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { reasonOf, WritError } from '../../errors.js';
import { asObject } from '../../json/read.js';
import { parseStrict } from '../../json/strict.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from '../../json/types.js';
import type { TrustPinning } from '../../notary/pinning.js';
import type { CliIo } from '../io.js';
import type { Given } from './flags.js';

export interface NotaryConfig {
  readonly trustFolder: string;
  /** Address of the server. */
  readonly server: string;
  /** Files; empty where there is none. */
  readonly rootCa: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** Whoever answers for the server is taken for it. */
  readonly skipVerification: boolean;
  readonly pinning: TrustPinning;
}

const DEFAULT_SERVER = 'https://notary-server:4443';

/** @throws WritError NOTARY_CONFIG */
export async function readConfig(given: Given, env: CliIo['env']): Promise<NotaryConfig> {
  const home = env['HOME'] ?? '';
  const standard = join(home, '.notary');
  const file = given.text('configFile') || join(standard, 'config.json');
  const json = await readFileOf(file, given.text('configFile') !== '');
  const value = (...path: readonly string[]): string => env[variable(path)] ?? textAt(json, path) ?? '';
  const fileAt = (...path: readonly string[]): string => {
    const named = textAt(json, path);
    const own = env[variable(path)];
    if (own !== undefined && own !== '') return resolve(own);
    return named === undefined || named === '' ? '' : resolve(dirname(file), named);
  };
  const flagFile = (flag: string, otherwise: string): string =>
    given.text(flag) === '' ? otherwise : resolve(given.text(flag));
  return {
    trustFolder: expand(given.text('trustDir') || value('trust_dir') || standard, home),
    server: given.text('server') || value('remote_server', 'url') || DEFAULT_SERVER,
    rootCa: flagFile('tlscacert', fileAt('remote_server', 'root_ca')),
    clientCert: flagFile('tlscert', fileAt('remote_server', 'tls_client_cert')),
    clientKey: flagFile('tlskey', fileAt('remote_server', 'tls_client_key')),
    skipVerification: isYes(value('remote_server', 'skipTLSVerify')),
    pinning: readPinning(json, dirname(file), isYes(value('trust_pinning', 'disable_tofu'))),
  };
}

/** `NOTARY_REMOTE_SERVER_URL` for `remote_server.url`. */
const variable = (path: readonly string[]): string => `NOTARY_${path.join('_').toUpperCase()}`;

const isYes = (text: string): boolean => /^(?:1|t|true)$/i.test(text);

const expand = (path: string, home: string): string =>
  path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : resolve(path);

async function readFileOf(file: string, isNamed: boolean): Promise<JsonObject> {
  try {
    return asObject(await parsed(file, await readFile(file)), 'the configuration');
  } catch (cause) {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (isAbsent && !isNamed) return {};
    throw new WritError('NOTARY_CONFIG', `error opening config file: ${file}: ${reasonOf(cause)}`, { cause });
  }
}

/** What it is written in is told by its name, as for Notary's own client. */
async function parsed(file: string, bytes: Uint8Array): Promise<JsonValue> {
  const extension = extname(file).toLowerCase();
  if (OTHERS.has(extension)) throw new WritError('NOTARY_CONFIG', 'only JSON and YAML are read');
  if (extension !== '.yaml' && extension !== '.yml') return parseStrict(bytes, { numbers: 'any' });
  const { parseYaml } = await import('../../config/yaml-text.js');
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const [document] = parseYaml(text, { code: 'NOTARY_CONFIG', file, whole: 'the configuration' });
  return parseStrict(Buffer.from(JSON.stringify(document?.value ?? {})), { numbers: 'any' });
}

const OTHERS: ReadonlySet<string> = new Set(['.toml', '.hcl', '.properties', '.props', '.prop']);

/** A member by its name in any case of letters. */
function memberAt(json: JsonObject, name: string): JsonValue | undefined {
  const found = Object.keys(json).find(key => key.toLowerCase() === name.toLowerCase());
  return member(json, name) ?? (found === undefined ? undefined : member(json, found));
}

function at(json: JsonObject, path: readonly string[]): JsonValue | undefined {
  let current: JsonValue | undefined = json;
  for (const name of path) current = isJsonObject(current) ? memberAt(current, name) : undefined;
  return current;
}

function textAt(json: JsonObject, path: readonly string[]): string | undefined {
  const value = at(json, path) ?? null;
  if (value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  throw new WritError('NOTARY_CONFIG', `${path.join('.')} in the configuration must be a text`);
}

/** @throws WritError NOTARY_CONFIG */
function readPinning(json: JsonObject, folder: string, disableTofu: boolean): TrustPinning {
  const certs = new Map<string, readonly string[]>();
  for (const [gun, ids] of entriesAt(json, ['trust_pinning', 'certs'])) {
    if (!Array.isArray(ids) || !ids.every(id => typeof id === 'string')) {
      throw new WritError('NOTARY_CONFIG', 'invalid format for trust_pinning.certs');
    }
    certs.set(gun, ids);
  }
  const ca = new Map<string, string>();
  for (const [prefix, file] of entriesAt(json, ['trust_pinning', 'ca'])) {
    if (typeof file !== 'string') throw new WritError('NOTARY_CONFIG', 'invalid format for trust_pinning.ca');
    ca.set(prefix, resolve(folder, file));
  }
  return { certs, ca, disableTofu };
}

function entriesAt(json: JsonObject, path: readonly string[]): [string, JsonValue][] {
  const value = at(json, path) ?? null;
  if (value === null) return [];
  if (isJsonObject(value)) return Object.entries(value);
  throw new WritError('NOTARY_CONFIG', `${path.join('.')} in the configuration must be an object`);
}
