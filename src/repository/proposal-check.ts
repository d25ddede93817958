/** What can be said against a proposal before anybody else signs it, so that signers do not find it out at the end. */
import { WritError } from '../errors.js';
import { parseDocument, type SignedDocument } from '../tuf/document.js';
import { isExpired } from '../tuf/expiry.js';
import type { DelegatedRole, Root, Targets } from '../tuf/model.js';
import { ROOT, type RoleName } from '../tuf/role-name.js';
import { refuseForeignPaths, refuseUnservable } from './accept.js';
import { delegationOfBin, refuseForeignBin } from './bins.js';
import { conflict } from './commit.js';
import type { Proposed } from './proposal-request.js';
import { chooseSigners } from './online-keys.js';
import type { OnlineSigners } from './sign-online.js';
import { binsOf, delegatorOf, type RepositoryState } from './state.js';
import { collectTargetFiles, type StoredFile, type TargetChange } from './target-files.js';
import type { RepositoryName } from '../image/repository-name.js';

/** What a proposal is judged against. */
export interface CheckContext {
  readonly name: RepositoryName;
  readonly current: RepositoryState;
  /** The signers that a root may name. */
  readonly online: readonly [OnlineSigners, ...OnlineSigners[]];
  readonly now: Date;
  readonly stored: StoredFile;
  /** The current document of a role, undefined for one that has none. */
  readonly before: (role: RoleName) => Promise<TargetChange['before']>;
}

/** A document of a proposal: of root, or of a targets role. */
export type ProposedDocument = SignedDocument<Root> | SignedDocument<Targets>;

/**
 * Reads the documents of a proposal and refuses what could not be published with all signatures of the world.
 *
 * @returns the document that is to be signed
 * @throws WritError those of parseDocument, TUF_NOT_DELEGATED, TUF_EXPIRED; REPOSITORY_CONFLICT for a document that is
 *   not the next version; REPOSITORY_DOCUMENT, REPOSITORY_ONLINE_KEYS, REPOSITORY_DELEGATION,
 *   REPOSITORY_TARGET_MISSING, REPOSITORY_BLOB
 */
export async function checkProposed(proposed: Proposed, context: CheckContext): Promise<ProposedDocument> {
  const { role, publication } = proposed;
  if (delegatorOf(context.current, role) === undefined) {
    throw new WritError('TUF_NOT_DELEGATED', `no role delegates to ${role}`);
  }
  const documents = new Map(
    [...publication.documents].map(([of, bytes]) => [of, readNext(of, bytes, context)] as const),
  );
  const changes: TargetChange[] = [];
  for (const [of, { signed }] of documents) {
    if (signed.type === 'root') {
      refuseUnservable(signed);
      chooseSigners(signed, context.online);
    } else {
      refuseMissingDelegates(of, signed, documents, context.current);
      changes.push({ before: await context.before(of), after: { value: signed } });
    }
  }
  refuseOutsiders(documents, context.current);
  if (publication.filesElsewhere !== true)
    await collectTargetFiles(changes, publication.blobs, context.stored);
  const document = documents.get(role);
  if (document === undefined) throw new Error('a proposal was decoded without its document');
  return document;
}

function readNext(role: RoleName, bytes: Uint8Array, { name, current, now }: CheckContext): ProposedDocument {
  const document = role === ROOT ? parseDocument(bytes, 'root') : parseDocument(bytes, 'targets');
  const { version } = document.signed;
  const next = (current.versions.get(role) ?? 0) + 1;
  if (version !== next) {
    const message = `the proposed ${role} has version ${version}, the next one is ${next}`;
    throw conflict(name, current.versions, message);
  }
  if (!isExpired(document.signed, now)) return document;
  throw new WritError('TUF_EXPIRED', `the proposed ${role} has expired`, {
    details: { role, version, expires: document.signed.expires.toISOString() },
  });
}

type Documents = ReadonlyMap<RoleName, ProposedDocument>;

function refuseMissingDelegates(
  delegator: RoleName,
  { delegations }: Targets,
  documents: Documents,
  current: RepositoryState,
): void {
  const { roles = [], succinct } = delegations ?? {};
  if (
    succinct !== undefined &&
    !binsOf(current).some(known => known.succinct.namePrefix === succinct.namePrefix)
  ) {
    throw new WritError(
      'REPOSITORY_DELEGATION',
      `${delegator} delegates to hash bins ${succinct.namePrefix}-…, which a proposal cannot bring with it`,
      { hint: 'publish the delegation together with all bins, with all signatures' },
    );
  }
  for (const { name } of roles) {
    if (documents.has(name) || current.delegated.has(name)) continue;
    throw new WritError(
      'REPOSITORY_DELEGATION',
      `${delegator} delegates to ${name}, which has no signed document`,
    );
  }
}

/** Each document has a delegator, as things will be, and stays within what is delegated to it. */
function refuseOutsiders(documents: Documents, current: RepositoryState): void {
  const proposed = new Map<RoleName, DelegatedRole>();
  for (const { signed } of documents.values()) {
    if (signed.type !== 'targets') continue;
    for (const role of signed.delegations?.roles ?? []) proposed.set(role.name, role);
  }
  for (const [name, { signed }] of documents) {
    if (signed.type !== 'targets') continue;
    const delegation = proposed.get(name) ?? delegationOf(name, current);
    const bins = delegationOfBin(binsOf(current), name);
    if (delegation !== undefined) refuseForeignPaths(delegation, signed);
    else if (bins !== undefined) refuseForeignBin(bins, name, signed);
    else if (delegatorOf(current, name) === undefined) {
      throw new WritError('TUF_NOT_DELEGATED', `no role delegates to ${name}`);
    }
  }
}

function delegationOf(name: RoleName, current: RepositoryState): DelegatedRole | undefined {
  const delegator = delegatorOf(current, name)?.value;
  if (delegator?.type !== 'targets') return undefined;
  return delegator.delegations?.roles.find(role => role.name === name);
}
