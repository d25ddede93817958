/** Proposals as the index keeps them: one record for what is open, and one for each proposal. */
import type { KeyId } from '../crypto/key-id.js';
import { parseKeyId } from '../crypto/key-id.js';
import type { RepositoryName } from '../image/repository-name.js';
import {
  arrayAt,
  asObject,
  asString,
  booleanAt,
  integerAt,
  objectAt,
  stringAt,
  stringsAt,
} from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';
import type { IndexReader, IndexTransaction } from '../storage/ports.js';
import { parseRoleName, type RoleName } from '../tuf/role-name.js';
import { discard } from './garbage.js';
import { keysOf } from './state.js';

/** A signature that was verified when it came, and the key that it was verified by. */
export interface CollectedSignature {
  readonly keyId: KeyId;
  /** In hex. */
  readonly sig: string;
  readonly material: string;
}

/** A document that waits for signatures, and what goes live together with it. Bytes are named by their SHA-256. */
export interface ProposalRecord {
  readonly role: RoleName;
  readonly version: number;
  /** SHA-256 of the current document, null for a role that has none. */
  readonly base: string | null;
  /** SHA-256 of what the signatures are over. */
  readonly payload: string;
  readonly created: Date;
  readonly expires: Date;
  readonly document: string;
  readonly companions: ReadonlyMap<RoleName, Companion>;
  readonly blobs: readonly string[];
  /** No target need have its file here. */
  readonly filesElsewhere: boolean;
  /** Of everything that is stored for it. */
  readonly bytes: number;
  readonly signatures: readonly CollectedSignature[];
}

export interface Companion {
  readonly version: number;
  readonly sha256: string;
}

/** What can be said of an open proposal without reading it. */
export interface OpenProposal {
  /** The version that each of its documents brings: the proposal is void once one of them is there. */
  readonly versions: ReadonlyMap<RoleName, number>;
  readonly expires: Date;
  readonly bytes: number;
}

export type OpenProposals = ReadonlyMap<RoleName, OpenProposal>;

/** The open proposals of `name` by role, the expired ones among them. @throws WritError JSON_TYPE, STORE_* */
export async function readOpen(name: RepositoryName, index: IndexReader): Promise<OpenProposals> {
  const value = await index.get(keysOf(name).proposals);
  if (value === undefined) return new Map();
  const open = asObject(value, 'proposals');
  return new Map(
    Object.keys(open).map(role => [parseRoleName(role), readEntry(objectAt(open, role, 'proposals'))]),
  );
}

/** One open proposal, or undefined. @throws WritError JSON_TYPE, STORE_* */
export async function readProposal(
  name: RepositoryName,
  role: RoleName,
  index: IndexReader,
): Promise<ProposalRecord | undefined> {
  const value = await index.get(keysOf(name).proposal(role));
  return value === undefined ? undefined : readRecord(asObject(value, 'proposal'));
}

/** Stores a proposal, new or changed. */
export async function putProposal(
  tx: IndexTransaction,
  name: RepositoryName,
  record: ProposalRecord,
): Promise<void> {
  const { role, version, companions, expires, bytes } = record;
  const versions = new Map([[role, version]]);
  for (const [companion, { version: theirs }] of companions) versions.set(companion, theirs);
  const open = new Map(await readOpen(name, tx)).set(role, { versions, expires, bytes });
  writeOpen(tx, name, open);
  tx.put(keysOf(name).proposal(role), writeRecord(record));
}

/** Removes the open proposals that `gone` names. */
export async function dropProposals(
  tx: IndexTransaction,
  name: RepositoryName,
  gone: (role: RoleName, proposal: OpenProposal) => boolean,
): Promise<void> {
  const open = await readOpen(name, tx);
  const left = new Map([...open].filter(([role, proposal]) => !gone(role, proposal)));
  if (left.size === open.size) return;
  for (const role of open.keys()) {
    if (left.has(role)) continue;
    const dropped = await readProposal(name, role, tx);
    if (dropped !== undefined) discard(tx, blobsOf(dropped));
    tx.delete(keysOf(name).proposal(role));
  }
  writeOpen(tx, name, left);
}

const blobsOf = ({ document, companions, blobs }: ProposalRecord): string[] => [
  document,
  ...[...companions.values()].map(({ sha256 }) => sha256),
  ...blobs,
];

function writeOpen(tx: IndexTransaction, name: RepositoryName, open: OpenProposals): void {
  const entries = [...open].map(([role, { versions, expires, bytes }]) => [
    role,
    { versions: Object.fromEntries(versions), expires: expires.toISOString(), bytes },
  ]);
  tx.put(keysOf(name).proposals, Object.fromEntries(entries) as JsonObject);
}

function readEntry(entry: JsonObject): OpenProposal {
  const versions = objectAt(entry, 'versions', 'proposals');
  return {
    versions: new Map(
      Object.keys(versions).map(role => [parseRoleName(role), integerAt(versions, role, 'proposals')]),
    ),
    expires: new Date(stringAt(entry, 'expires', 'proposals')),
    bytes: integerAt(entry, 'bytes', 'proposals'),
  };
}

function writeRecord(record: ProposalRecord): JsonObject {
  const companions = [...record.companions].map(([role, { version, sha256 }]) => [role, { version, sha256 }]);
  return {
    role: record.role,
    version: record.version,
    base: record.base,
    payload: record.payload,
    created: record.created.toISOString(),
    expires: record.expires.toISOString(),
    document: record.document,
    companions: Object.fromEntries(companions) as JsonObject,
    blobs: [...record.blobs],
    filesElsewhere: record.filesElsewhere,
    bytes: record.bytes,
    signatures: record.signatures.map(({ keyId, sig, material }) => ({ keyId, sig, material })),
  };
}

function readRecord(object: JsonObject): ProposalRecord {
  const path = 'proposal';
  const base = member(object, 'base');
  const companions = objectAt(object, 'companions', path);
  return {
    role: parseRoleName(stringAt(object, 'role', path)),
    version: integerAt(object, 'version', path, 1),
    base: base === null ? null : asString(base, 'proposal.base'),
    payload: stringAt(object, 'payload', path),
    created: new Date(stringAt(object, 'created', path)),
    expires: new Date(stringAt(object, 'expires', path)),
    document: stringAt(object, 'document', path),
    companions: new Map(
      Object.keys(companions).map(role => [parseRoleName(role), readCompanion(companions, role)]),
    ),
    blobs: stringsAt(object, 'blobs', path),
    filesElsewhere: booleanAt(object, 'filesElsewhere', path),
    bytes: integerAt(object, 'bytes', path),
    signatures: arrayAt(object, 'signatures', path).map(readSignature),
  };
}

function readCompanion(companions: JsonObject, role: string): Companion {
  const companion = objectAt(companions, role, 'proposal.companions');
  return {
    version: integerAt(companion, 'version', 'companion', 1),
    sha256: stringAt(companion, 'sha256', 'companion'),
  };
}

function readSignature(value: JsonValue): CollectedSignature {
  const signature = asObject(value, 'signature');
  return {
    keyId: parseKeyId(stringAt(signature, 'keyId', 'signature')),
    sig: stringAt(signature, 'sig', 'signature'),
    material: stringAt(signature, 'material', 'signature'),
  };
}
