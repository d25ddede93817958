/** A dump as the databases of Notary. It is read once from end to end; documents are then read where they lie. */
import { WritError } from '../../errors.js';
import { momentOf, type ChangeRow, type DocumentRow, type KeyRow } from '../databases.js';
import type { ServerDatabase, SignerDatabase } from '../databases.js';
import { DumpBytes } from './bytes.js';
import { binaryOf, bytesOf, type Cell, type Dialect } from './cells.js';
import { Lexer } from './lexer.js';
import { incomplete, readStatements, type DumpRow } from './statements.js';

/** Of what is looked at to tell who wrote the dump. */
const HEAD = 64 * 1024;
/** Of a value that is no document. */
const MAX_VALUE = 256 * 1024;
/** A document as it is written; decoded it is at most half of it, or as long. */
const MAX_WRITTEN = 64 * 1024 * 1024;
const MAX_EXACT = 16 * 1024 * 1024;
/** More rows than that do not fit into memory beside each other. */
const MAX_ROWS = 10_000_000;

/** The three tables, as one dump has them. */
class Dump implements ServerDatabase, SignerDatabase {
  readonly #file: DumpBytes;
  readonly #dialect: Dialect;
  readonly #documents = new Map<string, Map<string, DocumentRow>>();
  readonly #changes: ChangeRow[] = [];
  readonly #keys: KeyRow[] = [];
  readonly #opened: Date;
  #rows = 0;

  constructor(file: DumpBytes, dialect: Dialect, opened: Date) {
    this.#file = file;
    this.#dialect = dialect;
    this.#opened = opened;
  }

  read(): void {
    const lexer = new Lexer(this.#file, this.#dialect);
    readStatements(lexer, {
      tables: new Set(['tuf_files', 'changefeed', 'private_keys']),
      take: (table, row) => {
        if (++this.#rows > MAX_ROWS) throw lexer.fault(`it has more than ${MAX_ROWS} rows`);
        this.#take(table, new Values(row, this.#dialect, this.#file, lexer));
      },
    });
    if (lexer.remarks.has('begun') && !lexer.remarks.has('complete')) throw incomplete(this.#file.path);
    this.#changes.sort((a, b) => a.id - b.id);
  }

  guns(): Promise<readonly string[]> {
    return Promise.resolve([...this.#documents.keys()].sort());
  }

  documents(gun: string): Promise<readonly DocumentRow[]> {
    return Promise.resolve([...(this.#documents.get(gun)?.values() ?? [])]);
  }

  async *changesAfter(id: number): AsyncIterable<ChangeRow> {
    for (const change of this.#changes) if (change.id > id) yield await Promise.resolve(change);
  }

  keys(): Promise<readonly KeyRow[]> {
    return Promise.resolve(this.#keys);
  }

  close(): Promise<void> {
    this.#file.close();
    return Promise.resolve();
  }

  #take(table: string, row: Values): void {
    if (row.isDeleted()) return;
    if (table === 'tuf_files') this.#takeDocument(row);
    else if (table === 'changefeed') this.#changes.push(row.change(this.#opened));
    else this.#keys.push(row.key());
  }

  #takeDocument(row: Values): void {
    const gun = row.text('gun');
    const document = row.document(this.#opened);
    const rows = this.#documents.get(gun) ?? new Map<string, DocumentRow>();
    const name = `${document.version} ${document.role}`;
    if (rows.has(name)) {
      throw row.fault(`version ${document.version} of ${document.role} of ${gun} is there twice`);
    }
    this.#documents.set(gun, rows.set(name, document));
  }
}

/** The values of one row. */
class Values {
  readonly #row: DumpRow;
  readonly #dialect: Dialect;
  readonly #file: DumpBytes;
  readonly #lexer: Lexer;

  constructor(row: DumpRow, dialect: Dialect, file: DumpBytes, lexer: Lexer) {
    this.#row = row;
    this.#dialect = dialect;
    this.#file = file;
    this.#lexer = lexer;
  }

  fault(what: string): WritError {
    return this.#lexer.fault(what);
  }

  isDeleted(): boolean {
    return (this.#row.get('deleted_at')?.kind ?? 'null') !== 'null';
  }

  text(column: string): string {
    const text = this.#optional(column);
    if (text === undefined) throw this.fault(`a row has no ${column}`);
    return text;
  }

  document(fallback: Date): DocumentRow {
    const cell = this.#row.get('data');
    if (cell === undefined || cell.kind === 'null') throw this.fault('a row has no data');
    const read = (): Buffer | undefined => binaryOf(cell, this.#dialect, this.#file);
    const written = cell.end - cell.start;
    return {
      role: this.text('role'),
      version: this.#integer('version'),
      at: momentOf(this.#optional('created_at'), fallback),
      size: written > MAX_EXACT && written <= MAX_WRITTEN ? (read()?.length ?? written) : written,
      sha256: this.#optional('sha256')?.trim(),
      read: () => Promise.resolve().then(read),
    };
  }

  change(fallback: Date): ChangeRow {
    return {
      id: this.#integer('id'),
      at: momentOf(this.#optional('created_at'), fallback),
      gun: this.text('gun'),
      version: this.#integer('version'),
      sha256: (this.#optional('sha256') ?? '').trim(),
      category: this.text('category'),
    };
  }

  key(): KeyRow {
    return {
      id: this.text('key_id'),
      encryption: this.text('encryption_alg'),
      keywrap: this.text('keywrap_alg'),
      algorithm: this.text('algorithm'),
      alias: this.text('passphrase_alias'),
      publicKey: this.#binary('public'),
      sealed: this.#binary('private').toString('latin1'),
      gun: this.#optional('gun') ?? '',
      role: this.#optional('role') ?? '',
    };
  }

  #integer(column: string): number {
    const text = this.text(column);
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw this.fault(`the ${column} of a row is no number`);
  }

  #binary(column: string): Buffer {
    const cell = this.#bounded(column);
    const bytes = cell && binaryOf(cell, this.#dialect, this.#file);
    if (bytes === undefined) throw this.fault(`the ${column} of a row cannot be read`);
    return bytes;
  }

  #optional(column: string): string | undefined {
    const cell = this.#bounded(column);
    const bytes = cell && bytesOf(cell, this.#dialect, this.#file);
    if (cell !== undefined && cell.kind !== 'null' && bytes === undefined) {
      throw this.fault(`the ${column} of a row cannot be read`);
    }
    return bytes?.toString('utf8');
  }

  #bounded(column: string): Cell | undefined {
    const cell = this.#row.get(column);
    if (cell === undefined || cell.kind === 'null' || cell.end - cell.start <= MAX_VALUE) return cell;
    throw this.fault(`the ${column} of a row is too long`);
  }
}

/**
 * Opens a dump of pg_dump (plain: COPY or INSERT) or mysqldump.
 *
 * @param now - for rows without a time
 * @throws WritError MIGRATE_SOURCE when it cannot be read, MIGRATE_DUMP when it is no such dump or was cut off
 */
export function openDump(path: string, now: Date): ServerDatabase & SignerDatabase {
  const file = new DumpBytes(path);
  try {
    const dump = new Dump(file, dialectOf(file), now);
    dump.read();
    return dump;
  } catch (error) {
    file.close();
    throw error;
  }
}

function dialectOf(file: DumpBytes): Dialect {
  const head = file.head(HEAD).toString('latin1');
  const fault = (what: string): WritError => new WritError('MIGRATE_DUMP', `${file.path} ${what}`);
  if (head.startsWith('PGDMP')) {
    throw fault(
      'is an archive of pg_dump; make it plain: pg_dump --format=plain, or pg_restore -f FILE ARCHIVE',
    );
  }
  if (head.startsWith('\x1f\x8b')) throw fault('is compressed; unpack it first');
  if (/standard_conforming_strings *= *off/.test(head))
    throw fault('has backslashes in strings; dump it anew');
  if (/^-- PostgreSQL database dump|^SET standard_conforming_strings|^COPY /m.test(head)) return 'postgres';
  if (/^-- (MySQL|MariaDB) dump|`|\/\*!/m.test(head)) return 'mysql';
  throw fault('is no dump of pg_dump or mysqldump');
}
