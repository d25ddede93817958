import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { describeConfig } from '../../src/config/describe.js';
import { loadConfig } from '../../src/config/load.js';
import { NOTARY_DEFAULTS } from '../server/service.js';
import { SETTINGS } from '../../src/config/settings.js';

let home: string;
let file: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'writ-config-'));
  file = join(home, 'writ.yaml');
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

const write = (text: string): string => {
  writeFileSync(file, text);
  return file;
};
const load = (env: Record<string, string> = {}, flags: Record<string, unknown> = {}, path?: string) =>
  loadConfig({ env: { HOME: home, ...env }, flags, file: path });
const loadText = (text: string) => load({}, {}, write(text));

describe('without any configuration', () => {
  it('is a development service on this machine', async () => {
    const { config, origins } = await load();
    expect(config).toEqual({
      server: 'http://127.0.0.1:4443',
      token: undefined,
      tokenFile: undefined,
      passphraseFile: undefined,
      data: join(home, '.local/share/writ'),
      state: join(home, '.local/state/writ'),
      keys: join(home, '.local/state/writ/keys'),
      listen: { host: '127.0.0.1', port: 4443 },
      admissionListen: { host: '127.0.0.1', port: 4444 },
      metricsListen: undefined,
      tls: undefined,
      admission: { tls: undefined, clientCa: undefined, clientNames: [] },
      auth: { mode: 'loopback' },
      notary: NOTARY_DEFAULTS,
      pkcs11: { module: undefined, pinFile: undefined, keys: [] },
      signer: undefined,
      serveSigner: {
        listen: { host: '127.0.0.1', port: 4445 },
        tls: undefined,
        clientCa: undefined,
        clientNames: [],
        maxPerMinute: 600,
      },
      trust: [],
      policies: [],
      remap: [],
      log: { level: 'info' },
      expiries: { timestampHours: 48, snapshotDays: 7, supersededDays: 30 },
      development: true,
      plainHttp: false,
      warnings: [],
    });
    expect(new Set([...origins.values()].map(origin => origin.source))).toEqual(new Set(['default']));
    expect([...origins.keys()].sort()).toEqual(
      Object.values(SETTINGS)
        .map(setting => setting.name)
        .sort(),
    );
  });

  it('is no development service once other machines can reach it, or a file speaks', async () => {
    expect((await load({ WRIT_LISTEN: '0.0.0.0:4443' })).config.development).toBe(false);
    expect((await loadText('')).config.development).toBe(false);
    expect((await loadText('development: true')).config.development).toBe(true);
  });

  it('follows the XDG folders, unless they are relative', async () => {
    const { config } = await load({ XDG_DATA_HOME: '/xdg/data', XDG_STATE_HOME: 'relative' });
    expect(config.data).toBe('/xdg/data/writ');
    expect(config.state).toBe(join(home, '.local/state/writ'));
  });

  it('reads the file in the folder of the user when there is one', async () => {
    mkdirSync(join(home, '.config/writ'), { recursive: true });
    writeFileSync(join(home, '.config/writ/writ.yaml'), 'log: {level: debug}');
    expect((await load()).config.log.level).toBe('debug');
  });

  it('loads neither YAML parser nor validator', () => {
    for (const name of [
      'load.ts',
      'file.ts',
      'resolver.ts',
      'settings.ts',
      'kinds.ts',
      'token.ts',
      'describe.ts',
    ]) {
      expect(readFileSync(join('src/config', name), 'utf8')).not.toMatch(
        /^import .*'(?:ajv|yaml|\.\/parse-file\.js)'/m,
      );
    }
  });
});

describe('precedence and origins', () => {
  it('is flag, environment, file, default', async () => {
    write('# a comment\nlisten: 127.0.0.1:1\nserver: https://file.example\n');
    const env = { WRIT_LISTEN: '127.0.0.1:2', WRIT_STATE: '/env' };
    const { config, origins } = await load(env, { listen: '127.0.0.1:3', unrelated: true }, file);
    expect(config).toMatchObject({
      listen: { port: 3 },
      server: 'https://file.example',
      state: '/env',
      keys: '/env/keys',
    });
    expect(origins.get('listen')).toEqual({ source: 'flag', where: '--listen' });
    expect(origins.get('state')).toEqual({ source: 'environment', where: 'WRIT_STATE' });
    expect(origins.get('server')).toEqual({ source: 'file', where: `${file}:3` });
    expect(origins.get('keys')).toEqual({ source: 'default', where: '' });
    expect((await load(env, {}, file)).config.listen.port).toBe(2);
    expect((await load({}, {}, file)).config.listen.port).toBe(1);
  });

  it('takes an empty variable for none', async () => {
    const { config } = await load({ WRIT_LISTEN: '', WRIT_CONFIG: '', WRIT_TOKEN: '' });
    expect(config).toMatchObject({ listen: { port: 4443 }, token: undefined });
  });

  it('takes the file of the flag over the one of WRIT_CONFIG', async () => {
    const other = join(home, 'other.yaml');
    writeFileSync(other, 'log: {level: error}');
    write('log: {level: warn}');
    expect((await load({ WRIT_CONFIG: other })).config.log.level).toBe('error');
    expect((await load({ WRIT_CONFIG: other }, {}, file)).config.log.level).toBe('warn');
  });
});

describe('values', () => {
  it('reads a whole file; relative paths start at the file', async () => {
    const { config } = await loadText(`
server: https://writ.example/base/
tokenFile: ~/token
data: data
keys: /keys
listen: "[::1]:4443"
admissionListen: 0.0.0.0:8443
metricsListen: localhost:9090
tls: {cert: tls/cert.pem, key: tls/key.pem}
admission:
  tls: {cert: a.pem, key: b.pem}
  clientCa: ca.pem
  clientNames: [kube-apiserver, other]
auth: {mode: token}
trust:
  - {name: example, url: "https://writ.example/tuf/example/", root: roots/example.json}
  - {name: local, folder: local, sha256: ${'ab'.repeat(32)}}
policies: [policies, /etc/writ/p.yaml]
remap: {from: mirror.local/hub, to: docker.io}
log: {level: silent}
expiries: {timestampHours: 24, snapshotDays: 3, supersededDays: 9}
`);
    expect(config).toMatchObject({
      server: 'https://writ.example/base',
      tokenFile: join(home, 'token'),
      data: join(home, 'data'),
      keys: '/keys',
      listen: { host: '::1', port: 4443 },
      admissionListen: { host: '0.0.0.0', port: 8443 },
      metricsListen: { host: 'localhost', port: 9090 },
      tls: { cert: join(home, 'tls/cert.pem'), key: join(home, 'tls/key.pem') },
      admission: {
        tls: { cert: join(home, 'a.pem'), key: join(home, 'b.pem') },
        clientCa: join(home, 'ca.pem'),
        clientNames: ['kube-apiserver', 'other'],
      },
      auth: { mode: 'token' },
      trust: [
        {
          name: 'example',
          url: 'https://writ.example/tuf/example',
          folder: undefined,
          root: join(home, 'roots/example.json'),
        },
        { name: 'local', url: undefined, folder: join(home, 'local'), sha256: 'ab'.repeat(32) },
      ],
      policies: [join(home, 'policies'), '/etc/writ/p.yaml'],
      remap: [{ from: 'mirror.local/hub', to: 'docker.io' }],
      log: { level: 'silent' },
      expiries: { timestampHours: 24, snapshotDays: 3, supersededDays: 9 },
      development: false,
    });
  });

  it('reads variables as text; relative paths start at the working directory', async () => {
    const { config } = await load({
      WRIT_POLICIES: 'a:/b',
      WRIT_ADMISSION_CLIENT_NAMES: 'x,y',
      WRIT_EXPIRIES_SNAPSHOT_DAYS: '30',
      WRIT_DEVELOPMENT: 'false',
      WRIT_TOKEN: 's3cret',
      WRIT_TLS_CERT: '/c',
      WRIT_TLS_KEY: '/k',
    });
    expect(config.policies).toEqual([join(process.cwd(), 'a'), '/b']);
    expect(config.admission.clientNames).toEqual(['x', 'y']);
    expect(config.expiries.snapshotDays).toBe(30);
    expect(config.development).toBe(false);
    expect(config.token).toBe('s3cret');
    expect(config.tls).toEqual({ cert: '/c', key: '/k' });
  });

  it('takes a list of remappings', async () => {
    const { config } = await loadText('remap:\n - {from: a.b, to: c.d/e}\n - {from: f.g, to: h.i}');
    expect(config.remap).toEqual([
      { from: 'a.b', to: 'c.d/e' },
      { from: 'f.g', to: 'h.i' },
    ]);
  });
});

describe('refusals name file, line, member and what was expected', () => {
  it.each([
    ['listen: 127.0.0.1:4443\nlisten: x:1', 2, 'Map keys must be unique'],
    ['log: {level: info}\nlisen: a:1', 2, 'lisen is not a setting; did you mean listen?'],
    ['admission:\n  tls:\n    cert: a', 3, 'admission.tls must have the member key'],
    ['admission:\n  clientCas: a', 2, 'admission.clientCas is not a setting; did you mean clientCa?'],
    ['listen: 4443', 1, 'listen must be HOST:PORT'],
    ['\nlisten: nowhere', 2, 'listen must be HOST:PORT'],
    ['listen: "a:70000"', 1, 'listen must be HOST:PORT'],
    ['data: ""', 1, 'data must be a path'],
    ['server: ftp://x', 1, 'server must be an http or https URL without a password, query or fragment'],
    ['server: https://u:p@x', 1, 'server must be an http or https URL without a password, query or fragment'],
    ['notary: {auth: {type: basic}}', 1, 'notary.auth.type must be one of token, builtin'],
    ['notary: {auth: {realm: x}}', 1, 'notary.auth must have the member type'],
    ['auth:\n  mode: none', 2, 'auth.mode must be one of token, loopback'],
    ['development: yes', 1, 'development must be true or false'],
    ['expiries:\n  snapshotDays: 0', 2, 'expiries.snapshotDays must be at least 1'],
    ['expiries:\n  timestampHours: 1.5', 2, 'expiries.timestampHours must be a whole number'],
    ['trust:\n  - name: a\n    url: https://x', 2, 'trust[0] must have exactly one of root and sha256'],
    ['trust:\n  - name: a\n    root: r', 2, 'trust[0] must have exactly one of url and folder'],
    [
      'trust:\n  - {name: a, url: "https://x", folder: y, root: r}',
      2,
      'trust[0] must have exactly one of url and folder',
    ],
    [
      'trust:\n  - {name: ../a, folder: y, root: r}',
      2,
      "trust[0].name must be one component of a-z, 0-9, '.', '_' and '-'",
    ],
    ['trust:\n  - {name: a, folder: y, sha256: AB}', 2, 'trust[0].sha256 must be 64 lower-case hex digits'],
    ['remap: {from: a.b}', 1, 'remap must have the member to'],
    ['remap:\n - {from: a.b, to: c.d, x: 1}', 2, 'remap[0].x is not a setting'],
    ['token: s3cret', 1, 'token is not a setting; did you mean tokenFile?'],
    ['- a', 1, 'the file must be a mapping'],
    ['__proto__: {listen: "a:1"}', 1, '__proto__ is not a setting'],
    ['data: /a\n---\ndata: /b', 3, 'the file must be one document'],
    ['data: !!binary aGk=', 1, 'Unresolved tag: tag:yaml.org,2002:binary'],
    ['"\\e[2J": a', 1, '"\\u001b[2J" is not a setting'],
    [`${'x'.repeat(161)}: a`, 1, `"${'x'.repeat(80)}..." is not a setting`],
    ['data: !!python/object x', 1, 'Unresolved tag: tag:yaml.org,2002:python/object'],
    ['data: [', 1, 'Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ])('%j', async (text, line, what) => {
    await expect(loadText(text)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `${file}:${line}: ${what}`,
    });
  });

  it('a billion laughs', async () => {
    await expect(loadText('data: &a x\nstate: *a')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `${file}:1: the file must not use aliases`,
    });
  });

  it('two trusted roots of one name', async () => {
    const entry = '{name: a, folder: x, root: r}';
    await expect(loadText(`trust: [${entry}, ${entry}]`)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'trust names a twice',
    });
  });

  it.each([
    ['WRIT_LISTEN', 'here', 'HOST:PORT'],
    ['WRIT_SERVER', 'writ.example', 'an http or https URL without a password, query or fragment'],
    ['WRIT_AUTH_MODE', 'none', 'one of token, loopback'],
    ['WRIT_DEVELOPMENT', 'maybe', 'true or false'],
    ['WRIT_EXPIRIES_SNAPSHOT_DAYS', '366', 'an integer from 1 to 365'],
    ['WRIT_EXPIRIES_SNAPSHOT_DAYS', '0', 'an integer from 1 to 365'],
    ['WRIT_EXPIRIES_SNAPSHOT_DAYS', '1e1', 'an integer from 1 to 365'],
    ['WRIT_TOKEN', 'two words', 'a token of printable ASCII without spaces'],
    ['WRIT_POLICIES', 'a::b', "paths, separated by ':' outside of the file"],
    ['WRIT_ADMISSION_CLIENT_NAMES', ',', "names, separated by ',' outside of the file"],
  ])('the variable %s=%s', async (name, value, expected) => {
    await expect(load({ [name]: value })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `${name} must be ${expected}`,
    });
  });

  it('a flag, which is wrong usage', async () => {
    await expect(load({}, { listen: 'here' })).rejects.toMatchObject({
      code: 'USAGE',
      message: '--listen must be HOST:PORT',
      exitCode: 2,
    });
    await expect(load({}, { data: true })).rejects.toMatchObject({ message: '--data must be a path' });
  });

  it('one half of a TLS pair', async () => {
    await expect(load({ WRIT_TLS_KEY: '/k' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'tls.key is set without tls.cert',
    });
    await expect(load({ WRIT_ADMISSION_TLS_CERT: '/k' })).rejects.toMatchObject({
      message: 'admission.tls.cert is set without admission.tls.key',
    });
  });

  it('a file that somebody named and that is not there, not UTF-8, or too large', async () => {
    await expect(load({}, {}, join(home, 'none.yaml'))).rejects.toMatchObject({
      code: 'CONFIG_FILE',
      message: `${join(home, 'none.yaml')} cannot be read: there is no such file or folder`,
    });
    writeFileSync(file, Buffer.from([0x61, 0xff]));
    await expect(load({ WRIT_CONFIG: file })).rejects.toMatchObject({ code: 'CONFIG_FILE' });
    write(`#${'x'.repeat(1024 * 1024)}`);
    await expect(load({}, {}, file)).rejects.toMatchObject({
      code: 'CONFIG_FILE',
      message: `${file} cannot be read: it has more than 1048576 bytes`,
    });
  });
});

describe('a file that never ends', () => {
  it.each([
    ['a pipe that nobody writes into', () => (execFileSync('mkfifo', [file]), file)],
    ['a device', () => '/dev/zero'],
  ])('is not waited for: %s', async (_, make) => {
    const path = make();
    await expect(load({}, {}, path)).rejects.toMatchObject({
      code: 'CONFIG_FILE',
      message: `${path} cannot be read: it is not a regular file`,
    });
  });
});

describe('describeConfig', () => {
  it('shows every setting as a file would say it, and no secret', async () => {
    write('listen: "[::1]:80"\ntrust: [{name: a, folder: /x, root: /r}]');
    const rows = describeConfig(await load({ WRIT_TOKEN: 's3cret' }, {}, file));
    expect(rows.map(row => row.name)).toEqual(
      Object.values(SETTINGS)
        .map(setting => setting.name)
        .sort(),
    );
    expect(rows.find(row => row.name === 'listen')).toEqual({
      name: 'listen',
      value: '[::1]:80',
      origin: { source: 'file', where: `${file}:1` },
    });
    expect(rows.find(row => row.name === 'token')?.value).toBe('(set)');
    expect(rows.find(row => row.name === 'tls.cert')?.value).toBeNull();
    expect(rows.find(row => row.name === 'trust')?.value).toEqual([{ name: 'a', folder: '/x', root: '/r' }]);
    expect(JSON.stringify(rows)).not.toContain('s3cret');
  });
});

describe('the schema', () => {
  const schema = JSON.parse(readFileSync('policies/schemas/writ.schema.json', 'utf8')) as Schema;
  interface Schema {
    properties?: Record<string, Schema>;
    $ref?: string;
    definitions?: Record<string, Schema>;
  }
  const names = (node: Schema, prefix: string): string[] => {
    const target =
      node.$ref === undefined ? node : schema.definitions![node.$ref.replace('#/definitions/', '')]!;
    const properties = Object.entries(target.properties ?? {});
    return properties.length === 0
      ? [prefix]
      : properties.flatMap(([key, child]) => names(child, prefix === '' ? key : `${prefix}.${key}`));
  };

  it('names exactly the settings that a file may hold', () => {
    const settings = Object.values(SETTINGS).filter(setting => setting.file);
    expect(names(schema, '').sort()).toEqual(settings.map(setting => setting.name).sort());
  });
});
