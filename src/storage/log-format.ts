/**
 * The log of the index: a header line, then one line of JSON per commit:
 *
 *     ["<checksum>",{"seq":7,"batch":5,"put":[["key",value],…],"delete":["key",…]}]
 *
 * `seq` counts commits. `batch` is the seq of the first commit that was made durable together with this one.
 * The checksum is the first 64 bits of the SHA-256 of the text of the second member, in hex.
 */
import { hash } from 'node:crypto';
import { WritError } from '../errors.js';
import { arrayAt, asArray, asObject, asString, integerAt, stringsAt } from '../json/read.js';
import type { JsonValue } from '../json/types.js';
import { freeze, type Changes } from './records.js';

export const LOG_HEADER = '{"writ":"index-log","v":1}\n';

export interface Commit {
  readonly seq: number;
  readonly batch: number;
  readonly put: readonly (readonly [string, JsonValue])[];
  readonly delete: readonly string[];
}

const CHECKSUM = 16;
/** `["` checksum `",` body `]` */
const BODY_START = 2 + CHECKSUM + 2;

const checksum = (text: string): string => hash('sha256', text, 'hex').slice(0, CHECKSUM);

/** The line of one commit, line feed included. */
export function encodeCommit(seq: number, batch: number, changes: Changes): string {
  const put: string[] = [];
  const gone: string[] = [];
  for (const [key, change] of changes) {
    if (change === null) gone.push(JSON.stringify(key));
    else put.push(`[${JSON.stringify(key)},${change.text}]`);
  }
  const body = `{"seq":${seq},"batch":${batch},"put":[${put.join(',')}],"delete":[${gone.join(',')}]}`;
  return `["${checksum(body)}",${body}]\n`;
}

/** The commit that `line` (without line feed) holds, or undefined when the line is not what was written. */
export function decodeCommit(line: Uint8Array): Commit | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8');
  const body = text.slice(BODY_START, -1);
  const intact = text.startsWith('["') && text === `["${checksum(body)}",${body}]`;
  return intact ? readCommit(JSON.parse(body) as JsonValue) : undefined;
}

function readCommit(value: JsonValue): Commit {
  const commit = asObject(value, 'commit');
  return {
    seq: integerAt(commit, 'seq', 'commit', 1),
    batch: integerAt(commit, 'batch', 'commit', 1),
    put: arrayAt(commit, 'put', 'commit').map(readRecord),
    delete: stringsAt(commit, 'delete', 'commit'),
  };
}

/** One record, as a commit and a snapshot write it: `["key",value]`. */
export function readRecord(value: JsonValue): readonly [string, JsonValue] {
  const [key, record] = asArray(value, 'record');
  if (record === undefined) throw new WritError('STORE_CORRUPT', 'a record of the index has no value');
  return [asString(key, 'record[0]'), freeze(record)];
}
