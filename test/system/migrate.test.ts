/** From a real notary-server, notary-signer and PostgreSQL to writ; then they are switched off. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import {
  INSTALLATION_NEEDS,
  NotaryUser,
  readToken,
  SIGNER_PASSPHRASE,
  startInstallation,
  type Installation,
} from '../support/notary-installation.js';
import { describeWith } from '../support/system.js';
import { builtWrit, serve } from './writ-serve.js';

const APP = 'registry.example/acme/app';
const WEB = 'registry.example/acme/web';
const GONE = 'registry.example/acme/gone';
const MORE = Array.from({ length: 6 }, (_, i) => `registry.example/more/app-${i}`);

interface Migrated {
  readonly status: number | null;
  readonly stderr: string;
  readonly report: {
    repositories: {
      name: string;
      outcome: string;
      leftOut: unknown[];
      mustRotate: string[];
      frozenUntil?: string;
    }[];
    keys: { imported: number; leftOut: unknown[] };
    changes: { imported: number; sameIds: boolean };
    deletedThere: readonly string[];
  };
}

describeWith(INSTALLATION_NEEDS, 'writ migrate from databases', () => {
  const folder = mkdtempSync(join(tmpdir(), 'writ-migrate-'));
  let old: Installation;
  const [owner, reader] = [new NotaryUser(folder, 'owner'), new NotaryUser(folder, 'reader')];

  const words = (data: string, serverDb = old.serverDb, signerDb = old.signerDb): string[] => [
    ...[builtWrit(), 'migrate', '--json', '--data', join(folder, data)],
    ...['--server-db', serverDb, '--signer-db', signerDb],
  ];
  const env = { PATH: process.env['PATH'], HOME: folder, NOTARY_SIGNER_TIMESTAMP_1: SIGNER_PASSPHRASE };
  const migrate = (args: readonly string[], more: NodeJS.ProcessEnv = {}): Migrated => {
    const ran = spawnSync(process.execPath, args, { env: { ...env, ...more }, encoding: 'utf8' });
    return { status: ran.status, stderr: ran.stderr, report: JSON.parse(ran.stdout) as Migrated['report'] };
  };

  beforeAll(async () => {
    old = await startInstallation();
    for (const gun of [APP, WEB, ...MORE]) owner.done(old.url, 'init', gun, '-p');
    owner.done(old.url, 'add', APP, 'v1', 'file', '-p');
    reader.done(old.url, 'list', APP);
    owner.done(old.url, 'key', 'rotate', APP, 'snapshot', '-r');
    owner.done(old.url, 'key', 'rotate', APP, 'root');
    owner.run('openssl', 'ecparam', '-genkey', '-name', 'prime256v1', '-out', 'alice.key');
    owner.run(
      'openssl',
      'req',
      '-x509',
      '-new',
      '-key',
      'alice.key',
      '-subj',
      '/CN=alice',
      '-days',
      '400',
      '-out',
      'alice.crt',
    );
    owner.done(old.url, 'delegation', 'add', APP, 'targets/releases', 'alice.crt', '--all-paths', '-p');
    owner.done(old.url, 'add', WEB, 'w1', 'file', '-p');
    owner.done(old.url, 'init', GONE, '-p');
    // a client that was given keys, and has not published yet
    owner.done(old.url, 'init', 'registry.example/acme/later');
  });
  afterAll(async () => {
    await old.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('goes on where it was killed, and ends as if it had not been', async () => {
    const child = spawn(process.execPath, words('killed'), { env, stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>(resolve => {
      child.stderr.once('data', () => {
        child.kill('SIGKILL');
      });
      child.once('close', () => {
        resolve();
      });
    });
    const again = migrate(words('killed'));
    expect(again.status).toBe(0);
    // told only once it is durable
    expect(again.report.repositories.map(({ outcome }) => outcome)).toContain('unchanged');
    const whole = migrate(words('whole'));
    expect(whole.status).toBe(0);
    expect(whole.report.repositories.every(({ outcome }) => outcome === 'imported')).toBe(true);
    const names = (of: Migrated): string[] => of.report.repositories.map(({ name }) => name);
    expect(names(again)).toEqual(names(whole));
    const unchanged = migrate(words('killed')).report;
    expect(new Set(unchanged.repositories.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']));
    expect(unchanged.changes.imported).toBe(0);
  });

  it('gives the same from dumps', () => {
    for (const [name, way] of [
      ['copy', []],
      ['inserts', ['--inserts']],
    ] as const) {
      const files = (['serverDb', 'signerDb'] as const).map(which => {
        writeFileSync(join(folder, `${which}-${name}.sql`), old.dump(old[which], ...way));
        return join(folder, `${which}-${name}.sql`);
      });
      const { status, report } = migrate(words(`dump-${name}`, files[0], files[1]));
      expect(status).toBe(0);
      expect(report).toEqual(migrate(words(`whole-${name}`)).report);
    }
  });

  it('tells a row that was tampered with, and serves nothing false', async () => {
    const forge = `UPDATE tuf_files SET data = convert_to(replace(convert_from(data, 'UTF8'), '"w1"', '"w2"'), 'UTF8')`;
    await old.sql(old.serverDb, `CREATE TABLE kept AS SELECT * FROM tuf_files`);
    await old.sql(old.serverDb, `${forge} WHERE gun = '${WEB}' AND role = 'targets'`);
    await old.sql(
      old.serverDb,
      `UPDATE tuf_files SET data = '\\x00' WHERE gun = '${APP}' AND role = 'snapshot' AND version = 2`,
    );
    const { status, stderr, report } = migrate(words('tampered'));
    await old.sql(
      old.serverDb,
      'UPDATE tuf_files SET data = kept.data FROM kept WHERE kept.id = tuf_files.id',
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/web was left out: /);
    expect(stderr).toMatch(/app: snapshot version 2 was left out: /);
    const outcomes = new Map(report.repositories.map(({ name, outcome }) => [name, outcome]));
    expect([outcomes.get(WEB), outcomes.get(APP)]).toEqual(['left out', 'imported']);
    const service = await serve(join(folder, 'tampered'));
    const get = (path: string): Promise<Response> => fetch(`${service.repository}/v2/${path}`);
    expect((await get(`${WEB}/_trust/tuf/targets.json`)).status).toBe(404);
    expect((await get(`${APP}/_trust/tuf/2.snapshot.json`)).status).toBe(404);
    expect((await get(`${APP}/_trust/tuf/targets.json`)).status).toBe(200);
    await service.end('SIGTERM');
    // the rows are mended: what was left out comes
    expect(migrate(words('tampered')).status).toBe(0);
  });

  it('says which keys it cannot open, and that their repositories are frozen', () => {
    const { status, stderr, report } = migrate(words('locked'), { NOTARY_SIGNER_TIMESTAMP_1: 'another' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/the key for the timestamp of .* was left out: .*pass-phrase "timestamp_1"/);
    expect(report.repositories.every(({ frozenUntil }) => frozenUntil !== undefined)).toBe(true);
    expect(migrate(words('locked')).report.repositories.flatMap(({ mustRotate }) => mustRotate)).toEqual([]);
  });

  it('lets clients go on without a word when everything old is gone', async () => {
    const data = join(folder, 'live');
    expect(migrate(words('live')).status).toBe(0);
    // what is published meanwhile comes with the next run
    owner.done(old.url, 'add', APP, 'v2', 'file', '-p');
    owner.done(old.url, 'delete', GONE, '--remote');
    const rows = await old.sql(old.serverDb, `SELECT gun, role, version, data, sha256 FROM tuf_files`);
    const [last] = await old.sql(old.serverDb, 'SELECT max(id) AS id FROM changefeed');
    await old.stopNotary();
    const { report, stderr } = migrate(words('live'));
    expect(report.repositories.find(({ name }) => name === APP)?.outcome).toBe('updated');
    expect(report.deletedThere).toEqual([GONE]);
    expect(stderr).toContain(`${GONE} was deleted there, and is served here`);
    await old.stop();

    const service = await serve(data);
    const url = service.repository;
    expect(rows.length).toBeGreaterThan(30);
    for (const { gun, role, version, data: bytes, sha256 } of rows) {
      for (const name of [`${String(version)}.${String(role)}`, `${String(role)}.${String(sha256)}`]) {
        const answer = await fetch(`${url}/v2/${String(gun)}/_trust/tuf/${name}.json`);
        expect(Buffer.from(await answer.arrayBuffer()).equals(bytes as Buffer), name).toBe(true);
      }
    }
    expect(reader.done(url, 'list', APP)).toContain('v2');
    reader.done(url, 'verify', APP, 'v1', '-i', 'file', '-q');
    owner.login(readToken(data));
    owner.done(url, 'add', APP, 'v3', 'file', '-p');
    owner.done(url, 'publish', 'registry.example/acme/later');
    expect(reader.done(url, 'list', APP)).toContain('v3');
    const feed = (await (await fetch(`${url}/v2/_trust/changefeed?records=-2`)).json()) as {
      records: { ID: string }[];
    };
    expect(feed.records.map(({ ID }) => Number(ID))).toEqual([1, 2].map(more => Number(last?.['id']) + more));
    for (const role of ['timestamp', 'snapshot']) owner.done(url, 'key', 'rotate', APP, role, '-r');
    owner.done(url, 'key', 'rotate', APP, 'targets');
    owner.done(url, 'key', 'rotate', APP, 'root');
    owner.done(url, 'key', 'rotate', WEB, 'snapshot', '-r');
    owner.done(url, 'add', WEB, 'w2', 'file', '-p');
    expect(reader.done(url, 'list', APP)).toContain('v3');
    expect(readFileSync(join(reader.trust, 'tuf', APP, 'metadata', 'root.json'), 'utf8')).toContain(
      '"version":7',
    );
  });
});
