/** The databases of Notary, asked in SQL that PostgreSQL and MySQL both understand. */
import { WritError } from '../errors.js';
import { momentOf, type ChangeRow, type DocumentRow, type KeyRow } from './databases.js';
import type { ServerDatabase, SignerDatabase } from './databases.js';

/** A row as a driver gives it. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** One connection, in one transaction that reads only and sees one moment. */
export interface SqlConnection {
  /**
   * @param text - with `?` for each of `values`
   * @throws WritError MIGRATE_SOURCE
   */
  rows(text: string, values: readonly (string | number)[]): Promise<readonly SqlRow[]>;
  close(): Promise<void>;
}

/** Changes that are read at once. */
const PAGE = 1000;

export class SqlDatabase implements ServerDatabase, SignerDatabase {
  readonly #connection: SqlConnection;
  readonly #now: Date;

  /** @param now - for rows without a time */
  constructor(connection: SqlConnection, now: Date) {
    this.#connection = connection;
    this.#now = now;
  }

  async guns(): Promise<readonly string[]> {
    const rows = await this.#connection.rows(
      'SELECT DISTINCT gun FROM tuf_files WHERE deleted_at IS NULL ORDER BY gun',
      [],
    );
    return [...new Set(rows.map(row => text(row, 'gun')))].sort();
  }

  async documents(gun: string): Promise<readonly DocumentRow[]> {
    const rows = await this.#connection.rows(
      `SELECT id, role, version, CAST(created_at AS CHAR(32)) AS moment, sha256, OCTET_LENGTH(data) AS size
       FROM tuf_files WHERE gun = ? AND deleted_at IS NULL`,
      [gun],
    );
    return rows.map(row => ({
      role: text(row, 'role'),
      version: integer(row, 'version'),
      at: momentOf(optional(row, 'moment'), this.#now),
      size: integer(row, 'size'),
      sha256: optional(row, 'sha256')?.trim(),
      read: () => this.#read(integer(row, 'id')),
    }));
  }

  async *changesAfter(id: number): AsyncIterable<ChangeRow> {
    for (let from = id; ;) {
      const rows = await this.#connection.rows(
        `SELECT id, CAST(created_at AS CHAR(32)) AS moment, gun, version, sha256, category
         FROM changefeed WHERE id > ? ORDER BY id LIMIT ${PAGE}`,
        [from],
      );
      for (const row of rows) yield this.#change(row);
      const last = rows.at(-1);
      if (last === undefined) return;
      from = integer(last, 'id');
    }
  }

  async keys(): Promise<readonly KeyRow[]> {
    const rows = await this.#connection.rows(
      `SELECT key_id, encryption_alg, keywrap_alg, algorithm, passphrase_alias, public AS public_key,
       private AS sealed, gun, role FROM private_keys WHERE deleted_at IS NULL ORDER BY id`,
      [],
    );
    return rows.map(row => ({
      id: text(row, 'key_id'),
      encryption: text(row, 'encryption_alg'),
      keywrap: text(row, 'keywrap_alg'),
      algorithm: text(row, 'algorithm'),
      alias: text(row, 'passphrase_alias'),
      publicKey: binary(row, 'public_key'),
      sealed: Buffer.from(binary(row, 'sealed')).toString('latin1'),
      gun: optional(row, 'gun') ?? '',
      role: optional(row, 'role') ?? '',
    }));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #read(id: number): Promise<Uint8Array> {
    const [row] = await this.#connection.rows('SELECT data FROM tuf_files WHERE id = ?', [id]);
    if (row === undefined) throw new WritError('MIGRATE_SOURCE', `the row ${id} of tuf_files is gone`);
    return binary(row, 'data');
  }

  #change(row: SqlRow): ChangeRow {
    return {
      id: integer(row, 'id'),
      at: momentOf(optional(row, 'moment'), this.#now),
      gun: text(row, 'gun'),
      version: integer(row, 'version'),
      sha256: (optional(row, 'sha256') ?? '').trim(),
      category: text(row, 'category'),
    };
  }
}

const wrong = (column: string): WritError =>
  new WritError('MIGRATE_SOURCE', `the column ${column} of the database is not as Notary makes it`);

function optional(row: SqlRow, column: string): string | undefined {
  const value = row[column] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  throw wrong(column);
}

function text(row: SqlRow, column: string): string {
  const value = optional(row, column);
  if (value === undefined) throw wrong(column);
  return value;
}

/** Drivers give wide integers as text. */
function integer(row: SqlRow, column: string): number {
  const value = Number(row[column] ?? Number.NaN);
  if (!Number.isSafeInteger(value) || value < 0) throw wrong(column);
  return value;
}

function binary(row: SqlRow, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw wrong(column);
}
