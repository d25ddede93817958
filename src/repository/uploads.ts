/**
 * Documents of hash bins that are sent ahead of the publication that names them: there are more of them than one
 * request carries. An upload is one blob; nothing of it is verified, and nothing of it is served, until it is
 * published. One that nobody publishes is forgotten after a day.
 */
import { sha256Hex } from '../crypto/digest.js';
import { WritError } from '../errors.js';
import type { RepositoryName } from '../image/repository-name.js';
import { arrayAt, asArray, asInteger, asObject, asString, stringAt } from '../json/read.js';
import type { JsonValue } from '../json/types.js';
import type { BlobStore, IndexStore, IndexTransaction } from '../storage/ports.js';
import { parseRoleName, type RoleName } from '../tuf/role-name.js';
import type { BlobPart } from './file-record.js';
import { discard } from './garbage.js';

export const UPLOAD_LIMITS = {
  /** Documents in one upload. */
  documents: 4096,
  /** Bytes of all documents of one upload. */
  bytes: 12 * 1024 * 1024,
  /** Uploads of one repository that wait at the same time, and that one publication may name. */
  open: 128,
  /** Milliseconds until an upload is forgotten. */
  lifetime: 86_400_000,
} as const;

/** A document of an upload, with the place where it is stored. */
export interface UploadedDocument {
  readonly role: RoleName;
  readonly bytes: Uint8Array;
  readonly part: BlobPart;
}

interface UploadPorts {
  readonly blobs: BlobStore;
  readonly index: IndexStore;
}

const prefixOf = (name: RepositoryName): string => `repository/${name}/upload/`;
const keyOf = (name: RepositoryName, upload: string): string => prefixOf(name) + upload;

const encoder = new TextEncoder();

/**
 * Stores documents; durable when it resolves. The same documents again are the same upload.
 *
 * @returns the name of the upload
 * @throws WritError REPOSITORY_LIMIT for too many or too large documents, or too many uploads that wait; STORE_*
 */
export async function storeUpload(
  name: RepositoryName,
  documents: ReadonlyMap<RoleName, Uint8Array>,
  now: Date,
  { blobs, index }: UploadPorts,
): Promise<string> {
  const pack = joined([...documents.values()]);
  if (documents.size > UPLOAD_LIMITS.documents || pack.length > UPLOAD_LIMITS.bytes) {
    throw new WritError(
      'REPOSITORY_LIMIT',
      `the upload has ${documents.size} documents of ${pack.length} bytes, more than ${UPLOAD_LIMITS.documents} or ${UPLOAD_LIMITS.bytes}`,
    );
  }
  const blob = await blobs.put(pack);
  const record = {
    blob,
    at: now.toISOString(),
    documents: [...documents].map(([role, { length }]) => [role, length]),
  };
  const upload = sha256Hex(encoder.encode(JSON.stringify([blob, record.documents])));
  await index.transaction(async tx => {
    await forgetStale(tx, name, now);
    tx.put(keyOf(name, upload), record);
  });
  return upload;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

async function forgetStale(tx: IndexTransaction, name: RepositoryName, now: Date): Promise<void> {
  let open = 0;
  for (const [key, value] of await tx.list(prefixOf(name))) {
    const age = now.getTime() - Date.parse(stringAt(asObject(value, 'upload'), 'at', 'upload'));
    if (age > UPLOAD_LIMITS.lifetime) {
      tx.delete(key);
      discard(tx, [stringAt(asObject(value, 'upload'), 'blob', 'upload')]);
    } else open++;
  }
  if (open < UPLOAD_LIMITS.open) return;
  throw new WritError('REPOSITORY_LIMIT', `${open} uploads of ${name} wait to be published already`);
}

/**
 * The documents of an upload, in the order in which they came.
 *
 * @throws WritError REPOSITORY_REQUEST for one that is not there, or not any more; STORE_*
 */
export async function readUpload(
  name: RepositoryName,
  upload: string,
  { blobs, index }: UploadPorts,
): Promise<UploadedDocument[]> {
  const value = /^[0-9a-f]{64}$/.test(upload) ? await index.get(keyOf(name, upload)) : undefined;
  if (value === undefined) {
    throw new WritError('REPOSITORY_REQUEST', `there is no upload ${upload.slice(0, 64)} to publish`, {
      hint: 'send its documents again: an upload waits for a day',
    });
  }
  const record = asObject(value, 'upload');
  const blob = stringAt(record, 'blob', 'upload');
  const bytes = await blobs.get(blob);
  if (bytes === null) throw new WritError('STORE_CORRUPT', `the blob ${blob} of an upload is missing`);
  let offset = 0;
  return arrayAt(record, 'documents', 'upload').map(item => {
    const [role, length] = readItem(item);
    const part = { blob, offset, length };
    offset += length;
    return { role, bytes: bytes.subarray(part.offset, offset), part };
  });
}

function readItem(item: JsonValue): [role: RoleName, length: number] {
  const [role, length] = asArray(item, 'upload.documents');
  return [parseRoleName(asString(role, 'upload.role')), asInteger(length, 'upload.length')];
}

/** Forgets uploads whose documents are published. */
export function forgetUploads(tx: IndexTransaction, name: RepositoryName, uploads: readonly string[]): void {
  for (const upload of uploads) tx.delete(keyOf(name, upload));
}
