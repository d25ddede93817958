/** Makes a new state of a Notary repository the current one: whole and durable, or not at all. */
import { WritError } from '../../errors.js';
import type { IndexStore } from '../../storage/ports.js';
import { ROOT, TIMESTAMP, type RoleName } from '../../tuf/role-name.js';
import { recordChange } from './changes.js';
import { keysOf } from './names.js';
import type { Gun } from '../../tuf/notary/names.js';
import { blobOf, readFileRecord, writeFileRecord } from '../file-record.js';
import { discard } from '../garbage.js';
import { recordAudit, type Actor, type AuditEntry } from './audit.js';
import type { DocumentDrafts, NotaryDocuments } from './documents.js';
import { readHead, writeHead } from './records.js';
import type { NotaryState, StoredDocument } from './state.js';

export interface Commit {
  readonly gun: Gun;
  /** What the new state was made from; undefined for a new repository. */
  readonly before: NotaryState | undefined;
  readonly after: NotaryState;
  readonly at: Date;
  /** Who did it; without it the service itself. */
  readonly audit?: Omit<AuditEntry, 'id'> | undefined;
  /** What was begun to be written of it. */
  readonly drafts?: DocumentDrafts | undefined;
}

/**
 * Stores what is new between two states. The files are durable before the index names them.
 *
 * @returns the state after it, which knows where its documents are
 * @throws WritError NOTARY_VERSION when the repository was changed meanwhile; STORE_*
 */
export async function commitState(
  { gun, before, after: { documents: wanted, ...rest }, at, audit, drafts }: Commit,
  documents: NotaryDocuments,
  index: IndexStore,
): Promise<NotaryState> {
  const keys = keysOf(gun);
  const fresh = await storeFresh(before, wanted, documents, drafts);
  const after = { ...rest, documents: new Map([...wanted, ...fresh]) };
  await index.transaction(async tx => {
    const head = await tx.get(keys.head);
    const now = head === undefined ? undefined : readHead(head).roles.get(TIMESTAMP)?.version;
    if (now !== before?.documents.get(TIMESTAMP)?.version) throw tooOld(gun);
    for (const [role, document] of fresh) {
      // Of a repository that was imported there may be versions of roles that nobody delegates to now.
      if ((await tx.get(keys.version(role, document.version))) !== undefined) throw tooOld(gun, role);
      const { at, part } = document;
      const record = writeFileRecord({ sha256: sha256Of(document), at, part });
      tx.put(keys.version(role, document.version), record);
      tx.put(keys.hash(role, sha256Of(document)), record);
    }
    tx.put(keys.head, writeHead(gun, after.documents));
    const timestamp = after.documents.get(TIMESTAMP);
    if (timestamp === undefined) throw new WritError('INTERNAL', `${gun} would have no timestamp`);
    const { version } = timestamp;
    await recordChange(tx, { at, gun, version, sha256: sha256Of(timestamp), category: 'update' });
    if (audit !== undefined) await recordAudit(tx, audit);
  });
  for (const [, document] of fresh) documents.keep(sha256Of(document), document.bytes);
  return after;
}

/** The documents that `before` does not have, stored. */
async function storeFresh(
  before: NotaryState | undefined,
  wanted: NotaryState['documents'],
  documents: NotaryDocuments,
  drafts: DocumentDrafts | undefined,
): Promise<[RoleName, StoredDocument][]> {
  const fresh = [...wanted].filter(([role, document]) => before?.documents.get(role) !== document);
  const parts = await documents.store(
    fresh.map(([role, document]) => ({
      bytes: document.bytes,
      stays: role === ROOT,
      draft: drafts?.take(document.bytes),
    })),
  );
  return fresh.map(([role, document], i) => [role, { ...document, part: parts[i] }]);
}

/** Removes all documents of a repository; the service goes on to hold the same keys for it. */
export async function deleteState(
  { gun, at, by }: { readonly gun: Gun; readonly at: Date; readonly by: Actor },
  index: IndexStore,
): Promise<void> {
  const keys = keysOf(gun);
  await index.transaction(async tx => {
    for (const [key, value] of await tx.list(keys.files)) {
      tx.delete(key);
      discard(tx, [blobOf(readFileRecord(value))]);
    }
    tx.delete(keys.head);
    await recordChange(tx, { at, gun, version: 0, sha256: '', category: 'deletion' });
    await recordAudit(tx, { at, gun, action: 'delete', by, roles: {} });
  });
}

const sha256Of = ({ file }: StoredDocument): string => file.hashes.get('sha256') ?? '';

export const tooOld = (gun: Gun, role?: RoleName): WritError =>
  new WritError(
    'NOTARY_VERSION',
    `a newer version of ${role === undefined ? gun : `${role} of ${gun}`} is there already`,
  );
