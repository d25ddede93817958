/** The rows of the tables that a dump holds: INSERT and COPY, as pg_dump and mysqldump write them. */
import { WritError } from '../../errors.js';
import { END } from './bytes.js';
import type { Cell } from './cells.js';
import type { Lexer } from './lexer.js';

const NEWLINE = 10;
const TAB = 9;
/** Columns of a table of Notary: it has fourteen. */
const MAX_COLUMNS = 64;
/** What begins a part of CREATE TABLE that is no column. */
const CONSTRAINTS: ReadonlySet<string> = new Set([
  'constraint',
  'primary',
  'unique',
  'key',
  'index',
  'fulltext',
  'spatial',
  'foreign',
  'check',
  'exclude',
  'like',
]);

/** One row: a cell for each column that the dump names. */
export type DumpRow = ReadonlyMap<string, Cell>;

export interface TakeRow {
  /** The tables that are wanted. */
  readonly tables: ReadonlySet<string>;
  readonly take: (table: string, row: DumpRow) => void;
}

/**
 * Reads a dump from its beginning to its end.
 *
 * @throws WritError MIGRATE_DUMP for what is not as pg_dump or mysqldump write it
 */
export function readStatements(lexer: Lexer, { tables, take }: TakeRow): void {
  /** Columns of the tables, in the order of the dump. */
  const columns = new Map<string, readonly string[]>();
  for (;;) {
    const byte = lexer.skip();
    if (byte === END) return;
    if (byte === '\\'.charCodeAt(0) && lexer.dialect === 'postgres') {
      lexer.line();
      continue;
    }
    switch (lexer.word()) {
      case 'CREATE':
        createTable(lexer, tables, columns);
        break;
      case 'INSERT':
      case 'REPLACE':
        insert(lexer, tables, columns, take);
        break;
      case 'COPY':
        copy(lexer, tables, take);
        break;
      case 'DELIMITER':
        throw lexer.fault('it has triggers or procedures; make it without (--skip-triggers)');
      default:
        lexer.skipStatement();
    }
  }
}

function createTable(
  lexer: Lexer,
  tables: ReadonlySet<string>,
  columns: Map<string, readonly string[]>,
): void {
  if (lexer.word() !== 'TABLE') {
    lexer.skipStatement();
    return;
  }
  let name = lexer.name();
  if (/^if$/i.test(name)) {
    lexer.word();
    lexer.word();
    name = lexer.name();
  }
  if (tables.has(name)) {
    if (columns.has(name)) throw lexer.fault(`${name} is there twice: dump one database alone`);
    lexer.expect('(');
    columns.set(name, columnsOf(lexer));
  }
  lexer.skipStatement();
}

/** The names of the columns, up to the parenthesis that ends them. */
function columnsOf(lexer: Lexer): string[] {
  const found: string[] = [];
  for (;;) {
    const name = lexer.name();
    if (!CONSTRAINTS.has(name.toLowerCase())) found.push(name);
    if (found.length > MAX_COLUMNS) throw lexer.fault('a table has too many columns');
    if (!lexer.skipColumn()) return found;
  }
}

function insert(
  lexer: Lexer,
  tables: ReadonlySet<string>,
  columns: ReadonlyMap<string, readonly string[]>,
  take: TakeRow['take'],
): void {
  let word = lexer.word();
  if (word === 'IGNORE') word = lexer.word();
  if (word !== 'INTO') throw lexer.fault('INTO is missing');
  const table = lexer.name();
  if (!tables.has(table)) {
    lexer.skipStatement();
    return;
  }
  const named = lexer.take('(') ? lexer.names() : columns.get(table);
  if (named === undefined) {
    throw lexer.fault(`the columns of ${table} are not known; dump with CREATE TABLE or --complete-insert`);
  }
  if ((word = lexer.word()) === 'OVERRIDING') {
    lexer.word();
    lexer.word();
    word = lexer.word();
  }
  if (word !== 'VALUES') throw lexer.fault('VALUES is missing');
  do {
    take(table, rowOf(lexer, named, tuple(lexer)));
  } while (lexer.take(','));
  lexer.skipStatement();
}

function tuple(lexer: Lexer): Cell[] {
  lexer.expect('(');
  const cells = [lexer.value()];
  while (cells.length <= MAX_COLUMNS && lexer.take(',')) cells.push(lexer.value());
  lexer.expect(')');
  return cells;
}

function rowOf(lexer: Lexer, columns: readonly string[], cells: readonly Cell[]): DumpRow {
  if (columns.length !== cells.length) {
    throw lexer.fault(`a row has ${cells.length} values for ${columns.length} columns`);
  }
  return new Map(columns.map((column, i) => [column, cells[i] ?? { kind: 'null' }]));
}

function copy(lexer: Lexer, tables: ReadonlySet<string>, take: TakeRow['take']): void {
  const table = lexer.name();
  lexer.expect('(');
  const columns = lexer.names();
  if (lexer.word() !== 'FROM' || lexer.word() !== 'STDIN') throw lexer.fault('FROM stdin is missing');
  lexer.skipStatement();
  lexer.line();
  lexer.file.next();
  for (let cells = copyLine(lexer); cells !== undefined; cells = copyLine(lexer)) {
    if (tables.has(table)) take(table, rowOf(lexer, columns, cells));
  }
}

/** One line of COPY; undefined for `\.`, which ends it. */
function copyLine(lexer: Lexer): Cell[] | undefined {
  const { file } = lexer;
  const cells: Cell[] = [];
  let start = file.offset;
  for (;;) {
    const byte = file.next();
    if (byte === END) throw lexer.fault('the rows of COPY have no end');
    if (byte !== TAB && byte !== NEWLINE) continue;
    const end = file.offset - 1;
    const short = end - start === 2 ? file.slice(start, end).toString('latin1') : '';
    if (short === '\\.' && cells.length === 0) return undefined;
    cells.push(short === '\\N' ? { kind: 'null' } : { kind: 'copy', start, end });
    if (cells.length > MAX_COLUMNS) throw lexer.fault('a row has too many columns');
    start = file.offset;
    if (byte === NEWLINE) return cells;
  }
}

export const incomplete = (path: string): WritError =>
  new WritError('MIGRATE_DUMP', `${path} begins as a dump does and does not end as one: it was cut off`);
