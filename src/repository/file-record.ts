/** Where the bytes of a served metadata file lie: in a blob of their own, or in one that many documents share. */
import { sha256Hex } from '../crypto/digest.js';
import { WritError } from '../errors.js';
import { arrayAt, asInteger, asObject, asString } from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';
import type { BlobStore } from '../storage/ports.js';

/** Bytes inside of a blob. */
export interface BlobPart {
  readonly blob: string;
  readonly offset: number;
  readonly length: number;
}

export interface FileRecord {
  /** Of the file itself. */
  readonly sha256: string;
  readonly at: Date;
  /** Absent where the file is a blob of its own. */
  readonly part?: BlobPart | undefined;
  /** Of hash bins, which are too many to be read when somebody asks. */
  readonly expires?: Date | undefined;
}

/** @throws WritError JSON_TYPE */
export function readFileRecord(value: JsonValue): FileRecord {
  const object = asObject(value, 'file');
  const expires = member(object, 'expires');
  return {
    sha256: asString(member(object, 'sha256'), 'file.sha256'),
    at: new Date(asString(member(object, 'at'), 'file.at')),
    part: member(object, 'part') === undefined ? undefined : readPart(object),
    expires: expires === undefined ? undefined : new Date(asString(expires, 'file.expires')),
  };
}

function readPart(object: JsonObject): BlobPart {
  const [blob, offset, length] = arrayAt(object, 'part', 'file');
  return {
    blob: asString(blob, 'file.part[0]'),
    offset: asInteger(offset, 'file.part[1]'),
    length: asInteger(length, 'file.part[2]'),
  };
}

export const writeFileRecord = ({ sha256, at, part, expires }: FileRecord): JsonObject => ({
  sha256,
  at: at.toISOString(),
  ...(part && { part: [part.blob, part.offset, part.length] }),
  ...(expires && { expires: expires.toISOString() }),
});

/** The blob that holds a file. */
export const blobOf = ({ sha256, part }: FileRecord): string => part?.blob ?? sha256;

/**
 * The bytes of a file, verified against its hash; null when they are not there.
 *
 * @throws WritError STORE_CORRUPT, STORE_*
 */
export async function readStoredFile(
  { sha256, part }: FileRecord,
  blobs: Pick<BlobStore, 'get' | 'part'>,
): Promise<Uint8Array | null> {
  if (part === undefined) return blobs.get(sha256);
  const bytes = await blobs.part(part.blob, part.offset, part.length);
  if (bytes === null || sha256Hex(bytes) === sha256) return bytes;
  throw new WritError('STORE_CORRUPT', `a document in the blob ${part.blob} does not have its hash`, {
    details: { sha256, offset: part.offset },
  });
}
