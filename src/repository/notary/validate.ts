/**
 * Whether an upload may become the state of a repository. theupdateframework/notary, server/handlers/validation.go;
 * where this is stricter, it is so that whatever is accepted can be read and gone on from.
 */
import { parseDocumentOf, type SignedDocument } from '../../tuf/document.js';
import {
  NOTARY1,
  type NotaryFile,
  type NotaryModels,
  type NotarySnapshot,
} from '../../tuf/format/notary1.js';
import type { Root, Targets } from '../../tuf/model.js';
import { ROOT, SNAPSHOT, TARGETS, typeOfRole, type RoleName, type RoleType } from '../../tuf/role-name.js';
import { succeedRoot, trustRoot, verifyRole, type Verified } from '../../tuf/verified.js';
import { describeNotaryFile, sameHashes } from '../../tuf/notary/describe.js';
import { MAX_DOCUMENT, MAX_SKIPPED } from './limits.js';
import { ancestorsOf, isDelegation, shallowFirst, type Gun } from '../../tuf/notary/names.js';
import { refusal, refusedAs, type RefusalName } from './refusal.js';
import { rootProblem } from '../../tuf/notary/root-certificates.js';
import type { NotaryState, VerifiedTargets } from './state.js';

/** The documents of an upload, by role. */
export type Upload = ReadonlyMap<RoleName, Uint8Array>;

/** What an upload brings. */
export interface Accepted {
  readonly root: Verified<Root>;
  /** The documents that count: all that were sent, but a timestamp. */
  readonly documents: readonly AcceptedDocument[];
  /** Undefined when the service is to make it. */
  readonly snapshot: Verified<NotarySnapshot> | undefined;
  /** The targets roles that are known to be good. */
  readonly verified: ReadonlyMap<RoleName, VerifiedTargets>;
}

export type AcceptedDocument = Verified<Root> | Verified<Targets> | Verified<NotarySnapshot>;

/**
 * @param current - undefined for a repository that is not there yet
 * @throws WritError NOTARY_UPDATE; `details.name` says which check failed
 */
export function validateUpload(
  gun: Gun,
  upload: Upload,
  current: NotaryState | undefined,
  now: Date,
): Accepted {
  const root = newRoot(gun, upload, current, now);
  const known = new KnownTargets(root, current);
  const targets = newTargets(upload, known, now);
  const snapshot = newSnapshot(upload, root, targets, current, now);
  const documents = [...(upload.has(ROOT) ? [root] : []), ...targets, ...(snapshot ? [snapshot] : [])];
  return { root, documents, snapshot, verified: new Map([...(current?.verified ?? []), ...known.all]) };
}

function parse<T extends RoleType>(bytes: Uint8Array, type: T): SignedDocument<NotaryModels[T]> {
  return parseDocumentOf(NOTARY1, bytes, type, MAX_DOCUMENT);
}

function newRoot(gun: Gun, upload: Upload, current: NotaryState | undefined, now: Date): Verified<Root> {
  const bytes = upload.get(ROOT);
  if (bytes === undefined) {
    if (current !== undefined) return current.root;
    throw refusal('ErrValidation', 'no pre-existing root and no root provided in update.');
  }
  return refusedAs('ErrBadRoot', () => {
    const document = parse(bytes, 'root');
    checkRootVersion(document.signed.version, current?.root.value.version ?? FIRST_ROOT);
    const problem = rootProblem(document, { gun, before: current?.root.value, now });
    if (problem !== undefined) throw refusal('ErrBadRoot', problem.message);
    checkExpiry(ROOT, document.signed, now);
    return document.signed.version === current?.root.value.version || current === undefined
      ? trustRoot(document)
      : succeedRoot(current.root, document);
  });
}

/** Where nothing is stored notary-server takes this one or the next: keys may be rotated before the first publication. */
const FIRST_ROOT = 1;

function checkRootVersion(version: number, current: number): void {
  if (version === current || version === current + 1) return;
  throw refusal(
    'ErrBadRoot',
    `Root modifications must increment the version. Current ${current}, new ${version}`,
  );
}

/** The targets roles of an upload, parents first. */
function newTargets(upload: Upload, known: KnownTargets, now: Date): Verified<Targets>[] {
  const roles = [...upload.keys()].filter(role => typeOfRole(role) === 'targets').sort(shallowFirst);
  const uploaded = roles.map(role => {
    // A stored ancestor must still hold under the keys that delegate to it now; it may have expired.
    for (const ancestor of ancestorsOf(role)) known.load(ancestor);
    const verified = known.verify(role, upload.get(role));
    checkDelegations(role, verified.value);
    checkExpiry(role, verified.value, now);
    checkSkipped(role, verified.value, known.versionOf(role));
    return verified;
  });
  known.load(TARGETS);
  return uploaded;
}

/** The targets roles that an upload brings or builds on, as they are verified. */
class KnownTargets {
  readonly all = new Map<RoleName, VerifiedTargets>();
  readonly #root: Verified<Root>;
  readonly #current: NotaryState | undefined;

  constructor(root: Verified<Root>, current: NotaryState | undefined) {
    this.#root = root;
    this.#current = current;
  }

  /** The one of the upload, else the stored one; its parent must have been loaded. @throws WritError NOTARY_UPDATE */
  load(role: RoleName): Verified<Targets> {
    const known = this.all.get(role);
    if (known !== undefined) return known.document;
    const before = this.#current?.verified.get(role);
    if (before === undefined || before.delegator !== this.#delegatorOf(role)) {
      return this.verify(role, this.#current?.documents.get(role)?.bytes);
    }
    this.all.set(role, before);
    return before.document;
  }

  /** Of the stored one; 0 where there is none. */
  versionOf(role: RoleName): number {
    return this.#current?.documents.get(role)?.version ?? 0;
  }

  /** By the keys of its parent: root for `targets`, else the role whose name it goes on from. */
  verify(role: RoleName, bytes: Uint8Array | undefined): Verified<Targets> {
    const delegator = this.#delegatorOf(role);
    if (delegator === undefined || !delegates(delegator, role)) {
      throw refusal('ErrBadTargets', `tuf: invalid role ${role}. delegation does not exist`);
    }
    if (bytes === undefined) throw refusal('ErrBadTargets', `${role} is neither stored nor in the update`);
    const document = refusedAs('ErrBadTargets', () => verifyRole(delegator, role, parse(bytes, 'targets')));
    this.all.set(role, { delegator, document });
    return document;
  }

  #delegatorOf(role: RoleName): VerifiedTargets['delegator'] | undefined {
    return role === TARGETS ? this.#root : this.all.get(ancestorsOf(role).at(-1) ?? TARGETS)?.document;
  }
}

/** A role delegates to roles right below itself, and names the keys that it lists for them. */
function checkDelegations(role: RoleName, { delegations }: Targets): void {
  for (const { name, keyIds } of delegations?.roles ?? []) {
    if (!isDelegation(name) || ancestorsOf(name).at(-1) !== role) {
      throw refusal('ErrBadTargets', `tuf: invalid role ${name}. not a delegation of ${role}`);
    }
    if (!keyIds.every(id => delegations?.keys.has(id))) {
      throw refusal('ErrBadTargets', `tuf: invalid role ${name}. its keys are not listed`);
    }
  }
}

const delegates = ({ value }: Verified<Root> | Verified<Targets>, role: RoleName): boolean =>
  value.type === 'root' || value.delegations?.roles.some(({ name }) => name === role) === true;

function newSnapshot(
  upload: Upload,
  root: Verified<Root>,
  targets: readonly Verified<Targets>[],
  current: NotaryState | undefined,
  now: Date,
): Verified<NotarySnapshot> | undefined {
  const bytes = upload.get(SNAPSHOT);
  if (bytes === undefined) return undefined;
  return refusedAs('ErrBadSnapshot', () => {
    const snapshot = verifyRole(root, SNAPSHOT, parse(bytes, 'snapshot'));
    checkExpiry(SNAPSHOT, snapshot.value, now);
    checkSkipped(SNAPSHOT, snapshot.value, current?.documents.get(SNAPSHOT)?.version ?? 0);
    checkCovers(snapshot.value, [root, ...targets], current);
    return snapshot;
  });
}

/**
 * Root, targets and what was sent must be named; whatever is named must be named as it will be stored, or clients
 * could never read it.
 */
function checkCovers(
  { meta }: NotarySnapshot,
  sent: readonly (Verified<Root> | Verified<Targets>)[],
  current: NotaryState | undefined,
): void {
  const files = new Map<string, NotaryFile>();
  for (const [role, { file }] of current?.documents ?? []) files.set(role, file);
  for (const { role, bytes } of sent) files.set(role, describeNotaryFile(bytes));
  const missing = [TARGETS, ...sent.map(({ role }) => role)].find(role => !meta.has(role));
  if (missing !== undefined) throw refusal('ErrBadSnapshot', `the snapshot does not name ${missing}`);
  for (const [role, named] of meta) {
    const file = files.get(role);
    if (file !== undefined && sameHashes(named, file)) continue;
    throw refusal('ErrBadSnapshot', `the snapshot names another ${role} than the one that is stored`);
  }
}

function checkExpiry(role: RoleName, { expires }: { readonly expires: Date }, now: Date): void {
  if (expires > now) return;
  throw refusal(refusalOf(role), `${role} expired at ${expires.toUTCString()}`);
}

function checkSkipped(role: RoleName, { version }: { readonly version: number }, current: number): void {
  if (version <= current + MAX_SKIPPED) return;
  const most = `an upload may skip ${MAX_SKIPPED} versions`;
  throw refusal(refusalOf(role), `${role} goes from version ${current} to ${version}: ${most}`);
}

const refusalOf = (role: RoleName): RefusalName =>
  typeOfRole(role) === 'root' ? 'ErrBadRoot' : role === SNAPSHOT ? 'ErrBadSnapshot' : 'ErrBadTargets';
