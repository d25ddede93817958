/** The change feed: one record for each timestamp that is written and each repository that is deleted. */
import { asInteger, asObject, integerAt, stringAt } from '../../json/read.js';
import type { JsonObject, JsonValue } from '../../json/types.js';
import type { IndexReader, IndexTransaction } from '../../storage/ports.js';
import { CHANGES, keysOf, LAST_CHANGE } from './names.js';
import { parseGun, type Gun } from '../../tuf/notary/names.js';

export interface Change {
  /** Counts from 1. */
  readonly id: number;
  readonly at: Date;
  readonly gun: Gun;
  /** Of the timestamp; 0 for a deletion. */
  readonly version: number;
  /** Of the timestamp; empty for a deletion. */
  readonly sha256: string;
  readonly category: 'update' | 'deletion';
}

/** Ids are written so long that they sort as numbers. */
const keyOf = (id: number): string => String(id).padStart(16, '0');

/** Writes the next change down. */
export async function recordChange(tx: IndexTransaction, change: Omit<Change, 'id'>): Promise<void> {
  const id = asInteger((await tx.get(LAST_CHANGE)) ?? 0, 'last change') + 1;
  putChange(tx, { id, ...change });
}

/** Writes a change down under the id that it has. */
export function putChange(tx: IndexTransaction, { id, at, gun, version, sha256, category }: Change): void {
  const record: JsonObject = { id, at: at.toISOString(), gun, version, sha256, category };
  tx.put(LAST_CHANGE, id);
  tx.put(CHANGES + keyOf(id), record);
  tx.put(keysOf(gun).changes + keyOf(id), record);
}

function readChange(value: JsonValue): Change {
  const json = asObject(value, 'change');
  return {
    id: integerAt(json, 'id', 'change', 1),
    at: new Date(stringAt(json, 'at', 'change')),
    gun: parseGun(stringAt(json, 'gun', 'change')),
    version: integerAt(json, 'version', 'change'),
    sha256: stringAt(json, 'sha256', 'change'),
    category: stringAt(json, 'category', 'change') === 'deletion' ? 'deletion' : 'update',
  };
}

export interface ChangeQuery {
  /** Changes of this repository only. */
  readonly gun?: Gun | undefined;
  /** From this id on, itself excluded; 0 is the beginning, −1 the end. */
  readonly from: number;
  /** At most so many; negative: those before `from`. */
  readonly records: number;
}

/** Changes, the oldest first. */
export async function readChanges(
  index: IndexReader,
  { gun, from, records }: ChangeQuery,
): Promise<readonly Change[]> {
  const backwards = records < 0 || from === -1;
  const count = Math.abs(records);
  if (gun !== undefined) {
    const changes = (await index.list(keysOf(gun).changes)).map(([, value]) => readChange(value));
    return backwards
      ? changes.filter(({ id }) => from <= 0 || id < from).slice(-count)
      : changes.filter(({ id }) => id > from).slice(0, count);
  }
  const last = asInteger((await index.get(LAST_CHANGE)) ?? 0, 'last change');
  if (!backwards) return collect(index, upwards(from + 1, last), count);
  const newest = from <= 0 ? last : Math.min(last, from - 1);
  return (await collect(index, downwards(newest), count)).reverse();
}

function* upwards(first: number, last: number): Iterable<number> {
  for (let id = first; id <= last; id++) yield id;
}

function* downwards(first: number): Iterable<number> {
  for (let id = first; id >= 1; id--) yield id;
}

/** The first `count` changes of those ids: an imported feed has gaps. */
async function collect(index: IndexReader, ids: Iterable<number>, count: number): Promise<Change[]> {
  const found: Change[] = [];
  for (const id of ids) {
    if (found.length >= count) break;
    const value = await index.get(CHANGES + keyOf(id));
    if (value !== undefined) found.push(readChange(value));
  }
  return found;
}
