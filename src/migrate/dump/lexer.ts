/** The pieces of a dump as pg_dump and mysqldump write it: words, names, strings, comments. */
import { WritError } from '../../errors.js';
import { END, type DumpBytes } from './bytes.js';
import type { Cell, Dialect } from './cells.js';

const code = (char: string): number => char.charCodeAt(0);
const QUOTE = code("'");
const DOUBLE = code('"');
const BACKTICK = code('`');
const BACKSLASH = code('\\');
const DASH = code('-');
const SLASH = code('/');
const STAR = code('*');
const HASH = code('#');
const DOLLAR = code('$');
const NEWLINE = 10;
/** Of a word, a name or the beginning of a comment. */
const MAX_WORD = 512;

const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);
const isWord = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  byte === 0x5f ||
  byte >= 0x80;

export class Lexer {
  readonly file: DumpBytes;
  readonly dialect: Dialect;
  /** The first words of the comments that say where a dump begins and ends. */
  readonly remarks = new Set<'begun' | 'complete'>();

  constructor(file: DumpBytes, dialect: Dialect) {
    this.file = file;
    this.dialect = dialect;
  }

  fault(what: string): WritError {
    return new WritError('MIGRATE_DUMP', `${this.file.path}: ${what}, at byte ${this.file.offset}`);
  }

  /** Goes to what is neither space nor comment, and gives its first byte. */
  skip(): number {
    for (;;) {
      const byte = this.file.peek();
      if (isSpace(byte)) this.file.next();
      else if (byte === DASH && this.file.second() === DASH) this.#remark(this.line());
      else if (byte === HASH && this.dialect === 'mysql') this.line();
      else if (byte === SLASH && this.file.second() === STAR) this.#block();
      else return byte;
    }
  }

  /** The rest of the line, of which the beginning is kept. */
  line(): string {
    const start = this.file.offset;
    while (this.file.peek() !== END && this.file.peek() !== NEWLINE) this.file.next();
    return this.file.slice(start, Math.min(this.file.offset, start + MAX_WORD)).toString('latin1');
  }

  /** Takes `char` if it is next. */
  take(char: string): boolean {
    if (this.skip() !== code(char)) return false;
    this.file.next();
    return true;
  }

  expect(char: string): void {
    if (!this.take(char)) throw this.fault(`a ${char} is missing`);
  }

  /** A word in upper case; empty when there is none. */
  word(): string {
    this.skip();
    return this.#run().toUpperCase();
  }

  /** The last part of a name: `"public"."tuf_files"` is `tuf_files`. */
  name(): string {
    const first = this.#part();
    return this.take('.') ? this.name() : first;
  }

  /** `(a, b)`, with the first parenthesis taken. */
  names(): string[] {
    const names = [this.name()];
    while (this.take(',')) names.push(this.name());
    this.expect(')');
    return names;
  }

  /** One value of VALUES. */
  value(): Cell {
    const byte = this.skip();
    if (byte === QUOTE) return this.#string(QUOTE);
    const start = this.file.offset;
    while (isWord(this.file.peek()) || '+-.'.includes(String.fromCharCode(this.file.peek())))
      this.file.next();
    const end = this.file.offset;
    const text = this.file.slice(start, Math.min(end, start + 16)).toString('latin1');
    if (/^null$/i.test(text)) return { kind: 'null' };
    if (this.dialect === 'mysql') {
      if (/^(_binary|_utf8|_utf8mb[34]|_latin1|n)$/i.test(text) && this.skip() === QUOTE)
        return this.#string(QUOTE);
      if (/^x$/i.test(text) && this.file.peek() === QUOTE) return this.#hex(this.#string(QUOTE));
      if (text.startsWith('0x')) return this.#hex({ start: start + 2, end });
    }
    if (/^[+-]?\d[\d.]*$/.test(text) || /^(true|false)$/i.test(text)) return { kind: 'word', start, end };
    throw this.fault('a value cannot be read');
  }

  /** Goes behind the comma that ends a part of CREATE TABLE; false at the parenthesis that ends all. */
  skipColumn(): boolean {
    for (let depth = 0; ;) {
      const byte = this.skip();
      if (byte === END) throw this.fault('a table has no end');
      if (byte === QUOTE || byte === DOUBLE || byte === BACKTICK) {
        this.#string(byte);
        continue;
      }
      this.file.next();
      if (byte === code('(')) depth++;
      else if (byte === code(')') && depth-- === 0) return false;
      else if (byte === code(',') && depth === 0) return true;
    }
  }

  /** Goes behind the next semicolon that is in no string and no comment. */
  skipStatement(): void {
    for (;;) {
      const byte = this.skip();
      if (byte === END) throw this.fault('the last statement has no end');
      if (byte === QUOTE || byte === DOUBLE || byte === BACKTICK) this.#string(byte);
      else if (byte === DOLLAR && this.dialect === 'postgres') this.#dollar();
      else if (this.file.next() === code(';')) return;
    }
  }

  #remark(line: string): void {
    if (/^-- (PostgreSQL database|MySQL|MariaDB) dump(?! complete)/.test(line)) this.remarks.add('begun');
    if (/^-- (PostgreSQL database dump complete|Dump completed)/.test(line)) this.remarks.add('complete');
  }

  #block(): void {
    this.file.next();
    this.file.next();
    for (let before = 0; ;) {
      const byte = this.file.next();
      if (byte === END) throw this.fault('a comment has no end');
      if (before === STAR && byte === SLASH) return;
      before = byte;
    }
  }

  #run(): string {
    const start = this.file.offset;
    while (isWord(this.file.peek())) this.file.next();
    const { offset } = this.file;
    if (offset - start > MAX_WORD) throw this.fault('a word is too long');
    return this.file.slice(start, offset).toString('utf8');
  }

  #part(): string {
    const byte = this.skip();
    if (byte !== DOUBLE && byte !== BACKTICK) return this.#run();
    const { start, end } = this.#string(byte);
    if (end - start > MAX_WORD) throw this.fault('a name is too long');
    return this.file.slice(start, end).toString('utf8');
  }

  /** Between quotes; a quote inside is written twice, or after a backslash in MySQL. */
  #string(quote: number): { kind: 'string'; start: number; end: number } {
    this.file.next();
    const start = this.file.offset;
    for (;;) {
      const byte = this.file.next();
      if (byte === END) throw this.fault('a string has no end');
      if (byte === BACKSLASH && this.dialect === 'mysql' && quote !== BACKTICK) this.file.next();
      if (byte !== quote) continue;
      if (this.file.peek() !== quote) return { kind: 'string', start, end: this.file.offset - 1 };
      this.file.next();
    }
  }

  #hex({ start, end }: { readonly start: number; readonly end: number }): Cell {
    const isHex =
      (end - start) % 2 === 0 && /^[0-9a-f]*$/i.test(this.file.slice(start, end).toString('latin1'));
    if (!isHex) throw this.fault('a value in hex cannot be read');
    return { kind: 'hex', start, end };
  }

  /** `$$ … $$`, `$tag$ … $tag$`. */
  #dollar(): void {
    this.file.next();
    const tag = `$${this.#run()}$`;
    if (this.file.peek() !== DOLLAR) return;
    let seen = '';
    this.file.next();
    while (seen !== tag) {
      const byte = this.file.next();
      if (byte === END) throw this.fault('a quoted text has no end');
      seen = `${seen}${String.fromCharCode(byte)}`.slice(-tag.length);
    }
  }
}
