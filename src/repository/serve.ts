/** The files of a repository as clients ask for them. */
import type { RepositoryName } from '../image/repository-name.js';
import type { BlobStore, IndexReader } from '../storage/ports.js';
import { asString } from '../json/read.js';
import { readFileRecord, readStoredFile } from './file-record.js';
import { keysOf } from './state.js';
import type { ServedFile } from './types.js';

export interface ServingPorts {
  readonly blobs: BlobStore;
  readonly index: IndexReader;
}

/** Longer than any file name: a version, a role of 256 characters, `.json`. */
const MAX_FILE_NAME = 300;
const VERSIONED = /^[1-9][0-9]*\./;
/** `<hash>.<name>`: SHA-256 or SHA-512 in hex, and a name that is not empty. */
const HASHED = /^([0-9a-f]{64}|[0-9a-f]{128})\.[^/]+$/;

/**
 * One metadata file, or null.
 *
 * @param fileName - decoded: `timestamp.json`, `2.root.json`, `7.team/a.json`
 * @throws WritError STORE_*
 */
export async function readMetadata(
  name: RepositoryName,
  fileName: string,
  { index, blobs }: ServingPorts,
): Promise<ServedFile | null> {
  if (fileName.length > MAX_FILE_NAME || !fileName.isWellFormed()) return null;
  const value = await index.get(keysOf(name).file(fileName));
  if (value === undefined) return null;
  const record = readFileRecord(value);
  const bytes = await readStoredFile(record, blobs);
  const { sha256: digest, at: lastModified } = record;
  return bytes && { bytes, digest, immutable: VERSIONED.test(fileName), lastModified };
}

/**
 * The bytes of one target, or null. The hash in the last component says which; the folder is not looked at, since
 * the bytes under a hash are the same in all of them. TUF specification §5.7.3.
 *
 * @throws WritError STORE_*
 */
export async function readTarget(
  name: RepositoryName,
  wirePath: string,
  ports: ServingPorts,
): Promise<Uint8Array | null> {
  const last = wirePath.slice(wirePath.lastIndexOf('/') + 1);
  const digest = HASHED.exec(last)?.[1];
  return digest === undefined ? null : readTargetFile(name, digest, ports);
}

/** The bytes that this repository has under `hex`, or null; those of other repositories do not count. */
export async function readTargetFile(
  name: RepositoryName,
  hex: string,
  { index, blobs }: ServingPorts,
): Promise<Uint8Array | null> {
  const sha256 = await index.get(keysOf(name).blob(hex));
  return sha256 === undefined ? null : blobs.get(asString(sha256, 'blob'));
}
