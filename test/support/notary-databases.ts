/** The databases that a Notary can be on, each with its tables: a server of one's own in a folder that is removed. */
import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import postgres from 'postgres';
import { freePort } from './ports.js';
import { startProgram } from './processes.js';
import { findProgram } from './programs.js';
import { until } from './until.js';

export type Row = Readonly<Record<string, unknown>>;

/** What {@link onPostgres} needs. */
export const POSTGRES_NEEDS = ['setpriv', 'initdb', 'postgres'] as const;

/** A running database server, with the two databases of Notary. */
export interface NotaryDatabases {
  /** As notary-server and notary-signer name it. */
  readonly backend: 'postgres' | 'mysql';
  /** The URLs of the two, for everybody else. */
  readonly serverDb: string;
  readonly signerDb: string;
  /** How notary's programs write the URL of one. */
  dsn(database: string): string;
  /** Runs SQL in one. */
  sql(database: string, text: string): Promise<readonly Row[]>;
  /** What its own program writes of one. */
  dump(database: string, ...words: string[]): string;
  /** Ends it, and removes it. */
  stop(): Promise<void>;
}

/** Whoever starts it stops it. */
export type DatabaseEngine = () => Promise<NotaryDatabases>;

export function run(program: string, words: readonly string[], cwd?: string): string {
  const { status, stdout, stderr } = spawnSync(findProgram(program) ?? program, words, {
    cwd,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
  return stdout;
}

const NOBODY = 65534;

/** The folder of a database, and the words before the program that make it run as anybody but root. */
function asNobody(prefix: string): { folder: string; first: string; rest: readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  if (process.getuid?.() !== 0) return { folder, first: 'env', rest: [] };
  chownSync(folder, NOBODY, NOBODY);
  const rest = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  return { folder, first: 'setpriv', rest };
}

/** @param signal - that ends it at once, with whatever processes it has made */
async function started(
  folder: string,
  [program = '', ...args]: readonly string[],
  signal: NodeJS.Signals,
  answers: () => Promise<unknown>,
): Promise<() => Promise<void>> {
  const server = startProgram(program, args, { cwd: folder });
  const stop = async (): Promise<void> => {
    await server.stop(signal);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(answers, server.output, () => !server.alive());
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/** @param durable - as Debian configures it: every commit is on the disk; for tests it need not be */
const postgresEngine =
  (durable: boolean): DatabaseEngine =>
  async () => {
    const { folder, first, rest } = asNobody('notary-postgres-');
    const files = join(folder, 'data');
    const initdb = [...rest, findProgram('initdb') ?? '', '-D', files, '-U', 'notary', '-A', 'trust'];
    run(first, [...initdb, '-E', 'UTF8', '--no-sync'], folder);
    const port = await freePort();
    const settings = ['-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1'];
    if (!durable) settings.push('-c', 'fsync=off');
    const url = `postgres://notary@127.0.0.1:${port}`;
    const words = [first, ...rest, findProgram('postgres') ?? '', '-D', files, ...settings];
    const stop = await started(folder, words, 'SIGQUIT', () => queryPostgres(`${url}/postgres`, 'SELECT 1'));
    const [serverDb, signerDb] = [`${url}/notaryserver`, `${url}/notarysigner`];
    await queryPostgres(`${url}/postgres`, 'CREATE DATABASE notaryserver');
    await queryPostgres(`${url}/postgres`, 'CREATE DATABASE notarysigner');
    await queryPostgres(serverDb, POSTGRES_SERVER_TABLES);
    await queryPostgres(signerDb, POSTGRES_SIGNER_TABLES);
    return {
      backend: 'postgres',
      serverDb,
      signerDb,
      dsn: database => `${database}?sslmode=disable`,
      sql: queryPostgres,
      dump: (database, ...more) => run('pg_dump', [...more, database]),
      stop,
    };
  };

export const onPostgres = postgresEngine(false);
export const onDurablePostgres = postgresEngine(true);

async function queryPostgres(database: string, text: string): Promise<readonly Row[]> {
  const sql = postgres(database, { max: 1, onnotice: () => undefined });
  try {
    return await sql.unsafe(text);
  } finally {
    await sql.end();
  }
}

export const onMariadb: DatabaseEngine = async () => {
  const { folder, first, rest } = asNobody('notary-mariadb-');
  const files = join(folder, 'data');
  const install = ['--no-defaults', `--datadir=${files}`, '--auth-root-authentication-method=normal'];
  run(first, [...rest, findProgram('mariadb-install-db') ?? '', ...install, '--skip-test-db'], folder);
  const port = await freePort();
  const settings = [`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 'socket')}`];
  const words = ['--no-defaults', `--datadir=${files}`, ...settings, '--innodb-flush-log-at-trx-commit=0'];
  const url = `mysql://root@127.0.0.1:${port}`;
  const server = [first, ...rest, findProgram('mariadbd') ?? '', ...words];
  const stop = await started(folder, server, 'SIGKILL', () => queryMysql(`${url}/mysql`, 'SELECT 1'));
  const [serverDb, signerDb] = [`${url}/notaryserver`, `${url}/notarysigner`];
  await queryMysql(`${url}/mysql`, 'CREATE DATABASE notaryserver; CREATE DATABASE notarysigner');
  await queryMysql(serverDb, MYSQL_SERVER_TABLES);
  await queryMysql(signerDb, MYSQL_SIGNER_TABLES);
  return {
    backend: 'mysql',
    serverDb,
    signerDb,
    dsn: database => `root@tcp(127.0.0.1:${port})${new URL(database).pathname}?parseTime=True`,
    sql: queryMysql,
    dump(database, ...more) {
      const to = ['--no-defaults', '--host=127.0.0.1', `--port=${port}`, '--user=root', ...more];
      return run('mariadb-dump', [...to, new URL(database).pathname.slice(1)]);
    },
    stop,
  };
};

async function queryMysql(database: string, text: string): Promise<readonly Row[]> {
  const connection = await mysql.createConnection({ uri: database, multipleStatements: true });
  try {
    const [rows] = await connection.query(text);
    return rows as readonly Row[];
  } finally {
    await connection.end();
  }
}

/** theupdateframework/notary, migrations/server/postgresql. */
const POSTGRES_SERVER_TABLES = `
CREATE TABLE "tuf_files" ("id" serial PRIMARY KEY, "created_at" timestamp NULL, "updated_at" timestamp NULL,
  "deleted_at" timestamp NULL, "gun" varchar(255) NOT NULL, "role" varchar(255) NOT NULL, "version" integer NOT NULL,
  "data" bytea NOT NULL, "sha256" char(64) DEFAULT NULL, UNIQUE ("gun", "role", "version"));
CREATE INDEX tuf_files_sha256_idx ON tuf_files(sha256);
CREATE TABLE "change_category" ("category" VARCHAR(20) PRIMARY KEY);
INSERT INTO "change_category" VALUES ('update'), ('deletion');
CREATE TABLE "changefeed" ("id" serial PRIMARY KEY, "created_at" timestamp DEFAULT CURRENT_TIMESTAMP,
  "gun" varchar(255) NOT NULL, "version" integer NOT NULL, "sha256" CHAR(64) DEFAULT NULL,
  "category" VARCHAR(20) NOT NULL DEFAULT 'update' REFERENCES "change_category");
CREATE INDEX "idx_changefeed_gun" ON "changefeed" ("gun");`;

/** migrations/signer/postgresql. */
const POSTGRES_SIGNER_TABLES = `
CREATE TABLE "private_keys" ("id" serial PRIMARY KEY, "created_at" timestamp NULL, "updated_at" timestamp NULL,
  "deleted_at" timestamp NULL, "key_id" varchar(255) NOT NULL, "encryption_alg" varchar(255) NOT NULL,
  "keywrap_alg" varchar(255) NOT NULL, "algorithm" varchar(50) NOT NULL, "passphrase_alias" varchar(50) NOT NULL,
  "public" bytea NOT NULL, "private" bytea NOT NULL, "gun" varchar(255) NOT NULL, "role" varchar(255) NOT NULL,
  "last_used" timestamp NULL, UNIQUE ("key_id"), UNIQUE ("key_id", "algorithm"));`;

/** migrations/server/mysql. */
const MYSQL_SERVER_TABLES = `
CREATE TABLE tuf_files (id int(11) NOT NULL AUTO_INCREMENT, created_at timestamp NULL DEFAULT NULL,
  updated_at timestamp NULL DEFAULT NULL, deleted_at timestamp NULL DEFAULT NULL, gun varchar(255) NOT NULL,
  role varchar(255) NOT NULL, version int(11) NOT NULL, data longblob NOT NULL, sha256 char(64) DEFAULT NULL,
  PRIMARY KEY (id), UNIQUE KEY gun (gun, role, version), INDEX sha256 (sha256));
CREATE TABLE change_category (category varchar(20) NOT NULL, PRIMARY KEY (category));
INSERT INTO change_category VALUES ('update'), ('deletion');
CREATE TABLE changefeed (id int(11) NOT NULL AUTO_INCREMENT, created_at timestamp DEFAULT CURRENT_TIMESTAMP,
  gun varchar(255) NOT NULL, version int(11) NOT NULL, sha256 char(64) DEFAULT NULL,
  category varchar(20) NOT NULL DEFAULT 'update', PRIMARY KEY (id),
  FOREIGN KEY (category) REFERENCES change_category (category), INDEX idx_changefeed_gun (gun))`;

/** migrations/signer/mysql. */
const MYSQL_SIGNER_TABLES = `
CREATE TABLE private_keys (id int(11) NOT NULL AUTO_INCREMENT, created_at timestamp NULL DEFAULT NULL,
  updated_at timestamp NULL DEFAULT NULL, deleted_at timestamp NULL DEFAULT NULL, key_id varchar(255) NOT NULL,
  encryption_alg varchar(255) NOT NULL, keywrap_alg varchar(255) NOT NULL, algorithm varchar(50) NOT NULL,
  passphrase_alias varchar(50) NOT NULL, public blob NOT NULL, private blob NOT NULL, gun varchar(255) NOT NULL,
  role varchar(255) NOT NULL, last_used timestamp NULL DEFAULT NULL,
  PRIMARY KEY (id), UNIQUE KEY key_id (key_id), UNIQUE KEY key_id_2 (key_id, algorithm))`;
