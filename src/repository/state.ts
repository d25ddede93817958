/** What one repository is now: its verified documents, and where the index keeps them. */
import type { RepositoryName } from '../image/repository-name.js';
import { WritError } from '../errors.js';
import { arrayAt, asArray, asInteger, asObject, asString, objectAt } from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';
import type { BlobStore, IndexReader } from '../storage/ports.js';
import { isBinName, type BinNaming } from '../tuf/bins.js';
import { parseDocument } from '../tuf/document.js';
import type { Root, Snapshot, Targets, Timestamp } from '../tuf/model.js';
import {
  metadataFileName,
  parseRoleName,
  ROOT,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
  type RoleName,
} from '../tuf/role-name.js';
import { trustRoot, verifyRole, type Verified } from '../tuf/verified.js';
import { binDelegations, delegationOfBin, type BinDelegation } from './bins.js';
import { readFileRecord, readStoredFile } from './file-record.js';
import { readGenerations, writeGenerations, type OnlineGenerations } from './online-keys.js';

/** The documents that people signed. */
export interface SignedRoles {
  readonly root: Verified<Root>;
  readonly targets: Verified<Targets>;
  /** Every role that is delegated now, by name. */
  readonly delegated: ReadonlyMap<RoleName, DelegatedDocument>;
}

export interface DelegatedDocument {
  readonly delegator: RoleName;
  readonly document: Verified<Targets>;
}

export interface RepositoryState extends SignedRoles {
  readonly snapshot: Verified<Snapshot>;
  readonly timestamp: Verified<Timestamp>;
  /** The current version of every role that there ever was: a name that comes back goes on from it. */
  readonly versions: ReadonlyMap<RoleName, number>;
  /** The hash bins that there ever were. */
  readonly binned: readonly BinNaming[];
  /** The keys that root names for snapshot and timestamp. */
  readonly online: OnlineGenerations;
}

/** The head records of all repositories, each by its name. */
export const HEADS = 'head/';

/** Where one repository lies in the index. A name holds no `/`, so that none is a prefix of another's keys. */
export const keysOf = (name: RepositoryName) =>
  ({
    /** Beside the files and not among them: repositories are listed often, and files are many. */
    head: HEADS + name,
    /** `2.root.json` → {sha256, at}. */
    file: (fileName: string) => `repository/${name}/file/${fileName}`,
    /** Digest of a target file in hex, by each algorithm that metadata names it by → SHA-256. */
    blob: (hex: string) => `repository/${name}/blob/${hex}`,
    /** Which roles have open proposals. */
    proposals: `repository/${name}/proposals`,
    proposal: (role: RoleName) => `repository/${name}/proposal/${role}`,
  }) as const;

/** The versions that a head record holds. @throws WritError JSON_TYPE */
export function readHead(value: JsonValue): ReadonlyMap<RoleName, number> {
  const versions = objectAt(asObject(value, 'head'), 'versions', 'head');
  return new Map(
    Object.keys(versions).map(role => [
      parseRoleName(role),
      asInteger(member(versions, role), `head.versions.${role}`, 1),
    ]),
  );
}

/** True iff `head` is the record of a state with these versions. Every write makes a new timestamp. */
export function isHeadOf(head: JsonValue | undefined, versions: ReadonlyMap<RoleName, number>): boolean {
  if (head === undefined) return false;
  const current = objectAt(asObject(head, 'head'), 'versions', 'head');
  return member(current, TIMESTAMP) === versions.get(TIMESTAMP);
}

/** What the head record keeps: bins are too many, and the snapshot lists their versions. */
export function writeHead({
  versions,
  binned,
  online,
}: Pick<RepositoryState, 'versions' | 'binned' | 'online'>): JsonObject {
  return {
    versions: Object.fromEntries(versionsBut(versions, binned)),
    ...(binned.length > 0 && { bins: binned.map(({ namePrefix, bitLength }) => [namePrefix, bitLength]) }),
    ...writeGenerations(online),
  };
}

/** The versions of all roles that are no bins. */
export function versionsBut(
  versions: ReadonlyMap<RoleName, number>,
  binned: readonly BinNaming[],
): (readonly [RoleName, number])[] {
  const all = [...versions];
  return binned.length === 0 ? all : all.filter(([role]) => !binned.some(naming => isBinName(naming, role)));
}

function readBinned(head: JsonValue): BinNaming[] {
  const object = asObject(head, 'head');
  if (member(object, 'bins') === undefined) return [];
  return arrayAt(object, 'bins', 'head').map(item => {
    const [namePrefix, bitLength] = asArray(item, 'head.bins');
    return {
      namePrefix: asString(namePrefix, 'head.bins'),
      bitLength: asInteger(bitLength, 'head.bins', 1, 32),
    };
  });
}

/** The roles that delegate to hash bins. @throws WritError as binDelegations */
export function binsOf({ targets, delegated }: SignedRoles): BinDelegation[] {
  return binDelegations([targets, ...[...delegated.values()].map(({ document }) => document)]);
}

/** The versions of the bins, which only the snapshot lists. */
function addBinVersions(
  versions: ReadonlyMap<RoleName, number>,
  { meta }: Snapshot,
  binned: readonly BinNaming[],
): ReadonlyMap<RoleName, number> {
  if (binned.length === 0) return versions;
  const all = new Map(versions);
  for (const [file, { version }] of meta) {
    const role = file.replace(/\.json$/, '');
    if (binned.some(naming => isBinName(naming, role))) all.set(parseRoleName(role), version);
  }
  return all;
}

/** The file that clients ask for: only the timestamp has no version in its name. TUF specification §6.2. */
export const servedName = (role: RoleName, version: number): string =>
  role === TIMESTAMP ? metadataFileName(role) : metadataFileName(role, version);

/** The current document of a targets role, undefined for a role that is not delegated. */
export function targetsOf(
  { targets, delegated }: SignedRoles,
  role: RoleName,
): Verified<Targets> | undefined {
  return role === TARGETS ? targets : delegated.get(role)?.document;
}

/** The document that says who signs for `role`: that of root for root itself; undefined when nobody delegates to it. */
export function delegatorOf(
  roles: SignedRoles,
  role: RoleName,
): Verified<Root> | Verified<Targets> | undefined {
  if (role === ROOT || role === TARGETS) return roles.root;
  const delegator = roles.delegated.get(role)?.delegator;
  if (delegator !== undefined) return targetsOf(roles, delegator);
  return delegationOfBin(binsOf(roles), role)?.delegator;
}

/**
 * Reads the current documents of a repository from the store and verifies them again.
 *
 * @returns undefined when there is no repository of that name
 * @throws WritError REPOSITORY_BROKEN for a document that is missing or does not verify; STORE_*
 */
export async function loadState(
  name: RepositoryName,
  index: IndexReader,
  blobs: BlobStore,
): Promise<RepositoryState | undefined> {
  const head = await index.get(keysOf(name).head);
  if (head === undefined) return undefined;
  const listed = readHead(head);
  const read = (role: RoleName): Promise<Uint8Array> => readCurrent(name, role, listed, index, blobs);
  try {
    const root = trustRoot(parseDocument(await read(ROOT), 'root'));
    const targets = verifyRole(root, TARGETS, parseDocument(await read(TARGETS), 'targets'));
    const snapshot = verifyRole(root, SNAPSHOT, parseDocument(await read(SNAPSHOT), 'snapshot'));
    const timestamp = verifyRole(root, TIMESTAMP, parseDocument(await read(TIMESTAMP), 'timestamp'));
    const delegated = await loadDelegated(targets, read);
    const binned = readBinned(head);
    const versions = addBinVersions(listed, snapshot.value, binned);
    const online = readGenerations(head);
    return { root, targets, delegated, snapshot, timestamp, versions, binned, online };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('REPOSITORY_BROKEN', `the stored state of ${name} cannot be read: ${reason}`, {
      cause,
    });
  }
}

async function loadDelegated(
  targets: Verified<Targets>,
  read: (role: RoleName) => Promise<Uint8Array>,
): Promise<Map<RoleName, DelegatedDocument>> {
  const found = new Map<RoleName, DelegatedDocument>();
  const queue = [targets];
  for (let delegator = queue.shift(); delegator !== undefined; delegator = queue.shift()) {
    for (const { name } of delegator.value.delegations?.roles ?? []) {
      const document = verifyRole(delegator, name, parseDocument(await read(name), 'targets'));
      found.set(name, { delegator: delegator.role, document });
      queue.push(document);
    }
  }
  return found;
}

async function readCurrent(
  name: RepositoryName,
  role: RoleName,
  versions: ReadonlyMap<RoleName, number>,
  index: IndexReader,
  blobs: BlobStore,
): Promise<Uint8Array> {
  const fileName = servedName(role, versions.get(role) ?? 0);
  const record = await index.get(keysOf(name).file(fileName));
  const bytes = record === undefined ? null : await readStoredFile(readFileRecord(record), blobs);
  if (bytes !== null) return bytes;
  throw new WritError('REPOSITORY_BROKEN', `${fileName} of ${name} is missing`);
}
