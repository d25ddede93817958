/** What one repository is now: its verified documents, and where the index keeps them. */
import type { RepositoryName } from '../image/repository-name.js';
import { WritError } from '../errors.js';
import { asInteger, asObject, asString, objectAt } from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';
import type { BlobStore, IndexReader } from '../storage/ports.js';
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
}

/** Where one repository lies in the index. A name holds no `/`, so that none is a prefix of another's keys. */
export const keysOf = (name: RepositoryName) =>
  ({
    head: `repository/${name}/head`,
    /** `2.root.json` → {sha256, at}. */
    file: (fileName: string) => `repository/${name}/file/${fileName}`,
    /** Digest of a target file in hex, by each algorithm that metadata names it by → SHA-256. */
    blob: (hex: string) => `repository/${name}/blob/${hex}`,
    /** Which roles have open proposals. */
    proposals: `repository/${name}/proposals`,
    proposal: (role: RoleName) => `repository/${name}/proposal/${role}`,
  }) as const;

export const ALL_REPOSITORIES = 'repository/';
/** `repository/<name>/head` → the name. */
export const HEAD_KEY = /^repository\/([^/]+)\/head$/;

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

export function writeHead(versions: ReadonlyMap<RoleName, number>): JsonObject {
  return { versions: Object.fromEntries(versions) };
}

export interface FileRecord {
  readonly sha256: string;
  readonly at: Date;
}

/** @throws WritError JSON_TYPE */
export function readFileRecord(value: JsonValue): FileRecord {
  const object = asObject(value, 'file');
  return {
    sha256: asString(member(object, 'sha256'), 'file.sha256'),
    at: new Date(asString(member(object, 'at'), 'file.at')),
  };
}

export const writeFileRecord = ({ sha256, at }: FileRecord): JsonObject => ({ sha256, at: at.toISOString() });

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
  return delegator === undefined ? undefined : targetsOf(roles, delegator);
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
  const versions = readHead(head);
  const read = (role: RoleName): Promise<Uint8Array> => readCurrent(name, role, versions, index, blobs);
  try {
    const root = trustRoot(parseDocument(await read(ROOT), 'root'));
    const targets = verifyRole(root, TARGETS, parseDocument(await read(TARGETS), 'targets'));
    const snapshot = verifyRole(root, SNAPSHOT, parseDocument(await read(SNAPSHOT), 'snapshot'));
    const timestamp = verifyRole(root, TIMESTAMP, parseDocument(await read(TIMESTAMP), 'timestamp'));
    const delegated = await loadDelegated(targets, read);
    return { root, targets, delegated, snapshot, timestamp, versions };
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
  const bytes = record === undefined ? null : await blobs.get(readFileRecord(record).sha256);
  if (bytes !== null) return bytes;
  throw new WritError('REPOSITORY_BROKEN', `${fileName} of ${name} is missing`);
}
