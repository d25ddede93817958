import { mkdirSync, readFileSync, statSync, chmodSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareDevelopment } from '../../src/server/development.js';
import { startServer } from '../../src/server/start.js';
import { loadConfig } from '../../src/config/load.js';
import { loadCatalogue } from '../../src/config/catalogue.js';
import { loadPolicies } from '../../src/policy/load-policies.js';
import { configFor, readToken, start, temporaryFolder } from './service.js';

const quiet = { env: {}, write: () => undefined };

describe('writ serve', () => {
  it('makes everything it needs on its first run, for its owner alone', async () => {
    const { data } = await start();
    expect(readdirSync(data).sort()).toEqual(['online-key', 'store', 'tls', 'token', 'token-key']);
    expect(statSync(data).mode & 0o777).toBe(0o700);
    for (const file of ['online-key', 'token', 'token-key', 'tls/key.pem']) {
      expect(statSync(join(data, file)).mode & 0o777, file).toBe(0o600);
    }
    expect(readToken(data)).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('is ready, alive and measured', async () => {
    const { get } = await start();
    expect(await get('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
    expect(await get('/readyz')).toMatchObject({
      status: 200,
      text: '{"ready":true,"checks":{"trust":"ok","policies":"ok"}}',
    });
    const { text } = await get('/metrics');
    expect(text).toContain('writ_policies_valid 1');
    expect(text).toContain('process_cpu_user_seconds_total');
  });

  it('says at every start what a development service is', async () => {
    const { notices, lines } = await start();
    expect(notices).toEqual([
      'development: the online keys, tokens and certificates were made by the service itself',
      'development: the roots of the repositories hosted here are trusted',
      'auth.mode is loopback: every program on this machine may write without a token',
      expect.stringMatching(/^admission uses a generated certificate; its authority is .*\/tls\/ca\.pem$/),
      'admission answers every caller: set admission.clientCa to require a client certificate',
      'no policies are configured: admission denies every image',
    ]);
    expect(lines).toEqual([]);
  });

  it('puts its log out when it ends, and ends twice without harm', async () => {
    // An address of its own: on the usual one the port may be that of another test by then.
    const service = await start({ listen: { host: '127.83.7.1', port: 0 } });
    await service.close();
    await service.close();
    expect(service.lines.map(line => (JSON.parse(line) as { message: string }).message)).toContain('serving');
    await expect(service.get('/healthz')).rejects.toMatchObject({ code: 'FETCH_UNREACHABLE' });
  });

  it('keeps its keys over a restart', async () => {
    const first = await start();
    const { text } = await first.get('/v1/repositories/example/keys');
    const token = readToken(first.data);
    await first.close();
    const second = await start({}, { data: first.data });
    expect((await second.get('/v1/repositories/example/keys')).text).toBe(text);
    expect(readToken(first.data)).toBe(token);
  });

  it('takes its online secret from the environment before the file', async () => {
    const keysOf = async (env: Record<string, string>) =>
      (await (await start({}, { env })).get('/v1/repositories/example/keys')).text;
    const [one, same, other] = [
      await keysOf({ WRIT_ONLINE_KEY: 'ab'.repeat(32) }),
      await keysOf({ WRIT_ONLINE_KEY: 'AB'.repeat(32) }),
      await keysOf({ WRIT_ONLINE_KEY: 'cd'.repeat(32) }),
    ];
    expect(one).toBe(same);
    expect(one).not.toBe(other);
    await expect(start({}, { env: { WRIT_ONLINE_KEY: 'ab' } })).rejects.toMatchObject({
      code: 'KEYSTORE_SECRET',
      message: 'WRIT_ONLINE_KEY does not hold 32 bytes in hex',
    });
  });

  it('serves metrics where they are configured, and then only there', async () => {
    const { get, addresses } = await start({ metricsListen: { host: '127.0.0.1', port: 0 } });
    expect((await get('/metrics')).status).toBe(404);
    const answer = await fetch(`${String(addresses.metrics)}/metrics`);
    expect(answer.status).toBe(200);
  });
});

describe('a start that cannot be', () => {
  it('says that another program listens on the port, and leaves nothing open', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const data = join(temporaryFolder(), 'data');
    const config = await configFor(data, { listen: { host: '127.0.0.1', port } });
    await expect(startServer(config, quiet)).rejects.toMatchObject({
      code: 'SERVER_PORT_IN_USE',
      message: `another program listens on 127.0.0.1:${port}`,
    });
    other.close();
    await start({}, { data }); // the store was released
  });

  it('says so when the admission port is taken after the repository one was opened', async () => {
    const first = await start();
    const port = Number(new URL(first.addresses.admission).port);
    const data = join(temporaryFolder(), 'data');
    const config = await configFor(data, { admissionListen: { host: '127.0.0.1', port } });
    await expect(startServer(config, quiet)).rejects.toMatchObject({ code: 'SERVER_PORT_IN_USE' });
    await start({}, { data });
  });

  it('says that the address is none of this machine', async () => {
    const data = join(temporaryFolder(), 'data');
    const config = await configFor(data, { admissionListen: { host: '192.0.2.1', port: 0 } });
    await expect(startServer(config, quiet)).rejects.toMatchObject({
      code: 'SERVER_LISTEN',
      message: '192.0.2.1:0 cannot be listened on: EADDRNOTAVAIL',
    });
  });

  it('says that a second service wants the same store', async () => {
    const { data } = await start();
    await expect(start({}, { data })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', 'writ.example'])('is plain http on %s', async host => {
    const data = join(temporaryFolder(), 'data');
    const config = await configFor(data, { listen: { host, port: 4443 } });
    await expect(startServer(config, quiet)).rejects.toMatchObject({
      code: 'SERVER_PLAIN_HTTP',
      message: `${host}:4443 can be reached from other machines, and no tls is configured`,
    });
  });

  it('has a data folder that others can use', async () => {
    const data = temporaryFolder();
    chmodSync(data, 0o750);
    await expect(start({}, { data })).rejects.toMatchObject({
      code: 'KEYSTORE_PERMISSIONS',
      message: `others than its owner can use the data folder ${data}`,
    });
  });

  it('has a file where the data folder should be', async () => {
    const data = join(temporaryFolder(), 'a');
    mkdirSync(join(data, '..'), { recursive: true });
    await expect(start({}, { data: '/dev/null/data' })).rejects.toMatchObject({
      code: 'SERVER_DATA',
      message: 'the data folder /dev/null/data cannot be used: a part of the path is no folder',
    });
  });

  it('has a policy that cannot be read: at the start there is no last good one', async () => {
    await expect(start({ policies: ['/nonexistent/policies'] })).rejects.toMatchObject({
      code: 'POLICY_READ',
    });
  });
});

describe('a development folder', () => {
  const clock = { now: () => new Date() };

  it('is a whole service that starts from its own file', async () => {
    const data = join(temporaryFolder(), 'dev');
    const files = await prepareDevelopment(data, clock);
    const { config } = await loadConfig({ file: files.config, env: {}, flags: {} });
    expect(config).toMatchObject({
      development: true,
      data,
      tokenFile: files.token,
      auth: { mode: 'token' },
      policies: [join(data, 'policies')],
      keys: join(data, 'keys'),
      state: join(data, 'state'),
      server: 'http://127.0.0.1:4443',
    });
    const { catalogue, presets } = await loadCatalogue();
    const { policies } = await loadPolicies(config.policies, { catalogue, presets });
    expect(policies.map(({ name }) => name)).toEqual(['example']);
  });

  it('is left as it is when it is there', async () => {
    const data = join(temporaryFolder(), 'dev');
    const files = await prepareDevelopment(data, clock);
    const read = () => Object.values(files).map(path => readFileSync(path, 'utf8'));
    const before = read();
    expect(await prepareDevelopment(data, clock)).toEqual(files);
    expect(read()).toEqual(before);
  });
});
