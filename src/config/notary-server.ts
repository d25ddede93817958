/**
 * The configuration file of notary-server, read as settings of writ. theupdateframework/notary,
 * cmd/notary-server/config.go: keys in any case, and NOTARY_SERVER_* variables over them.
 */
import { dirname, resolve } from 'node:path';
import { WritError } from '../errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/types.js';
import { checkSettings } from './parse-file.js';
import { readConfigText } from './file.js';
import { own } from './own.js';
import type { ConfigFile, ConfigSources } from './types.js';
import { parseYaml, type MemberPath, type YamlDocument } from './yaml-text.js';

const PREFIX = 'NOTARY_SERVER_';

/** All that notary-server reads, but for `reporting`. */
const KNOWN = new Set([
  ...['server.http_addr', 'server.tls_cert_file', 'server.tls_key_file'],
  ...['trust_service.type', 'trust_service.hostname', 'trust_service.port', 'trust_service.key_algorithm'],
  ...['trust_service.tls_ca_file', 'trust_service.tls_client_cert', 'trust_service.tls_client_key'],
  ...['storage.backend', 'storage.db_url', 'storage.database', 'storage.username', 'storage.password'],
  ...['storage.tls_ca_file', 'storage.client_cert_file', 'storage.client_key_file'],
  ...['auth.type', 'auth.options.realm', 'auth.options.service', 'auth.options.issuer'],
  ...['auth.options.rootcertbundle', 'caching.max_age.current_metadata'],
  ...['caching.max_age.consistent_metadata', 'repositories.gun_prefixes', 'logging.level'],
]);

/** What the file and the environment give, by lower-case dotted key. */
interface Given {
  readonly path: string;
  readonly values: ReadonlyMap<string, JsonValue>;
  readonly document: YamlDocument | undefined;
}

/**
 * The settings that a notary-server's file stands for. What has no effect here is said in `warnings`, unknown keys among
 * it.
 *
 * @param path - absolute; JSON, or YAML
 * @throws WritError CONFIG_FILE, CONFIG_INVALID: file, key, and what is wrong there
 */
export async function readNotaryServerFile(path: string, env: ConfigSources['env']): Promise<ConfigFile> {
  const text = (await readConfigText(path, true)) ?? '';
  const [document] = parseYaml(text, { code: 'CONFIG_INVALID', file: path, whole: 'the file' });
  const given = { path, values: valuesOf(document, env), document };
  const settings = checkSettings({
    value: settingsOf(given),
    line: () => 1,
    fault: (at, what) => new WritError('CONFIG_INVALID', `${path}: ${sourceOf(at)} ${what}`),
  });
  return {
    path,
    line: keys => document?.line(SOURCES.get(keys.join('.'))?.split('.') ?? []) ?? 1,
    value: name => name.split('.').reduce<unknown>(own, settings),
    plainHttp: true,
    warnings: [...warningsOf(given), ...unknownOf(given, env)],
  };
}

function valuesOf(document: YamlDocument | undefined, env: ConfigSources['env']): Map<string, JsonValue> {
  const values = new Map<string, JsonValue>();
  if (isJsonObject(document?.value as JsonValue | undefined))
    collect(document?.value as JsonObject, '', values);
  for (const key of KNOWN) {
    const variable = env[variableOf(key)];
    if (variable !== undefined && variable !== '') values.set(key, variable);
  }
  return values;
}

const variableOf = (key: string): string => PREFIX + key.replaceAll('.', '_').toUpperCase();

function collect(object: JsonObject, prefix: string, values: Map<string, JsonValue>): void {
  for (const [name, value] of Object.entries(object)) {
    const key = `${prefix}${name.toLowerCase()}`;
    if (isJsonObject(value)) collect(value, `${key}.`, values);
    else if (value !== null) values.set(key, value);
  }
}

/** Setting → key of notary-server. */
const SOURCES: ReadonlyMap<string, string> = new Map([
  ['listen', 'server.http_addr'],
  ['tls', 'server.tls_cert_file'],
  ['tls.cert', 'server.tls_cert_file'],
  ['tls.key', 'server.tls_key_file'],
  ['log.level', 'logging.level'],
  ['notary.auth', 'auth.options'],
  ['notary.auth.realm', 'auth.options.realm'],
  ['notary.auth.service', 'auth.options.service'],
  ['notary.auth.issuer', 'auth.options.issuer'],
  ['notary.auth.rootCertBundle', 'auth.options.rootcertbundle'],
  ['notary.keyAlgorithm', 'trust_service.key_algorithm'],
  ['notary.signer.address', 'trust_service.hostname'],
  ['notary.signer.ca', 'trust_service.tls_ca_file'],
  ['notary.signer.cert', 'trust_service.tls_client_cert'],
  ['notary.signer.key', 'trust_service.tls_client_key'],
  ['notary.gunPrefixes', 'repositories.gun_prefixes'],
  ['notary.maxAge.current', 'caching.max_age.current_metadata'],
  ['notary.maxAge.consistent', 'caching.max_age.consistent_metadata'],
]);

const sourceOf = (path: MemberPath): string => SOURCES.get(path.join('.')) ?? path.join('.');

function settingsOf(given: Given): JsonObject {
  checkStorage(given);
  const level = textAt(given, 'logging.level');
  const cert = textAt(given, 'server.tls_cert_file');
  const key = textAt(given, 'server.tls_key_file');
  const auth = authOf(given);
  const prefixes = given.values.get('repositories.gun_prefixes');
  return {
    listen: listenOf(given),
    // notary-server has no such listener: it must not take a port that somebody chose.
    admissionListen: '127.0.0.1:0',
    ...((cert !== undefined || key !== undefined) && {
      tls: {
        ...(cert !== undefined && { cert: near(given, cert) }),
        ...(key !== undefined && { key: near(given, key) }),
      },
    }),
    ...(level !== undefined && { log: { level: levelOf(given, level) } }),
    notary: {
      keyAlgorithm: algorithmOf(given),
      ...signerOf(given),
      ...(auth !== undefined && { auth }),
      ...(prefixes !== undefined && { gunPrefixes: listOf(prefixes) }),
      maxAge: {
        current: secondsAt(given, 'caching.max_age.current_metadata', 300),
        consistent: secondsAt(given, 'caching.max_age.consistent_metadata', 2_592_000),
      },
    },
  };
}

/** As notary-server takes paths: from the folder of the file. */
const near = ({ path }: Given, file: string): string => resolve(dirname(path), file);

/** The notary-signer that holds the keys, and goes on doing so. */
function signerOf(given: Given): JsonObject {
  if (textAt(given, 'trust_service.type') !== 'remote') return {};
  const needed = (name: string): string => {
    const text = textAt(given, `trust_service.${name}`);
    if (text === undefined) throw invalid(given, `trust_service.${name}`, 'is missing');
    return text;
  };
  const host = needed('hostname');
  const files = [
    ['ca', 'tls_ca_file'],
    ['cert', 'tls_client_cert'],
    ['key', 'tls_client_key'],
  ].flatMap(([name = '', key = '']) => {
    const file = textAt(given, `trust_service.${key}`);
    return file === undefined ? [] : [[name, near(given, file)] as const];
  });
  const address = `${host.includes(':') ? `[${host}]` : host}:${needed('port')}`;
  return { signer: { address, ...Object.fromEntries(files) } };
}

function textAt({ values }: Given, key: string): string | undefined {
  const value = values.get(key);
  return value === undefined || value === '' ? undefined : String(value);
}

function invalid({ path }: Given, key: string, what: string, hint?: string): WritError {
  return new WritError('CONFIG_INVALID', `${path}: ${key} ${what}`, hint === undefined ? {} : { hint });
}

/** `:4443` is every address of the machine. */
function listenOf(given: Given): string {
  const address = textAt(given, 'server.http_addr');
  if (address === undefined) throw invalid(given, 'server.http_addr', 'is missing');
  return address.startsWith(':') ? `0.0.0.0${address}` : address;
}

const LEVELS: ReadonlyMap<string, string> = new Map([
  ...['debug', 'info', 'warn', 'error'].map((level): [string, string] => [level, level]),
  ['warning', 'warn'],
  ['trace', 'debug'],
  ['fatal', 'error'],
  ['panic', 'error'],
]);

function levelOf(given: Given, text: string): string {
  const level = LEVELS.get(text.toLowerCase());
  if (level === undefined) throw invalid(given, 'logging.level', 'is no level of notary-server');
  return level;
}

/** notary-server signs with Ed25519 when it signs itself, whatever the file says. */
function algorithmOf(given: Given): string {
  const type = textAt(given, 'trust_service.type');
  if (type === 'local') return 'ed25519';
  if (type !== 'remote') throw invalid(given, 'trust_service.type', 'must be local or remote');
  const algorithm = textAt(given, 'trust_service.key_algorithm');
  if (algorithm === 'ecdsa' || algorithm === 'ed25519') return algorithm;
  if (algorithm !== 'rsa') throw invalid(given, 'trust_service.key_algorithm', 'must be ecdsa or ed25519');
  const hint =
    'write ecdsa: it is for new keys only, repositories that are taken over keep the keys they have';
  throw invalid(given, 'trust_service.key_algorithm', 'is rsa, of which writ makes no keys', hint);
}

function authOf(given: Given): JsonObject | undefined {
  const type = textAt(given, 'auth.type');
  if (type === undefined) return undefined;
  const hint = 'tokens are the only kind; for a file of users see type: builtin in docs/notary-auth.md';
  if (type !== 'token') throw invalid(given, 'auth.type', 'must be token', hint);
  const bundle = textAt(given, 'auth.options.rootcertbundle');
  const options = ['realm', 'service', 'issuer'].map(name => [name, textAt(given, `auth.options.${name}`)]);
  return {
    type,
    ...Object.fromEntries(options.filter(([, value]) => value !== undefined)),
    // As notary-server takes it: from where it runs.
    ...(bundle !== undefined && { rootCertBundle: resolve(bundle) }),
  };
}

function checkStorage(given: Given): void {
  const backend = textAt(given, 'storage.backend');
  if (['memory', 'postgres', 'mysql', 'rethinkdb'].includes(backend ?? '')) return;
  throw invalid(given, 'storage.backend', 'must be memory, postgres, mysql or rethinkdb');
}

function secondsAt(given: Given, key: string, fallback: number): number {
  const text = textAt(given, key);
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw invalid(given, key, 'must be a number of seconds from 0 to 31536000');
  return Number(text);
}

/** Of a variable, words with spaces between them. */
const listOf = (value: JsonValue): JsonValue =>
  typeof value === 'string' ? value.split(/\s+/).filter(word => word !== '') : value;

function warningsOf(given: Given): string[] {
  const backend = textAt(given, 'storage.backend') ?? '';
  const host = textAt(given, 'trust_service.hostname') ?? '';
  const here = 'writ keeps repositories in its data folder';
  const remote = textAt(given, 'trust_service.type') === 'remote';
  return [
    backend === 'memory'
      ? `storage.backend is memory: ${here}, where they outlive it`
      : `storage.backend is ${backend}: ${here}; what is in the database is not read, take it over with \`writ migrate\``,
    ...(remote
      ? [
          `trust_service is remote: the notary-signer at ${host} makes and holds the keys; let it run, or take its keys over with \`writ migrate\` and set trust_service.type to local`,
        ]
      : []),
    ...(textAt(given, 'auth.type') === undefined
      ? [
          'auth is not set: everybody reads; writing needs a token of `writ token issue`, but from this machine',
        ]
      : []),
    ...([...given.values.keys()].some(key => key.startsWith('reporting.')) ? ['reporting is ignored'] : []),
  ];
}

function unknownOf({ values }: Given, env: ConfigSources['env']): string[] {
  const keys = [...values.keys()].filter(key => !KNOWN.has(key) && !key.startsWith('reporting.'));
  const variables = new Set([...KNOWN].map(variableOf));
  const named = Object.keys(env).filter(
    name => name.startsWith(PREFIX) && !variables.has(name) && !name.startsWith(`${PREFIX}REPORTING_`),
  );
  return [...keys, ...named]
    .sort()
    .map(name => `${name} is no setting of notary-server that writ knows: ignored`);
}
