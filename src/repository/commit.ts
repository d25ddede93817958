/** Makes a new state of a repository the current one: whole and durable, or not at all. */
import { WritError } from '../errors.js';
import type { RepositoryName } from '../image/repository-name.js';
import type { BlobStore, IndexStore } from '../storage/ports.js';
import type { Root } from '../tuf/model.js';
import { TIMESTAMP, type RoleName } from '../tuf/role-name.js';
import type { Verified } from '../tuf/verified.js';
import { dropProposals, type OpenProposal } from './proposal-record.js';
import { delegatorOf, keysOf, readHead, servedName, writeHead, type RepositoryState } from './state.js';
import type { BinFile } from './bins.js';
import { writeFileRecord } from './file-record.js';
import type { NewFile } from './target-files.js';
import { forgetUploads } from './uploads.js';

export interface Commit {
  readonly name: RepositoryName;
  /** What the new state was made from; undefined for a new repository. */
  readonly before: RepositoryState | undefined;
  readonly after: RepositoryState;
  /** Roots that came in one publication: all of them are served. */
  readonly newRoots?: readonly Verified<Root>[];
  readonly files: readonly NewFile[];
  /** New documents of hash bins. */
  readonly bins?: Iterable<BinFile>;
  /** Where those came from. */
  readonly uploads?: readonly string[];
  readonly at: Date;
}

/**
 * Stores what is new between two states. The files are durable before the index names them, so that a crash leaves
 * at worst files that nothing names.
 *
 * @throws WritError REPOSITORY_CONFLICT when the repository has moved on, REPOSITORY_EXISTS when it was made
 *   meanwhile; STORE_*
 */
export async function commitState(commit: Commit, blobs: BlobStore, index: IndexStore): Promise<void> {
  const { name, before, after, newRoots = [], files, bins = [], uploads = [], at } = commit;
  const keys = keysOf(name);
  const metadata = await Promise.all(
    [...newDocuments(before, after), ...newRoots.slice(0, -1).map(toNewDocument)].map(
      async ({ role, version, bytes }) => ({
        key: keys.file(servedName(role, version)),
        record: writeFileRecord({ sha256: await blobs.put(bytes), at }),
      }),
    ),
  );
  const binned = await Promise.all(
    [...bins].map(async ({ role, version, sha256, expires, stored }) => {
      if (stored instanceof Uint8Array) await blobs.put(stored);
      const part = stored instanceof Uint8Array ? undefined : stored;
      return {
        key: keys.file(servedName(role, version)),
        record: writeFileRecord({ sha256, at, part, expires }),
      };
    }),
  );
  const targets = await Promise.all(
    files.map(async ({ bytes, digests }) => ({ sha256: await blobs.put(bytes), digests })),
  );
  await index.transaction(async tx => {
    const head = await tx.get(keys.head);
    refuseRace(name, before, head === undefined ? undefined : readHead(head));
    for (const { key, record } of [...metadata, ...binned]) tx.put(key, record);
    forgetUploads(tx, name, uploads);
    for (const { sha256, digests } of targets) {
      for (const digest of digests) tx.put(keys.blob(digest), sha256);
    }
    tx.put(keys.head, writeHead(after));
    await dropProposals(tx, name, (role, proposal) => isVoid(role, proposal, after));
  });
}

/** A version of it was published by another way, or nobody can sign it any more. */
function isVoid(role: RoleName, { versions }: OpenProposal, after: RepositoryState): boolean {
  if (delegatorOf(after, role) === undefined) return true;
  return [...versions].some(([of, version]) => (after.versions.get(of) ?? 0) >= version);
}

interface NewDocument {
  readonly role: RoleName;
  readonly version: number;
  readonly bytes: Uint8Array;
}

const toNewDocument = ({ role, value, bytes }: Verified<{ version: number }>): NewDocument => ({
  role,
  version: value.version,
  bytes,
});

function newDocuments(before: RepositoryState | undefined, after: RepositoryState): NewDocument[] {
  const { root, targets, snapshot, timestamp, delegated } = after;
  const all = [
    root,
    targets,
    snapshot,
    timestamp,
    ...[...delegated.values()].map(({ document }) => document),
  ];
  return all.map(toNewDocument).filter(({ role, version }) => before?.versions.get(role) !== version);
}

/** Every write signs a new timestamp, so its version says whether anything was written since. */
function refuseRace(
  name: RepositoryName,
  before: RepositoryState | undefined,
  now: ReadonlyMap<RoleName, number> | undefined,
): void {
  if (before === undefined) {
    if (now === undefined) return;
    throw new WritError('REPOSITORY_EXISTS', `the repository ${name} exists already`);
  }
  if (now?.get(TIMESTAMP) === before.versions.get(TIMESTAMP)) return;
  throw conflict(name, now ?? new Map(), `the repository ${name} was changed at the same time`);
}

/** @param versions - the current ones, from which the caller makes its documents again */
export function conflict(
  name: RepositoryName,
  versions: ReadonlyMap<RoleName, number>,
  message: string,
): WritError {
  return new WritError('REPOSITORY_CONFLICT', message, {
    details: { repository: name, versions: Object.fromEntries(versions) },
  });
}

/** The version of every role that there ever was, after `documents` came. */
export function nextVersions(
  before: ReadonlyMap<RoleName, number> | undefined,
  documents: readonly { readonly role: RoleName; readonly value: { readonly version: number } }[],
  bins: Iterable<{ readonly role: RoleName; readonly version: number }> = [],
): ReadonlyMap<RoleName, number> {
  const versions = new Map(before);
  for (const { role, version } of bins) versions.set(role, version);
  for (const { role, value } of documents) versions.set(role, value.version);
  return versions;
}
