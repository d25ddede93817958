/** The hash bins of one publication: those among its documents, and those that were uploaded before it. */
import { sha256Hex } from '../crypto/digest.js';
import { isWritError, WritError } from '../errors.js';
import type { RepositoryName } from '../image/repository-name.js';
import type { BlobStore, IndexStore } from '../storage/ports.js';
import { parseDocument } from '../tuf/document.js';
import { metadataFileName, type RoleName } from '../tuf/role-name.js';
import type { Verified } from '../tuf/verified.js';
import type { Targets } from '../tuf/model.js';
import { acceptBin, delegationOfBin, refuseMissingBins, type BinDelegation, type BinFile } from './bins.js';
import { conflict } from './commit.js';
import { readFileRecord, readStoredFile } from './file-record.js';
import type { TargetChange } from './target-files.js';
import { readUpload } from './uploads.js';

export interface BinPublication {
  readonly name: RepositoryName;
  readonly documents: ReadonlyMap<RoleName, Uint8Array>;
  readonly uploads: readonly string[];
  /** The hash bins of the repository as it is, and as the publication makes it. */
  readonly before: readonly BinDelegation[];
  readonly after: readonly BinDelegation[];
  /** The current version of every role. */
  readonly versions: ReadonlyMap<RoleName, number>;
  readonly now: Date;
}

export interface AcceptedBins {
  readonly files: ReadonlyMap<RoleName, BinFile>;
  /** Of those among the documents: what changes in their targets. */
  readonly changes: readonly TargetChange[];
}

interface BinPorts {
  readonly blobs: BlobStore;
  readonly index: IndexStore;
  /** Where a bin of `key` lies in the index. */
  readonly fileKey: (fileName: string) => string;
}

/** Verifying so many bins takes less than a tenth of a second: others have their turn then. */
const PIECE = 256;

/**
 * Verifies the bins of a publication one by one and keeps nothing of those that are uploaded but where they lie, so
 * that a million targets need no more memory than a few.
 *
 * @throws WritError as acceptBin, refuseMissingBins and readUpload; REPOSITORY_CONFLICT for a bin that is not made from
 *   its current version, TUF_NOT_DELEGATED for an uploaded document that is
 *   no bin, REPOSITORY_REQUEST for one that comes twice
 */
export async function acceptBins(publication: BinPublication, ports: BinPorts): Promise<AcceptedBins> {
  const { name, documents, uploads, before, after } = publication;
  const files = new Map<RoleName, BinFile>();
  const changes: TargetChange[] = [];
  for (const [role, bytes] of documents) {
    if (delegationOfBin(after, role) === undefined) continue;
    const document = accept(publication, role, bytes, files);
    files.set(role, fileOf(document, bytes));
    changes.push({ before: await currentBin(publication, role, ports), after: document });
  }
  for (const upload of uploads) {
    for (const { role, bytes, part } of await readUpload(name, upload, ports)) {
      files.set(role, fileOf(accept(publication, role, bytes, files), part));
      if (files.size % PIECE === 0) await otherWork();
    }
  }
  refuseMissingBins(before, after, new Set(files.keys()));
  return { files, changes };
}

const otherWork = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

function accept(
  { name, after, versions, now }: BinPublication,
  role: RoleName,
  bytes: Uint8Array,
  known: ReadonlyMap<RoleName, BinFile>,
): Verified<Targets> {
  const delegation = delegationOfBin(after, role);
  if (delegation === undefined)
    throw new WritError('TUF_NOT_DELEGATED', `no role delegates to a bin ${role}`);
  if (known.has(role)) {
    throw new WritError('REPOSITORY_REQUEST', `the publication holds two documents of ${role}`);
  }
  const current = versions.get(role) ?? 0;
  try {
    return acceptBin(delegation, role, bytes, { version: current + 1, now });
  } catch (error) {
    if (!isWritError(error, 'TUF_VERSION')) throw error;
    throw conflict(name, new Map([[role, current]]), `${error.message}: it was made from another version`);
  }
}

const fileOf = ({ role, value, bytes }: Verified<Targets>, stored: BinFile['stored']): BinFile => ({
  role,
  version: value.version,
  sha256: sha256Hex(bytes),
  expires: value.expires,
  stored,
});

async function currentBin(
  { versions }: BinPublication,
  role: RoleName,
  { blobs, index, fileKey }: BinPorts,
): Promise<TargetChange['before']> {
  const version = versions.get(role);
  const record =
    version === undefined ? undefined : await index.get(fileKey(metadataFileName(role, version)));
  const bytes = record === undefined ? null : await readStoredFile(readFileRecord(record), blobs);
  return bytes === null ? undefined : { value: parseDocument(bytes, 'targets').signed };
}
