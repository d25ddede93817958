/**
 * The field table: what every field of a pod means to a decision. A field has one of three fates: it is a right
 * that must have been granted, it is harmless, or it is denied. A field without a row is denied.
 */
import type { ErrorCode } from '../../errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/types.js';

/** What an explicit value asks for. An unset field asks for nothing. */
export type Ask =
  | { readonly kind: 'grant'; readonly field: string; readonly domain: string; readonly level: string }
  | { readonly kind: 'capability'; readonly field: string; readonly name: string }
  | {
      readonly kind: 'seccomp';
      readonly field: string;
      readonly type: string;
      readonly file: string | undefined;
    }
  | { readonly kind: 'sysctl'; readonly field: string; readonly name: string; readonly value: string }
  /** Processes of another container, by name; `*` is every container of the pod. */
  | { readonly kind: 'join'; readonly field: string; readonly container: string }
  | Denial;

/** What nobody can be granted. */
export interface Denial {
  readonly kind: 'deny';
  readonly field: string;
  readonly code: ErrorCode;
  /** Goes on after the name of the field: `is privileged: …`. */
  readonly why: string;
}

/**
 * @param value - neither undefined nor null
 * @param whole - the object that has the field, with what a container inherits from its pod
 */
export type Reader = (value: JsonValue, field: string, whole: JsonObject) => Ask[];

export type Row =
  | { readonly fate: 'harmless'; readonly why: string }
  | { readonly fate: 'deny'; readonly code: ErrorCode; readonly why: string }
  | { readonly fate: 'right'; readonly why: string; readonly read: Reader }
  /** An object, or a list of objects, with a table of its own. */
  | { readonly fate: 'table'; readonly table: Table; readonly list: boolean };

export type Table = ReadonlyMap<string, Row>;

export const harmless = (why: string): Row => ({ fate: 'harmless', why });
export const right = (why: string, read: Reader): Row => ({ fate: 'right', why, read });
export const objectOf = (table: Table): Row => ({ fate: 'table', table, list: false });
export const listOf = (table: Table): Row => ({ fate: 'table', table, list: true });
export const denied = (why: string, code: ErrorCode = 'ADMISSION_DENIED_FIELD'): Row => ({
  fate: 'deny',
  code,
  why,
});

export const deny = (field: string, why: string, code: ErrorCode = 'ADMISSION_DENIED_FIELD'): Denial => ({
  kind: 'deny',
  field,
  code,
  why,
});
export const grant = (field: string, domain: string, level: string): Ask => ({
  kind: 'grant',
  field,
  domain,
  level,
});

/** A boolean that asks for `domain=level` when it is `asking`. */
export const flag = (asking: boolean, domain: string, level: string, why: string): Row =>
  right(why, (value, field) => {
    if (typeof value !== 'boolean') return [malformed(field, 'a boolean')];
    return value === asking ? [grant(field, domain, level)] : [];
  });

export const malformed = (field: string, expected: string): Denial =>
  deny(field, `is not ${expected}`, 'ADMISSION_POD');

/** Rows that share one fate. */
export const rows = (row: Row, ...names: string[]): [string, Row][] => names.map(name => [name, row]);

/** What `object` asks for, read by `table`. Linear in its members; harmless ones are not looked into. */
export function readFields(
  table: Table,
  object: JsonObject,
  field: string,
  whole: JsonObject = object,
): Ask[] {
  const asks: Ask[] = [];
  for (const key in object) {
    const value = object[key];
    if (value === undefined || value === null) continue;
    const row = table.get(key);
    if (row?.fate === 'harmless') continue;
    asks.push(...readField(row, value, `${field}.${printable(key)}`, whole));
  }
  return asks;
}

function readField(row: Row | undefined, value: JsonValue, field: string, whole: JsonObject): Ask[] {
  switch (row?.fate) {
    case undefined:
      return [deny(field, 'is unknown to this version of writ', 'ADMISSION_FIELD')];
    case 'deny':
      return [deny(field, row.why, row.code)];
    case 'right':
      return row.read(value, field, whole);
    case 'table':
      return row.list ? readList(row.table, value, field) : readOne(row.table, value, field);
    case 'harmless':
      return [];
  }
}

function readOne(table: Table, value: JsonValue, field: string): Ask[] {
  return isJsonObject(value) ? readFields(table, value, field) : [malformed(field, 'an object')];
}

function readList(table: Table, value: JsonValue, field: string): Ask[] {
  if (!Array.isArray(value)) return [malformed(field, 'a list')];
  return (value as readonly JsonValue[]).flatMap((item, i) => readOne(table, item, `${field}[${i}]`));
}

const PLAIN_KEY = /^[A-Za-z0-9]{1,64}$/;

/** A key that nobody knows is written by whoever sent it. */
const printable = (key: string): string =>
  PLAIN_KEY.test(key) ? key : JSON.stringify(key.slice(0, 64)).replace(/[^\x20-\x7e]/g, '?');
