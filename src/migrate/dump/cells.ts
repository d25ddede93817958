/** The values of a dump: where each is written, and what it says. */
import type { DumpBytes } from './bytes.js';

export type Dialect = 'postgres' | 'mysql';

/**
 * A value as it is written. `string`: between quotes, by the rules of the dialect; `copy`: a column of COPY; `hex`: an
 * even number of digits; `word`: a number, `true` or `false`.
 */
export type Cell =
  | { readonly kind: 'null' }
  | { readonly kind: 'string' | 'copy' | 'hex' | 'word'; readonly start: number; readonly end: number };

const BACKSLASH = 0x5c;
const QUOTE = 0x27;

/** The bytes that a cell stands for; undefined for one that cannot stand for any, and for NULL. */
export function bytesOf(cell: Cell, dialect: Dialect, file: DumpBytes): Buffer | undefined {
  if (cell.kind === 'null') return undefined;
  const raw = file.slice(cell.start, cell.end);
  switch (cell.kind) {
    case 'string':
      return dialect === 'mysql' ? unescape(raw, MYSQL) : withoutDoubledQuotes(raw);
    case 'copy':
      return unescape(raw, COPY);
    case 'hex':
      return Buffer.from(raw.toString('latin1'), 'hex');
    default:
      return raw;
  }
}

/** As {@link bytesOf}, of a column of binary data. */
export function binaryOf(cell: Cell, dialect: Dialect, file: DumpBytes): Buffer | undefined {
  const bytes = bytesOf(cell, dialect, file);
  return dialect === 'mysql' || bytes === undefined ? bytes : bytea(bytes);
}

/** PostgreSQL 15, §8.4: `\x` and hex digits, or bytes with `\\` and `\ooo` among them. */
function bytea(bytes: Buffer): Buffer | undefined {
  if (bytes[0] === BACKSLASH && bytes[1] === 0x78) {
    const digits = bytes.toString('latin1', 2);
    const isHex = digits.length % 2 === 0 && /^[0-9a-f]*$/i.test(digits);
    return isHex ? Buffer.from(digits, 'hex') : undefined;
  }
  return unescape(bytes, BYTEA);
}

/** What may stand after a backslash: a letter for a byte, or digits. */
interface Escapes {
  readonly letters: ReadonlyMap<number, number>;
  readonly octal: boolean;
  /** Whether any other character stands for itself. */
  readonly others: boolean;
  /** Whether a quote is written twice. */
  readonly doubled?: boolean;
}

const letters = (table: Readonly<Record<string, number>>): ReadonlyMap<number, number> =>
  new Map(Object.entries(table).map(([letter, byte]) => [letter.charCodeAt(0), byte]));

/** MySQL 8.0, table 11.1. */
const MYSQL: Escapes = {
  letters: letters({ '0': 0, b: 8, n: 10, r: 13, t: 9, Z: 26 }),
  octal: false,
  others: true,
  doubled: true,
};
/** PostgreSQL 15, COPY, text format. */
const COPY: Escapes = {
  letters: letters({ b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': BACKSLASH }),
  octal: true,
  others: false,
};
const BYTEA: Escapes = { letters: letters({ '\\': BACKSLASH }), octal: true, others: false };

function unescape(raw: Buffer, escapes: Escapes): Buffer | undefined {
  const bytes = Buffer.alloc(raw.length);
  let length = 0;
  for (let at = 0; at < raw.length; at++) {
    const byte = raw[at] ?? 0;
    if (byte === QUOTE && escapes.doubled === true) at++;
    if (byte !== BACKSLASH) {
      bytes[length++] = byte;
      continue;
    }
    const found = escaped(raw, at + 1, escapes);
    if (found === undefined) return undefined;
    bytes[length++] = found.byte;
    at += found.read;
  }
  return bytes.subarray(0, length);
}

function escaped(raw: Buffer, at: number, { letters, octal, others }: Escapes) {
  const first = raw[at];
  if (first === undefined) return undefined;
  const digits = octal ? /^[0-3][0-7]{2}/.exec(raw.toString('latin1', at, at + 3))?.[0] : undefined;
  if (digits !== undefined) return { byte: Number.parseInt(digits, 8), read: 3 };
  const byte = letters.get(first) ?? (others ? first : undefined);
  return byte === undefined ? undefined : { byte, read: 1 };
}

function withoutDoubledQuotes(raw: Buffer): Buffer {
  const bytes = Buffer.alloc(raw.length);
  let length = 0;
  for (let at = 0; at < raw.length; at++) {
    bytes[length++] = raw[at] ?? 0;
    if (raw[at] === QUOTE) at++;
  }
  return bytes.subarray(0, length);
}
