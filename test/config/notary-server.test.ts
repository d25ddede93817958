/** The configuration files of notary-server, those of the recordings among them. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { temporaryOfTests } from '../support/temporary.js';

const GOLDEN = 'test/golden/notary-v1/configs';
const home = temporaryOfTests('writ-notary-config-');
const BASE = {
  server: { http_addr: '127.0.0.1:4443' },
  trust_service: { type: 'local' },
  storage: { backend: 'memory' },
};

const loadFile = (
  notaryFile: string,
  env: Record<string, string> = {},
  flags: Record<string, unknown> = {},
) => loadConfig({ notaryFile, env: { HOME: home, ...env }, flags }).then(({ config }) => config);
const load = (given: object, env?: Record<string, string>, flags?: Record<string, unknown>) => {
  const file = join(home, 'server.json');
  writeFileSync(file, JSON.stringify(given));
  return loadFile(file, env, flags);
};
const INVALID = { code: 'CONFIG_INVALID' };

describe('the files of the recordings', () => {
  it.each(readdirSync(GOLDEN))('%s is read', async name => {
    const config = await loadFile(join(GOLDEN, name));
    expect(config.listen.port).toBeGreaterThan(4000);
    expect(config.development).toBe(false);
    expect(config.warnings.join('\n')).not.toContain('no setting');
  });

  it('mean what notary-server does with them', async () => {
    expect(await loadFile(join(GOLDEN, 'server-token.json'))).toMatchObject({
      listen: { host: '127.0.0.1', port: 4474 },
      admissionListen: { port: 0 },
      tls: undefined,
      plainHttp: true,
      log: { level: 'debug' },
      notary: {
        keyAlgorithm: 'ed25519',
        gunPrefixes: ['registry.example.test/', 'localhost:5000/'],
        maxAge: { current: 300, consistent: 2_592_000 },
        auth: {
          type: 'token',
          realm: 'https://localhost:5001/token',
          service: 'notary-test',
          issuer: 'test-issuer',
          rootCertBundle: resolve('$RIG/pki/localhost.crt'),
        },
      },
    });
    const remote = await loadFile(join(GOLDEN, 'server-perf-remote.json'));
    expect(remote.notary.keyAlgorithm).toBe('ecdsa');
    expect(remote.warnings).toEqual([
      expect.stringMatching(/^storage.backend is postgres: .* `writ migrate`$/),
      expect.stringMatching(/notary-signer at localhost makes and holds the keys.* `writ migrate`/),
      expect.stringMatching(/^auth is not set/),
    ]);
    expect(remote.warnings.join()).not.toContain('postgres://');
  });
});

describe('a file of notary-server', () => {
  it('may have all that notary-server knows, in any case of letters', async () => {
    const config = await load({
      Server: { HTTP_ADDR: ':4443', tls_cert_file: './cert.pem', tls_key_file: '/key.pem' },
      trust_service: { type: 'remote', hostname: 'signer', port: '7899', key_algorithm: 'ed25519' },
      storage: { backend: 'mysql', db_url: 'server:secret@tcp(db)/notary' },
      caching: { max_age: { current_metadata: '0', consistent_metadata: 17 } },
      logging: { level: 'Warning' },
      reporting: { bugsnag: { api_key: 'x' } },
    });
    expect(config).toMatchObject({
      listen: { host: '0.0.0.0', port: 4443 },
      tls: { cert: join(home, 'cert.pem'), key: '/key.pem' },
      log: { level: 'warn' },
      notary: { keyAlgorithm: 'ed25519', auth: undefined, maxAge: { current: 0, consistent: 17 } },
    });
    expect(config.warnings).toContain('reporting is ignored');
    expect(config.warnings.join()).not.toContain('secret');
  });

  it('is stood over by the environment, and that by flags', async () => {
    const env = {
      NOTARY_SERVER_SERVER_HTTP_ADDR: '127.0.0.1:5555',
      NOTARY_SERVER_LOGGING_LEVEL: 'error',
      NOTARY_SERVER_AUTH_TYPE: 'token',
      NOTARY_SERVER_AUTH_OPTIONS_REALM: 'https://auth.example/token/',
      NOTARY_SERVER_AUTH_OPTIONS_SERVICE: 'notary',
      NOTARY_SERVER_AUTH_OPTIONS_ISSUER: 'auth',
      NOTARY_SERVER_AUTH_OPTIONS_ROOTCERTBUNDLE: '/roots.pem',
      NOTARY_SERVER_REPOSITORIES_GUN_PREFIXES: 'a/ b/c/',
      NOTARY_SERVER_STORAGE_BACKEND: '',
    };
    const config = await load(BASE, env);
    expect(config).toMatchObject({
      listen: { port: 5555 },
      log: { level: 'error' },
      notary: { auth: { realm: 'https://auth.example/token/' }, gunPrefixes: ['a/', 'b/c/'] },
    });
    expect((await load(BASE, env, { listen: '127.0.0.1:1' })).listen.port).toBe(1);
  });

  it('has its unknown keys and variables named', async () => {
    const config = await load(
      { ...BASE, server: { ...BASE.server, grpc_addr: ':1' }, authentication: { type: 'token' } },
      { NOTARY_SERVER_AUTH_TYP: 'token', NOTARY_SIGNER_X: '1' },
    );
    expect(config.warnings.filter(text => text.includes('no setting'))).toEqual(
      ['NOTARY_SERVER_AUTH_TYP', 'authentication.type', 'server.grpc_addr'].map(
        name => `${name} is no setting of notary-server that writ knows: ignored`,
      ),
    );
  });

  const token = {
    type: 'token',
    options: { realm: 'https://a/t', service: 's', issuer: 'i', rootcertbundle: 'r' },
  };
  it.each<[string, object, RegExp]>([
    ['no address', { ...BASE, server: {} }, /server.http_addr is missing/],
    [
      'an address that is none',
      { ...BASE, server: { http_addr: 'x' } },
      /server.http_addr must be HOST:PORT/,
    ],
    [
      'half of TLS',
      { ...BASE, server: { http_addr: ':1', tls_cert_file: 'c' } },
      /server.tls_cert_file must have/,
    ],
    ['no trust service', { ...BASE, trust_service: {} }, /trust_service.type must be local or remote/],
    [
      'rsa keys',
      { ...BASE, trust_service: { type: 'remote', key_algorithm: 'rsa' } },
      /rsa, of which writ makes no/,
    ],
    [
      'other keys',
      { ...BASE, trust_service: { type: 'remote', key_algorithm: 'dsa' } },
      /must be ecdsa or ed25519/,
    ],
    ['no storage', { ...BASE, storage: {} }, /storage.backend must be/],
    ['another level', { ...BASE, logging: { level: 'loud' } }, /logging.level is no level/],
    // notary-server lets everybody in then
    ['users for tokens', { ...BASE, auth: { type: 'htpasswd' } }, /auth.type must be token/],
    [
      'no realm',
      { ...BASE, auth: { ...token, options: { ...token.options, realm: undefined } } },
      /auth.options must have the member realm/,
    ],
    [
      'no bundle',
      { ...BASE, auth: { ...token, options: { ...token.options, rootcertbundle: undefined } } },
      /auth.options must be told the keys/,
    ],
    [
      'a prefix without a slash',
      { ...BASE, repositories: { gun_prefixes: ['nope'] } },
      /notary.gunPrefixes must be/,
    ],
    [
      'an age of two years',
      { ...BASE, caching: { max_age: { current_metadata: 63_072_000 } } },
      /current_metadata must be at most/,
    ],
    [
      'a negative age',
      { ...BASE, caching: { max_age: { current_metadata: '-1' } } },
      /current_metadata must be a number/,
    ],
  ])('with %s is refused', async (_what, given, message) => {
    await expect(load(given)).rejects.toMatchObject({
      ...INVALID,
      message: expect.stringMatching(message) as string,
    });
  });

  it('is refused when it is none, or not there, or beside a file of writ', async () => {
    await expect(loadFile(join(home, 'missing.json'))).rejects.toMatchObject({ code: 'CONFIG_FILE' });
    writeFileSync(join(home, 'server.toml'), '[server]\nhttp_addr = ":4443"\n');
    await expect(loadFile(join(home, 'server.toml'))).rejects.toMatchObject(INVALID);
    const both = { file: 'a', notaryFile: 'b', env: {}, flags: {} };
    await expect(loadConfig(both)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
