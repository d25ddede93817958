/**
 * A snapshot of the index: lines of JSON. The first is the header with the seq of the last commit it has and
 * the count of records, then one `["key",value]` each, then the SHA-256 of all lines before.
 */
import { createHash, randomBytes, type Hash } from 'node:crypto';
import { open, rename, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WritError } from '../errors.js';
import { asObject, integerAt, stringAt } from '../json/read.js';
import type { JsonObject, JsonValue } from '../json/types.js';
import { storeFailure } from './failure.js';
import { DRAFT_PREFIX, removeIfThere, syncFolder } from './files.js';
import type { Line } from './lines.js';
import { readRecord } from './log-format.js';
import type { Records } from './records.js';

export interface Snapshot {
  readonly seq: number;
  readonly records: Map<string, JsonValue>;
}

const FORMAT = 'index-snapshot';
const PIECE = 256 * 1024;

/**
 * Replaces the snapshot at `path`; durable when it resolves. `records` must not change meanwhile.
 *
 * @returns its length in bytes
 * @throws WritError STORE_FULL, STORE_IO; the old snapshot is then in place
 */
export async function writeSnapshot(path: string, seq: number, records: Records): Promise<number> {
  const draft = join(dirname(path), `${DRAFT_PREFIX}${randomBytes(9).toString('hex')}`);
  try {
    const length = await writeDraft(draft, seq, records);
    await rename(draft, path);
    await syncFolder(dirname(path));
    return length;
  } catch (cause) {
    await removeIfThere(draft);
    throw storeFailure(cause, `the snapshot ${path} cannot be written`);
  }
}

async function writeDraft(draft: string, seq: number, records: Records): Promise<number> {
  const file = await open(draft, 'wx', 0o600);
  try {
    const length = await writeLines(file, seq, records);
    await file.datasync();
    return length;
  } finally {
    await file.close();
  }
}

async function writeLines(file: FileHandle, seq: number, records: Records): Promise<number> {
  const digest = createHash('sha256');
  let text = `${JSON.stringify({ writ: FORMAT, v: 1, seq, count: records.size })}\n`;
  let length = 0;
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(text);
    digest.update(bytes);
    await file.writeFile(bytes);
    length += bytes.length;
    text = '';
  };
  for (const record of records.list('')) {
    text += `${JSON.stringify(record)}\n`;
    if (text.length >= PIECE) await flush(); // other work has its turn between the pieces
  }
  await flush();
  const end = `{"sha256":"${digest.digest('hex')}"}\n`;
  await file.writeFile(end);
  return length + end.length;
}

/**
 * Reads a snapshot.
 *
 * @param path - names it in messages
 * @throws WritError STORE_CORRUPT for anything but a whole snapshot
 */
export async function readSnapshot(lines: AsyncIterable<Line>, path: string): Promise<Snapshot> {
  try {
    return await readLines(lines);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('STORE_CORRUPT', `the snapshot ${path} is damaged: ${reason}`, { cause });
  }
}

async function readLines(lines: AsyncIterable<Line>): Promise<Snapshot> {
  const digest = createHash('sha256');
  const records = new Map<string, JsonValue>();
  let header: { seq: number; count: number } | undefined;
  let sealed = false;
  for await (const line of lines) {
    if (sealed || !line.ended) throw new Error(`offset ${line.offset} is no line of it`);
    const value = JSON.parse(Buffer.from(line.bytes).toString('utf8')) as JsonValue;
    if (Array.isArray(value) && header) records.set(...readRecord(value));
    else if (header) sealed = checkEnd(asObject(value, 'end'), digest);
    else header = readHeader(asObject(value, 'header'));
    digest.update(line.bytes).update('\n');
  }
  if (!sealed || !header) throw new Error('its end is missing');
  if (header.count !== records.size) throw new Error(`it has ${records.size} records, not ${header.count}`);
  return { seq: header.seq, records };
}

function readHeader(header: JsonObject): { seq: number; count: number } {
  if (stringAt(header, 'writ', 'header') !== FORMAT || integerAt(header, 'v', 'header') !== 1) {
    throw new Error('it is not an index snapshot of version 1');
  }
  return { seq: integerAt(header, 'seq', 'header'), count: integerAt(header, 'count', 'header') };
}

function checkEnd(end: JsonObject, digest: Hash): true {
  if (stringAt(end, 'sha256', 'end') === digest.copy().digest('hex')) return true;
  throw new Error('its hash is another');
}
