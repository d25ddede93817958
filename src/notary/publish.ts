/** Signs what changed and publishes it: NOTARY-WIRE §1.7, client/client.go, publish. */
import { isWritError } from '../errors.js';
import { parseDocumentOf } from '../tuf/document.js';
import { NOTARY1, type NotaryModels } from '../tuf/format/notary1.js';
import { writeNotaryRoot, writeNotarySnapshot, writeNotaryTargets } from '../tuf/format/notary1-write.js';
import { describeNotaryFile } from '../tuf/notary/describe.js';
import { ROOT, SNAPSHOT, TARGETS, type RoleName } from '../tuf/role-name.js';
import { verifyRole } from '../tuf/verified.js';
import { applyChange } from './apply.js';
import type { Change } from './change.js';
import { Draft, type AnyKey, type TargetsDraft } from './draft.js';
import { initialize } from './initialize.js';
import type { Keyring } from './keyring.js';
import { trustFirstRoot } from './root-trust.js';
import { expiryOf, signDocument } from './sign.js';
import { MAX_DOCUMENT } from './trust-folder.js';
import { nearsExpiry, update, type NotaryState } from './update.js';
import type { UpdateOptions } from './update-options.js';

export interface PublishOptions extends Omit<UpdateOptions, 'forWriting'> {
  readonly keyring: Keyring;
}

/** What is published, beside what is signed anyway because it nears its expiry. */
export interface Publication {
  /** In this order. */
  readonly changes: readonly Change[];
  /** Changes the root before. */
  readonly edit?: (draft: Draft) => void;
  /** Keys of old roots that sign a new one too, given the root that is current. */
  readonly oldKeys?: (state: NotaryState) => Promise<readonly AnyKey[]>;
}

/**
 * Publishes, on top of what the server has now. A repository that the server does not have yet is published as the
 * trust folder has it, and made where that has nothing.
 *
 * @throws WritError NOTARY_VERSION when somebody published in between: try again; NOTARY_REJECTED; NOTARY_KEY, NOTARY_ROLE,
 *   NOTARY_CHANGE, NOTARY_CUSTOM as `applyChange`; and as `update`
 */
export async function publish(options: PublishOptions, publication: Publication): Promise<void> {
  const { keyring, log } = options;
  const state = await currentState(options);
  const draft = state === undefined ? await firstDraft(options) : draftOfState(state);
  publication.edit?.(draft);
  for (const change of publication.changes) await applyChange({ draft, keyring, log }, change);
  const optional = state === undefined ? [] : ((await publication.oldKeys?.(state)) ?? []);
  await options.server.publish(await signed(options, draft, { isFirst: state === undefined, optional }));
}

/** @returns undefined when the server does not have the repository */
async function currentState(options: PublishOptions): Promise<NotaryState | undefined> {
  try {
    const state = await update({ ...options, forWriting: true });
    warnOfExpiry(options, state);
    return state;
  } catch (error) {
    if (isWritError(error, 'NOTARY_NO_TRUST')) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    options.log('error', `Could not publish Repository since we could not update: ${reason}`);
    throw error;
  }
}

/** Of all roles but the timestamp, which the server signs again by itself. */
function warnOfExpiry({ clock, log }: PublishOptions, { root, snapshot, targets }: NotaryState): void {
  const now = clock.now();
  const note = 'nearing expiry, you should re-sign the role metadata';
  if (nearsExpiry(root.value, now)) log('warning', `root is ${note}`);
  for (const [role, { value }] of targets) {
    if (nearsExpiry(value, now)) log('warning', `${role} metadata is ${note}`);
  }
  if (nearsExpiry(snapshot.value, now)) log('warning', `snapshot is ${note}`);
}

const draftOfState = ({ root, targets, snapshot, invalid }: NotaryState): Draft =>
  new Draft({ root, targets, snapshot: snapshot.value, invalid });

/** What the trust folder has of a repository that was never published; it is made where there is nothing. */
async function firstDraft(options: PublishOptions): Promise<Draft> {
  const { folder, gun, clock, log } = options;
  const now = clock.now();
  if ((await folder.read(ROOT)) === null || (await folder.read(TARGETS)) === null) {
    log('info', `No TUF data found locally or remotely - initializing repository ${gun} for the first time`);
    await initialize({ ...options, now });
  }
  const root = await trustFirstRoot((await folder.read(ROOT)) ?? new Uint8Array(), { ...options, now });
  const parse = <T extends 'targets' | 'snapshot'>(bytes: Uint8Array, type: T) =>
    parseDocumentOf(NOTARY1, bytes, type, MAX_DOCUMENT);
  const targets = verifyRole(
    root,
    TARGETS,
    parse((await folder.read(TARGETS)) ?? new Uint8Array(), 'targets'),
  );
  const kept = await folder.read(SNAPSHOT);
  const snapshot: NotaryModels['snapshot'] | undefined =
    kept === null ? undefined : verifyRole(root, SNAPSHOT, parse(kept, 'snapshot')).value;
  return new Draft({ root, targets: new Map([[TARGETS, targets]]), snapshot });
}

interface Signing {
  readonly isFirst: boolean;
  readonly optional: readonly AnyKey[];
}

/** The documents that are to be published, by role. */
async function signed(
  options: PublishOptions,
  draft: Draft,
  signing: Signing,
): Promise<ReadonlyMap<RoleName, Uint8Array>> {
  const documents = new Map<RoleName, Uint8Array>();
  const root = await signedRoot(options, draft, signing);
  if (root !== undefined) documents.set(ROOT, root);
  for (const [role, document] of draft.targets) {
    if (!document.dirty && !(signing.isFirst && role === TARGETS)) continue;
    documents.set(role, await signedTargets(options, draft, role, document));
  }
  const snapshot = await signedSnapshot(options, draft, documents);
  if (snapshot !== undefined) documents.set(SNAPSHOT, snapshot);
  return documents;
}

/** By the keys of the root that is published, where they differ, and by its own. */
async function signedRoot(
  { keyring, clock }: PublishOptions,
  draft: Draft,
  { isFirst, optional }: Signing,
): Promise<Uint8Array | undefined> {
  const now = clock.now();
  const { rootBefore, root } = draft;
  if (!draft.rootDirty && optional.length === 0 && !nearsExpiry(root, now)) {
    return isFirst ? rootBefore.bytes : undefined;
  }
  const part = writeNotaryRoot({ ...root, version: root.version + 1, expires: expiryOf('root', now) });
  const before = { keys: rootBefore.value.keys, roleKeys: rootBefore.value.roles.root };
  const own = { keys: root.keys, roleKeys: root.roles.root };
  return signDocument(part, { needed: [before, own], optional }, keyring);
}

async function signedTargets(
  { keyring, clock }: PublishOptions,
  draft: Draft,
  role: RoleName,
  { version, targets, keys, roles, unrecognized }: TargetsDraft,
): Promise<Uint8Array> {
  const part = writeNotaryTargets({
    version: version + 1,
    expires: expiryOf('targets', clock.now()),
    targets,
    delegations: { keys, roles },
    unrecognized,
  });
  return signDocument(part, { needed: [draft.signersOf(role)] }, keyring);
}

/** @returns undefined where the client has no key for it: then the server signs it */
async function signedSnapshot(
  { keyring, clock }: PublishOptions,
  draft: Draft,
  documents: ReadonlyMap<RoleName, Uint8Array>,
): Promise<Uint8Array | undefined> {
  const { roleKeys, keys } = draft.signersOf(SNAPSHOT);
  const meta = new Map(draft.meta);
  for (const [role, bytes] of documents) meta.set(role, describeNotaryFile(bytes));
  if (!documents.has(ROOT)) meta.set(ROOT, describeNotaryFile(draft.rootBefore.bytes));
  const part = writeNotarySnapshot({
    version: draft.snapshotVersion + 1,
    expires: expiryOf('snapshot', clock.now()),
    meta,
  });
  try {
    return await signDocument(part, { needed: [{ keys, roleKeys }] }, keyring);
  } catch (error) {
    if (!isWritError(error, 'NOTARY_KEY') || error.details['found'] !== 0) throw error;
    // One that is here and cannot be opened is not the server's.
    for (const id of draft.keyIdsOf(SNAPSHOT)) if (await keyring.has(id)) throw error;
    return undefined;
  }
}
