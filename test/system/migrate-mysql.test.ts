/** From a real notary-server and notary-signer on MariaDB to writ; then they are switched off. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { onMariadb } from '../support/notary-databases.js';
import {
  MARIADB_NEEDS,
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

describeWith(MARIADB_NEEDS, 'writ migrate from MariaDB', () => {
  const folder = mkdtempSync(join(tmpdir(), 'writ-migrate-mysql-'));
  const env = { PATH: process.env['PATH'], HOME: folder, NOTARY_SIGNER_TIMESTAMP_1: SIGNER_PASSPHRASE };
  const [owner, reader] = [new NotaryUser(folder, 'owner'), new NotaryUser(folder, 'reader')];
  let old: Installation;

  beforeAll(async () => {
    old = await startInstallation(onMariadb);
    for (const gun of [APP, WEB]) owner.done(old.url, 'init', gun, '-p');
    owner.done(old.url, 'key', 'rotate', APP, 'snapshot', '-r');
    owner.done(old.url, 'add', APP, 'v1', 'file', '-p');
    reader.done(old.url, 'list', APP);
  });
  afterAll(async () => {
    await old.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function migrate(data: string, serverDb: string, signerDb: string): Record<string, unknown> {
    const words = [builtWrit(), 'migrate', '--json', '--data', join(folder, data)];
    const args = [...words, '--server-db', serverDb, '--signer-db', signerDb];
    const ran = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    expect([ran.status, ran.stderr]).toEqual([0, expect.not.stringContaining('left out')]);
    return JSON.parse(ran.stdout) as Record<string, unknown>;
  }

  it('reads the same from the databases and from what mariadb-dump writes', () => {
    const live = migrate('live', old.serverDb, old.signerDb);
    for (const [name, way] of [
      ['escaped', []],
      ['hexadecimal', ['--hex-blob', '--skip-extended-insert']],
    ] as const) {
      const [server = '', signer = ''] = [old.serverDb, old.signerDb].map((database, i) => {
        const file = join(folder, `${name}-${i}.sql`);
        old.dump(database, ...way, `--result-file=${file}`);
        return file;
      });
      expect(migrate(name, server, signer)).toEqual(live);
    }
    expect(live).toMatchObject({
      repositories: [APP, WEB].map(name => ({ name, outcome: 'imported', leftOut: [] })),
      keys: { leftOut: [] },
    });
  });

  it('must beat 14: the signer keeps the keys of what was deleted, and the server every version', async () => {
    const gone = 'registry.example/acme/gone';
    owner.done(old.url, 'init', gone, '-p');
    owner.done(old.url, 'delete', gone, '--remote');
    const rows = (database: string, table: string, gun: string): Promise<readonly unknown[]> =>
      old.sql(database, `SELECT id FROM ${table} WHERE gun = '${gun}'`);
    expect((await rows(old.serverDb, 'tuf_files', gone)).length).toBe(0);
    expect((await rows(old.signerDb, 'private_keys', gone)).length).toBeGreaterThan(0);
    expect((await rows(old.serverDb, 'tuf_files', APP)).length).toBeGreaterThan(4);
    const { repositories } = migrate('again', old.serverDb, old.signerDb);
    expect(repositories).toMatchObject([APP, WEB].map(name => ({ name })));
  });

  it('lets clients go on without a word when everything old is gone', async () => {
    await old.stop();
    const service = await serve(join(folder, 'live'));
    const url = service.repository;
    reader.done(url, 'verify', APP, 'v1', '-i', 'file', '-q');
    owner.login(readToken(join(folder, 'live')));
    owner.done(url, 'add', APP, 'v2', 'file', '-p');
    owner.done(url, 'add', WEB, 'w1', 'file', '-p');
    expect(reader.done(url, 'list', APP)).toContain('v2');
    await service.end('SIGTERM');
  });
});
