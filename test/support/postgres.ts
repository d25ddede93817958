/** A PostgreSQL of one's own: a fresh cluster in a folder that is removed, on a socket and a free port. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './notary-server.js';
import { findProgram } from './programs.js';

export interface Postgres {
  /** For one of its databases: `postgres://notary@127.0.0.1:…/NAME?sslmode=disable`. */
  url(database: string): string;
  /** Makes a database and runs `statements` in it. */
  create(database: string, statements: string): void;
  /** What a query gives, one line a row, columns split by `|`. */
  query(database: string, statement: string): string[];
  stop(): Promise<void>;
}

/** Tables of notary-server 0.7, as its migrations leave them (NOTARY, migrations/server/postgresql). */
export const NOTARY_SERVER_TABLES = `
CREATE TABLE tuf_files (
  id serial PRIMARY KEY, created_at timestamp NULL, updated_at timestamp NULL, deleted_at timestamp NULL,
  gun varchar(255) NOT NULL, role varchar(255) NOT NULL, version integer NOT NULL, data bytea NOT NULL,
  sha256 char(64) DEFAULT NULL, UNIQUE (gun, role, version));
CREATE INDEX tuf_files_sha256_idx ON tuf_files (sha256);
CREATE TABLE change_category (category varchar(20) PRIMARY KEY);
INSERT INTO change_category VALUES ('update'), ('deletion');
CREATE TABLE changefeed (
  id serial PRIMARY KEY, created_at timestamp DEFAULT CURRENT_TIMESTAMP, gun varchar(255) NOT NULL,
  version integer NOT NULL, sha256 char(64) DEFAULT NULL,
  category varchar(20) NOT NULL DEFAULT 'update' REFERENCES change_category);
CREATE INDEX idx_changefeed_gun ON changefeed (gun);`;

const STARTS_WITHIN_MS = 60_000;

/** Whoever starts it stops it. Root runs it as the system's user `postgres`, since PostgreSQL refuses root. */
export async function startPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-postgres-'));
  chmodSync(folder, 0o755);
  const data = join(folder, 'data');
  const isRoot = process.getuid?.() === 0;
  const run = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  if (isRoot) execFileSync('chown', ['postgres', folder]);
  const [initdb = '', ...args] = [
    ...run,
    program('initdb'),
    '-D',
    data,
    '-U',
    'notary',
    '-A',
    'trust',
    '-E',
    'UTF8',
  ];
  execFileSync(initdb, args, { stdio: 'ignore', cwd: '/' });
  const port = String(await freePort());
  const settings = ['-c', `unix_socket_directories=${folder}`, '-c', 'listen_addresses=127.0.0.1'];
  const [postgres = '', ...rest] = [...run, program('postgres'), '-D', data, '-p', port, ...settings];
  const child = spawn(postgres, rest, { stdio: 'ignore', cwd: '/' });
  const ended = new Promise<void>(resolve => {
    child.once('close', () => {
      resolve();
    });
  });
  const psql = (database: string, statement: string): string =>
    execFileSync(
      program('psql'),
      [
        '-h',
        '127.0.0.1',
        '-p',
        port,
        '-U',
        'notary',
        '-d',
        database,
        '-At',
        '-v',
        'ON_ERROR_STOP=1',
        '-c',
        statement,
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );
  await untilReady(() => psql('postgres', 'SELECT 1'));
  return {
    url: database => `postgres://notary@127.0.0.1:${port}/${database}?sslmode=disable`,
    create(database, statements) {
      psql('postgres', `CREATE DATABASE ${database}`);
      psql(database, statements);
    },
    query: (database, statement) => psql(database, statement).split('\n').slice(0, -1),
    async stop() {
      child.kill('SIGINT'); // a fast shutdown: sessions are ended
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(probe: () => void): Promise<void> {
  const deadline = performance.now() + STARTS_WITHIN_MS;
  for (;;) {
    try {
      probe();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

const LIBRARY = '/usr/lib/postgresql';

/** Debian keeps the server's programs beside PATH, by version. */
function program(name: string): string {
  const versions = existsSync(LIBRARY) ? readdirSync(LIBRARY).sort().reverse() : [];
  const beside = versions.map(version => join(LIBRARY, version, 'bin', name)).find(path => existsSync(path));
  return findProgram(name) ?? beside ?? name;
}

/** For `describeWith`: the program that says whether there is a PostgreSQL at all. */
export const POSTGRES_NEEDS = [
  'psql',
  'setpriv',
  ...(program('postgres') === 'postgres' ? ['postgres'] : []),
];
