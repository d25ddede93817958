/**
 * Whether signed documents may become the next state of a repository: judged by the functions that clients verify
 * with, so that what is published can be read.
 */
import { isWritError, WritError } from '../errors.js';
import { isDelegated } from '../tuf/delegation.js';
import { parseDocument } from '../tuf/document.js';
import { refuseExpired } from '../tuf/expiry.js';
import type { PublicKey } from '../crypto/public-key.js';
import type { DelegatedRole, Root, Targets, UnusableKey } from '../tuf/model.js';
import { ROOT, TARGETS, type RoleName } from '../tuf/role-name.js';
import { succeedRoot, trustRoot, verifyRole, type Verified } from '../tuf/verified.js';
import { delegationOfBin } from './bins.js';
import { refuseMisnamed } from './role-names.js';
import {
  binsOf,
  targetsOf,
  type DelegatedDocument,
  type RepositoryState,
  type SignedRoles,
} from './state.js';

export interface Changes {
  readonly documents: ReadonlyMap<RoleName, Uint8Array>;
  /** Roots between the current one and that of the documents. */
  readonly roots?: readonly Uint8Array[] | undefined;
  /** Undefined for a repository that is being made. */
  readonly current: RepositoryState | undefined;
  readonly now: Date;
}

export interface AcceptedDocuments {
  readonly roles: SignedRoles;
  /** In order; empty when root stays. */
  readonly newRoots: readonly Verified<Root>[];
}

/**
 * The documents of the repository after `changes`: each new one is one version up, signed by a threshold of its
 * delegator as it will be, and not expired; every delegation has its document; nothing is left without a delegator.
 * Hash bins are not among them.
 *
 * @throws WritError TUF_THRESHOLD, TUF_VERSION, TUF_EXPIRED, TUF_NOT_DELEGATED, TUF_KEY_REBOUND, those of
 *   parseDocument; REPOSITORY_REQUEST, REPOSITORY_DOCUMENT, REPOSITORY_DELEGATION
 */
export function acceptDocuments(changes: Changes): AcceptedDocuments {
  const newRoots = acceptRoots(changes);
  const root = newRoots.at(-1) ?? changes.current?.root;
  if (root === undefined) throw new WritError('REPOSITORY_REQUEST', 'a new repository needs a signed root');
  const targets = acceptTargets(changes, root);
  const delegated = acceptDelegated(changes, targets);
  const bins = binsOf({ root, targets, delegated });
  for (const role of changes.documents.keys()) {
    if (role === ROOT || role === TARGETS || delegated.has(role)) continue;
    if (delegationOfBin(bins, role) !== undefined) continue; // judged one by one, see bin-publication.ts
    throw new WritError('TUF_NOT_DELEGATED', `no role delegates to ${role}`);
  }
  return { roles: { root, targets, delegated }, newRoots };
}

/** The chain of new roots: each signed by the one before and by itself; only the last must not be expired. §5.3. */
function acceptRoots({ documents, roots = [], current, now }: Changes): Verified<Root>[] {
  const last = documents.get(ROOT);
  if (last === undefined) {
    if (roots.length === 0) return [];
    throw new WritError(
      'REPOSITORY_REQUEST',
      'request.roots lead to a root, which the documents do not hold',
    );
  }
  const accepted: Verified<Root>[] = [];
  for (const bytes of [...roots, last]) {
    const before = accepted.at(-1) ?? current?.root;
    const document = parseDocument(bytes, 'root');
    const root = before === undefined ? firstRoot(trustRoot(document)) : succeedRoot(before, document);
    refuseUnservable(root.value);
    accepted.push(root);
  }
  for (const root of accepted.slice(-1)) refuseExpired(root, now);
  return accepted;
}

/**
 * Refuses a root under which the service could not serve the repository.
 *
 * @throws WritError REPOSITORY_DOCUMENT
 */
export function refuseUnservable(root: Root): void {
  if (root.consistentSnapshot) return;
  throw new WritError('REPOSITORY_DOCUMENT', 'root must set consistent_snapshot to true');
}

function firstRoot(root: Verified<Root>): Verified<Root> {
  if (root.value.version === 1) return root;
  throw new WritError('TUF_VERSION', `the first root has version ${root.value.version}, it must have 1`);
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
  const delegators = [targets];
  for (const delegator of delegators) {
    refuseGroups(delegator);
    const stays = keepsKeysOf(changes, delegator);
    const { roles = [], succinct } = delegator.value.delegations ?? {};
    if (succinct !== undefined) refuseMisnamed(delegator.role, succinct.namePrefix);
    for (const role of roles) {
      refuseSecondDelegator(role.name, delegator.role, accepted.get(role.name));
      refuseMisnamed(delegator.role, role.name);
      const document = acceptDelegate(changes, delegator, role, stays);
      accepted.set(role.name, { delegator: delegator.role, document });
      delegators.push(document);
    }
  }
  return accepted;
}

/** No other client can read a document that has them. */
function refuseGroups({ role, value }: Verified<Targets>): void {
  if (value.delegations?.groups === undefined) return;
  throw new WritError(
    'REPOSITORY_DELEGATION',
    `${role} delegates to roles that must agree (TAP 3), which other clients cannot read`,
  );
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
  stays: (role: DelegatedRole) => boolean,
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
  return current.delegator === delegator.role && stays(role)
    ? current.document
    : keepUnder(delegator, current.document);
}

/** Says of a role whether `delegator` gives it the keys that its current version gave it. */
function keepsKeysOf({ current }: Changes, delegator: Verified<Targets>): (role: DelegatedRole) => boolean {
  const before = current && targetsOf(current, delegator.role);
  if (before === delegator) return () => true;
  const [were, are] = [before?.value.delegations, delegator.value.delegations];
  if (were === undefined || are === undefined) return () => false;
  const known = new Map(were.roles.map(role => [role.name, role]));
  return ({ name, keyIds, threshold }) => {
    const role = known.get(name);
    return (
      role?.threshold === threshold &&
      role.keyIds.length === keyIds.length &&
      keyIds.every((id, i) => role.keyIds[i] === id && sameKey(were.keys.get(id), are.keys.get(id)))
    );
  };
}

const sameKey = (a: PublicKey | UnusableKey | undefined, b: PublicKey | UnusableKey | undefined): boolean =>
  a?.material !== undefined && b?.material === a.material && a.scheme === b.scheme;

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
