/** A notary-server is replaced, and its notary-signer goes on: the real programs, on PostgreSQL. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  INSTALLATION_NEEDS,
  NotaryUser,
  readToken,
  startInstallation,
  type Installation,
} from '../support/notary-installation.js';
import { describeWith } from '../support/system.js';
import { builtWrit, serve, type Serving } from './writ-serve.js';

const APP = 'registry.example/acme/app';
const NEW = 'registry.example/acme/new';
/** Its keys were given out by the old server, and it is published to the new one. */
const BEGUN = 'registry.example/acme/begun';

interface Root {
  readonly signed: {
    readonly version: number;
    readonly roles: Readonly<Record<string, { readonly keyids: readonly string[] }>>;
  };
}

describeWith(INSTALLATION_NEEDS, 'a notary-signer that goes on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'writ-signer-'));
  const data = join(folder, 'data');
  const [owner, reader] = [new NotaryUser(folder, 'owner'), new NotaryUser(folder, 'reader')];
  let old: Installation;
  let service: Serving;

  const keysInSigner = async (): Promise<Map<string, string>> => {
    const rows = await old.sql(old.signerDb, 'SELECT key_id, gun, role FROM private_keys ORDER BY id');
    return new Map(rows.map(row => [String(row['key_id']), `${String(row['role'])} ${String(row['gun'])}`]));
  };
  const get = async (path: string): Promise<Response> => fetch(`${service.repository}/${path}`);
  const onlineKeys = async (gun: string): Promise<string[]> => {
    const { signed } = (await (await get(`v2/${gun}/_trust/tuf/root.json`)).json()) as Root;
    return ['timestamp', 'snapshot'].flatMap(role => signed.roles[role]?.keyids ?? []);
  };

  beforeAll(async () => {
    old = await startInstallation();
    owner.done(old.url, 'init', APP, '-p');
    owner.done(old.url, 'key', 'rotate', APP, 'snapshot', '-r');
    owner.done(old.url, 'add', APP, 'v1', 'file', '-p');
    reader.done(old.url, 'list', APP);
    owner.done(old.url, 'init', BEGUN);
    await old.stopServer();
    const { address, ca, cert, key } = old.signer;
    const [hostname, port] = address.split(':');
    const trust = { type: 'remote', hostname, port, key_algorithm: 'ecdsa', tls_ca_file: ca };
    const file = {
      server: { http_addr: '127.0.0.1:0' },
      trust_service: { ...trust, tls_client_cert: cert, tls_client_key: key },
      storage: { backend: 'postgres', db_url: old.serverDb },
    };
    writeFileSync(join(folder, 'server.json'), JSON.stringify(file));
    writeFileSync(
      join(folder, 'writ.yaml'),
      `notary: { signer: { address: '${address}', ca: ${ca}, cert: ${cert}, key: ${key} } }\n`,
    );
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        ...[builtWrit(), 'migrate', '--json', '--data', data, '--config', join(folder, 'writ.yaml')],
        ...['--server-db', old.serverDb, '--signer-db', old.signerDb, '--keep-signer'],
      ],
      { env: { PATH: process.env['PATH'], HOME: folder }, encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    expect(JSON.parse(stdout)).toMatchObject({
      repositories: [{ name: APP, outcome: 'imported', mustRotate: [] }],
      keys: { leftOut: [] },
    });
  });
  afterAll(async () => {
    await old.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  // In one test: each step goes on from the one before.
  it('keeps the keys, and signs what old and new clients publish', async () => {
    service = await serve(data, { args: ['--notary-config', join(folder, 'server.json')] });
    const url = service.repository;
    owner.login(readToken(data));
    const before = await onlineKeys(APP);

    owner.done(url, 'add', APP, 'v2', 'file', '-p');
    expect(reader.done(url, 'list', APP)).toContain('v2');
    expect(await onlineKeys(APP)).toEqual(before);

    const given = [...(await keysInSigner())].filter(([, whose]) => whose === `timestamp ${BEGUN}`);
    owner.done(url, 'publish', BEGUN);
    expect([...(await keysInSigner())].filter(([, whose]) => whose === `timestamp ${BEGUN}`)).toEqual(given);
    expect(await onlineKeys(BEGUN)).toContain(given[0]?.[0]);

    owner.done(url, 'init', NEW, '-p');
    owner.done(url, 'key', 'rotate', NEW, 'snapshot', '-r');
    owner.done(url, 'add', NEW, 'n1', 'file', '-p');
    expect(reader.done(url, 'list', NEW)).toContain('n1');
    for (const role of ['timestamp', 'snapshot']) owner.done(url, 'key', 'rotate', APP, role, '-r');
    owner.done(url, 'add', APP, 'v3', 'file', '-p');
    expect(reader.done(url, 'list', APP)).toContain('v3');

    const held = await keysInSigner();
    const [rotated, fresh] = [await onlineKeys(APP), await onlineKeys(NEW)];
    expect(rotated.filter(id => before.includes(id))).toEqual([]);
    expect(rotated.map(id => held.get(id))).toEqual([`timestamp ${APP}`, `snapshot ${APP}`]);
    expect(fresh.map(id => held.get(id))).toEqual([`timestamp ${NEW}`, `snapshot ${NEW}`]);
    expect((await get('_notary_server/health')).status).toBe(200);

    await old.stopSigner();
    expect(reader.done(url, 'list', APP)).toContain('v3');
    const refused = owner.notary(url, 'add', APP, 'v4', 'file', '-p');
    expect(refused).toEqual({ status: 1, output: expect.stringMatching(/503|unable to reach trust server/) });
    const health = await get('_notary_server/health');
    expect([health.status, await health.json()]).toEqual([503, { signer: expect.any(String) }]);
    expect((await get('v2/other/_trust/tuf/timestamp.key')).status).toBe(503);
    expect(reader.done(url, 'list', APP)).not.toContain('v4');

    await old.startSigner();
    owner.done(url, 'publish', APP);
    expect(reader.done(url, 'list', APP)).toContain('v4');
    expect((await get('_notary_server/health')).status).toBe(200);
    const metrics = await (await get('metrics')).text();
    expect(metrics).toMatch(/writ_notary_signer_calls_total\{call="sign",outcome="ok"\} [1-9]/);
    expect(metrics).toMatch(
      /writ_notary_signer_calls_total\{call="sign",outcome="SIGNER_UNAVAILABLE"\} [1-9]/,
    );

    // without it: owners move to keys of writ
    await service.end('SIGTERM');
    service = await serve(data);
    expect(owner.notary(service.repository, 'add', APP, 'v5', 'file', '-p').status).toBe(1);
    owner.done(service.repository, 'reset', APP, '--all');
    const words = ['-d', owner.trust, '-s', service.repository, 'key', 'rotate', APP, 'online', '-r'];
    expect(owner.run(process.execPath, builtWrit(), 'notary', ...words)).toMatchObject({ status: 0 });
    await old.stopSigner();
    owner.done(service.repository, 'add', APP, 'v6', 'file', '-p');
    expect(reader.done(service.repository, 'list', APP)).toContain('v6');
  });
});
