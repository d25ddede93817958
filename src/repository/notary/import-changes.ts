/** The change feed of another server, continued here under the same ids. */
import { asInteger } from '../../json/read.js';
import type { IndexStore, IndexTransaction } from '../../storage/ports.js';
import type { Gun } from '../../tuf/notary/names.js';
import { TIMESTAMP } from '../../tuf/role-name.js';
import { putChange, readChanges, recordChange, type Change } from './changes.js';
import { keysOf, LAST_CHANGE, LAST_IMPORTED_CHANGE } from './names.js';
import { readFileRecord } from '../file-record.js';
import { readHead } from './records.js';

const BATCH = 500;

export interface ImportedChanges {
  /** False when the feed here went its own way before: changes then get new ids. */
  readonly continued: boolean;
  readonly taken: number;
  /** Changes that say another timestamp than the one that was stored. */
  readonly wrong: readonly Change[];
}

/** The id up to which the feed of the other server is here; undefined when it cannot be continued. */
async function importedUpTo(tx: Pick<IndexTransaction, 'get'>): Promise<number | undefined> {
  const last = asInteger((await tx.get(LAST_CHANGE)) ?? 0, 'last change');
  const imported = asInteger((await tx.get(LAST_IMPORTED_CHANGE)) ?? 0, 'last imported change');
  return last === imported ? imported : undefined;
}

/**
 * Takes the changes over that come after those that were taken before. Stopped at any point it may be run again.
 *
 * @param changesAfter - the changes after an id, by id
 * @param isLeftOut - whether the changes of a repository are not to be told
 * @throws WritError STORE_*, and what reading the other server throws
 */
export async function importChanges(
  index: IndexStore,
  changesAfter: (id: number) => AsyncIterable<Change>,
  isLeftOut: (gun: Gun) => boolean,
): Promise<ImportedChanges> {
  const from = await importedUpTo(index);
  if (from === undefined) return { continued: false, taken: 0, wrong: [] };
  const wrong: Change[] = [];
  let taken = 0;
  let batch: Change[] = [];
  let seen = from;
  const flush = async (): Promise<void> => {
    await index.transaction(tx => {
      for (const change of batch) putChange(tx, change);
      // Also where the last were left out: whoever read them must not miss what comes next.
      tx.put(LAST_CHANGE, seen);
      tx.put(LAST_IMPORTED_CHANGE, seen);
    });
    taken += batch.length;
    batch = [];
  };
  for await (const change of changesAfter(from)) {
    seen = change.id;
    if (isLeftOut(change.gun)) continue;
    if (await isRight(index, change)) batch.push(change);
    else wrong.push(change);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  return { continued: true, taken, wrong };
}

/** Of a repository that was deleted there is nothing to compare with. */
async function isRight(index: IndexStore, { gun, version, sha256, category }: Change): Promise<boolean> {
  if (category === 'deletion') return true;
  const record = await index.get(keysOf(gun).version(TIMESTAMP, version));
  return record === undefined || readFileRecord(record).sha256 === sha256;
}

/** Records that a repository changed, when the feed does not say so of its current timestamp. */
export async function ensureChange(index: IndexStore, gun: Gun, at: Date): Promise<void> {
  const head = await index.get(keysOf(gun).head);
  const timestamp = head === undefined ? undefined : readHead(head).roles.get(TIMESTAMP);
  if (timestamp === undefined) return;
  const { version, sha256 } = timestamp;
  const known = await readChanges(index, { gun, from: 0, records: -1 });
  if (known.some(change => change.sha256 === sha256)) return;
  await index.transaction(tx => recordChange(tx, { at, gun, version, sha256, category: 'update' }));
}
