/** Documents that were replaced long ago, taken out of the index; their blobs go when nothing names them any more. */
import type { IndexStore } from '../../storage/ports.js';
import type { Gun } from '../../tuf/notary/names.js';
import { parseRoleName, ROOT, type RoleName } from '../../tuf/role-name.js';
import { blobOf, readFileRecord, type FileRecord } from '../file-record.js';
import { discard } from '../garbage.js';
import { keysOf } from './names.js';
import { readOrigin } from './origin.js';
import { readHead } from './records.js';

/** In one transaction, which other work waits for. */
const BATCH = 500;

interface Version {
  readonly role: RoleName;
  readonly version: number;
  readonly record: FileRecord;
}

/**
 * Removes the versions that were replaced before `until`. Roots stay, since clients walk all of them, and so does
 * whatever is current: a timestamp names the snapshot, and that everything else. To be called while nothing else
 * writes to the repository.
 *
 * @returns how many documents went
 * @throws WritError STORE_*
 */
export async function collectVersions(gun: Gun, until: Date, index: IndexStore): Promise<number> {
  const keys = keysOf(gun);
  const head = await index.get(keys.head);
  if (head === undefined) return 0;
  const { roles } = readHead(head);
  const imported = (await readOrigin(index, gun))?.at;
  const old = replacedBefore(until, imported, await versionsOf(gun, index)).filter(
    ({ role, version, record }) =>
      role !== ROOT && roles.get(role)?.version !== version && roles.get(role)?.sha256 !== record.sha256,
  );
  for (let i = 0; i < old.length; i += BATCH) {
    await index.transaction(tx => {
      for (const { role, version, record } of old.slice(i, i + BATCH)) {
        tx.delete(keys.version(role, version));
        tx.delete(keys.hash(role, record.sha256));
        discard(tx, [blobOf(record)]);
      }
    });
  }
  return old.length;
}

async function versionsOf(gun: Gun, index: IndexStore): Promise<Version[]> {
  const { versions } = keysOf(gun);
  return (await index.list(versions)).map(([key, value]) => {
    const [version = '', ...role] = key.slice(versions.length).split('/');
    return { role: parseRoleName(role.join('/')), version: Number(version), record: readFileRecord(value) };
  });
}

/** A version was replaced when the next one of its role came, of an imported repository not before it was imported. */
function replacedBefore(until: Date, imported: Date | undefined, all: readonly Version[]): Version[] {
  const sorted = all.toSorted((a, b) =>
    a.role === b.role ? a.version - b.version : a.role < b.role ? -1 : 1,
  );
  return sorted.filter(({ role }, i) => {
    const next = sorted[i + 1];
    if (next?.role !== role) return false;
    return Math.max(next.record.at.getTime(), imported?.getTime() ?? 0) <= until.getTime();
  });
}
