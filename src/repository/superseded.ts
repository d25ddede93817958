/** Metadata that was replaced long ago, and the target files that only it names: found, and taken out of the index. */
import type { RepositoryName } from '../image/repository-name.js';
import type { BlobStore, IndexStore } from '../storage/ports.js';
import { parseRoleName, ROOT, SNAPSHOT } from '../tuf/role-name.js';
import { blobOf, readFileRecord } from './file-record.js';
import { discard } from './garbage.js';
import { findLostFiles, type LostFile, type StoredVersion } from './lost-files.js';
import { keysOf, type RepositoryState } from './state.js';

interface Ports {
  readonly blobs: BlobStore;
  readonly index: IndexStore;
}

/** In one transaction, which other work waits for. */
const BATCH = 1000;
const VERSIONED = /^([1-9][0-9]*)\.(.+)\.json$/s;

/**
 * Takes out of the index what `state` and its snapshot do not name and what was replaced before `until`. Roots stay:
 * clients walk all of them. To be called while nothing else writes to the repository.
 *
 * @returns how many documents went
 * @throws WritError STORE_*, REPOSITORY_BROKEN, those of parseDocument
 */
export async function collectSuperseded(
  name: RepositoryName,
  state: RepositoryState,
  until: Date,
  ports: Ports,
): Promise<number> {
  const { old, kept } = divide(await storedVersions(name, ports.index), state, until);
  if (old.length === 0) return 0;
  const lost = await findLostFiles(name, old.filter(hasTargets), kept.filter(hasTargets), ports);
  for (let i = 0; i < old.length; i += BATCH) await removeVersions(old.slice(i, i + BATCH), ports.index);
  for (let i = 0; i < lost.length; i += BATCH) await removeFiles(name, lost.slice(i, i + BATCH), ports.index);
  return old.length;
}

const hasTargets = ({ role }: StoredVersion): boolean => role !== SNAPSHOT && role !== ROOT;

async function storedVersions(name: RepositoryName, index: IndexStore): Promise<StoredVersion[]> {
  const prefix = keysOf(name).file('');
  return (await index.list(prefix)).flatMap(([key, value]) => {
    const [, version, role] = VERSIONED.exec(key.slice(prefix.length)) ?? [];
    if (version === undefined || role === undefined) return [];
    return [{ key, role: parseRoleName(role), version: Number(version), record: readFileRecord(value) }];
  });
}

/** A version is as old as the one that replaced it is. */
function divide(
  all: readonly StoredVersion[],
  { versions }: RepositoryState,
  until: Date,
): { readonly old: StoredVersion[]; readonly kept: StoredVersion[] } {
  const old: StoredVersion[] = [];
  const kept: StoredVersion[] = [];
  const sorted = all.toSorted((a, b) =>
    a.role === b.role ? a.version - b.version : a.role < b.role ? -1 : 1,
  );
  for (const [i, one] of sorted.entries()) {
    const next = sorted[i + 1];
    const replaced = next?.role === one.role ? next.record.at : undefined;
    const stays = one.role === ROOT || one.version === versions.get(one.role);
    const isOld = !stays && replaced !== undefined && replaced <= until;
    (isOld ? old : kept).push(one);
  }
  return { old, kept };
}

async function removeVersions(old: readonly StoredVersion[], index: IndexStore): Promise<void> {
  await index.transaction(tx => {
    for (const { key, record } of old) {
      tx.delete(key);
      discard(tx, [blobOf(record)]);
    }
  });
}

async function removeFiles(
  name: RepositoryName,
  lost: readonly LostFile[],
  index: IndexStore,
): Promise<void> {
  await index.transaction(tx => {
    for (const { sha256, digests } of lost) {
      for (const digest of digests) tx.delete(keysOf(name).blob(digest));
      discard(tx, [sha256]);
    }
  });
}
