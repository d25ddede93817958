/**
 * Whether signed documents may become the next state of a repository: judged by the functions that clients verify
 * with, so that what is published can be read.
 */
import type { PublicKey } from '../crypto/public-key.js';
import { isWritError, WritError } from '../errors.js';
import { isDelegated } from '../tuf/delegation.js';
import { parseDocument } from '../tuf/document.js';
import { refuseExpired } from '../tuf/expiry.js';
import type { DelegatedRole, Root, Targets } from '../tuf/model.js';
import { ROOT, TARGETS, type RoleName } from '../tuf/role-name.js';
import { succeedRoot, trustRoot, verifyRole, type Verified } from '../tuf/verified.js';
import { delegationOfBin } from './bins.js';
import { binsOf, type DelegatedDocument, type RepositoryState, type SignedRoles } from './state.js';

export interface OnlineKeys {
  readonly snapshot: PublicKey;
  readonly timestamp: PublicKey;
}

export interface Changes {
  readonly documents: ReadonlyMap<RoleName, Uint8Array>;
  /** Undefined for a repository that is being made. */
  readonly current: RepositoryState | undefined;
  readonly online: OnlineKeys;
  readonly now: Date;
}

/**
 * The documents of the repository after `changes`: each new one is one version up, signed by a threshold of its
 * delegator as it will be, and not expired; every delegation has its document; nothing is left without a delegator.
 * Hash bins are not among them.
 *
 * @throws WritError TUF_THRESHOLD, TUF_VERSION, TUF_EXPIRED, TUF_NOT_DELEGATED, TUF_KEY_REBOUND, those of
 *   parseDocument; REPOSITORY_REQUEST, REPOSITORY_DOCUMENT, REPOSITORY_ONLINE_KEYS, REPOSITORY_DELEGATION
 */
export function acceptDocuments(changes: Changes): SignedRoles {
  const root = acceptRoot(changes);
  const targets = acceptTargets(changes, root);
  const delegated = acceptDelegated(changes, targets);
  const bins = binsOf({ root, targets, delegated });
  for (const role of changes.documents.keys()) {
    if (role === ROOT || role === TARGETS || delegated.has(role)) continue;
    if (delegationOfBin(bins, role) !== undefined) continue; // judged one by one, see bin-publication.ts
    throw new WritError('TUF_NOT_DELEGATED', `no role delegates to ${role}`);
  }
  return { root, targets, delegated };
}

function acceptRoot({ documents, current, online, now }: Changes): Verified<Root> {
  const bytes = documents.get(ROOT);
  if (bytes === undefined) {
    if (current !== undefined) return current.root;
    throw new WritError('REPOSITORY_REQUEST', 'a new repository needs a signed root');
  }
  const document = parseDocument(bytes, 'root');
  const root = current === undefined ? firstRoot(trustRoot(document)) : succeedRoot(current.root, document);
  refuseExpired(root, now);
  refuseUnservable(root.value, online);
  return root;
}

/**
 * Refuses a root under which the service could not serve the repository.
 *
 * @throws WritError REPOSITORY_DOCUMENT, REPOSITORY_ONLINE_KEYS
 */
export function refuseUnservable(root: Root, online: OnlineKeys): void {
  if (!root.consistentSnapshot) {
    throw new WritError('REPOSITORY_DOCUMENT', 'root must set consistent_snapshot to true');
  }
  requireOnlineKey(root, 'snapshot', online.snapshot);
  requireOnlineKey(root, 'timestamp', online.timestamp);
}

function firstRoot(root: Verified<Root>): Verified<Root> {
  if (root.value.version === 1) return root;
  throw new WritError('TUF_VERSION', `the first root has version ${root.value.version}, it must have 1`);
}

/** The service signs with one key, under the id that writ gives it. */
function requireOnlineKey(root: Root, role: 'snapshot' | 'timestamp', key: PublicKey): void {
  const { keyIds, threshold } = root.roles[role];
  if (threshold === 1 && keyIds.includes(key.id) && root.keys.get(key.id)?.material === key.material) return;
  throw new WritError(
    'REPOSITORY_ONLINE_KEYS',
    `root must list the service's key ${key.id} for ${role} with threshold 1`,
  );
}

function acceptTargets(changes: Changes, root: Verified<Root>): Verified<Targets> {
  const { documents, current } = changes;
  const bytes = documents.get(TARGETS);
  if (bytes !== undefined) return acceptNew(changes, root, TARGETS, bytes);
  if (current === undefined) {
    throw new WritError('REPOSITORY_REQUEST', 'a new repository needs signed targets');
  }
  return root === current.root ? current.targets : keepUnder(root, current.targets);
}

/** Delegations from the top-level targets down, breadth first; a role has one delegator and one document. */
function acceptDelegated(changes: Changes, targets: Verified<Targets>): Map<RoleName, DelegatedDocument> {
  const accepted = new Map<RoleName, DelegatedDocument>();
  const queue = [targets];
  for (let delegator = queue.shift(); delegator !== undefined; delegator = queue.shift()) {
    for (const role of delegator.value.delegations?.roles ?? []) {
      refuseSecondDelegator(role.name, delegator.role, accepted.get(role.name));
      const document = acceptDelegate(changes, delegator, role);
      accepted.set(role.name, { delegator: delegator.role, document });
      queue.push(document);
    }
  }
  return accepted;
}

function refuseSecondDelegator(role: RoleName, delegator: RoleName, known?: DelegatedDocument): void {
  if (known === undefined) return;
  throw new WritError(
    'REPOSITORY_DELEGATION',
    `${role} is delegated by ${known.delegator} and by ${delegator}: a role has one delegator`,
  );
}

function acceptDelegate(
  changes: Changes,
  delegator: Verified<Targets>,
  role: DelegatedRole,
): Verified<Targets> {
  const bytes = changes.documents.get(role.name);
  if (bytes !== undefined) {
    const document = acceptNew(changes, delegator, role.name, bytes);
    refuseForeignPaths(role, document.value);
    return document;
  }
  const current = changes.current?.delegated.get(role.name);
  if (current === undefined) {
    throw new WritError(
      'REPOSITORY_DELEGATION',
      `${delegator.role} delegates to ${role.name}, which has no signed document`,
    );
  }
  return sameDelegator(changes, delegator, current)
    ? current.document
    : keepUnder(delegator, current.document);
}

/** True iff `delegator` is the very document that `current` was verified by. */
function sameDelegator(
  { current }: Changes,
  delegator: Verified<Targets>,
  known: DelegatedDocument,
): boolean {
  if (known.delegator !== delegator.role) return false;
  return (
    delegator ===
    (delegator.role === TARGETS ? current?.targets : current?.delegated.get(delegator.role)?.document)
  );
}

function acceptNew(
  { current, now }: Changes,
  delegator: Verified<Root> | Verified<Targets>,
  role: RoleName,
  bytes: Uint8Array,
): Verified<Targets> {
  const document = verifyRole(delegator, role, parseDocument(bytes, 'targets'));
  const next = (current?.versions.get(role) ?? 0) + 1;
  if (document.value.version !== next) {
    throw new WritError('TUF_VERSION', `${role} has version ${document.value.version}, it must have ${next}`);
  }
  refuseExpired(document, now);
  return document;
}

/** A document that stays, under a delegator that changed: the new keys must have signed it too. */
function keepUnder(
  delegator: Verified<Root> | Verified<Targets>,
  kept: Verified<Targets>,
): Verified<Targets> {
  try {
    return verifyRole(delegator, kept.role, parseDocument(kept.bytes, 'targets'));
  } catch (cause) {
    if (!isWritError(cause, 'TUF_THRESHOLD')) throw cause;
    throw new WritError(
      'REPOSITORY_DELEGATION',
      `the new ${delegator.role} gives ${kept.role} keys that have not signed its version ${kept.value.version}`,
      { cause, details: cause.details },
    );
  }
}

/**
 * Clients never ask a role for a path that it was not delegated: such a target would silently not exist.
 *
 * @throws WritError TUF_NOT_DELEGATED
 */
export function refuseForeignPaths(role: DelegatedRole, { targets }: Targets): void {
  for (const path of targets.keys()) {
    if (isDelegated(role, path)) continue;
    throw new WritError(
      'TUF_NOT_DELEGATED',
      `${role.name} lists ${JSON.stringify(path)}, which it was not delegated`,
    );
  }
}
