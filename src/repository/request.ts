/** The bodies of the write API: from JSON to typed requests, and from those to bytes. */
import { WritError } from '../errors.js';
import { asObject, asString, booleanAt, integerAt, objectAt, stringAt, stringsAt } from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';
import type {
  CreateRepositoryRequest,
  EncodedDocuments,
  PublishRequest,
  UploadRequest,
} from '../transport/api-types.js';
import { DEFAULT_LIMITS } from '../tuf/limits.js';
import { parseRoleName, ROOT, SNAPSHOT, TIMESTAMP, typeOfRole, type RoleName } from '../tuf/role-name.js';
import { PUBLICATION_LIMITS } from './limits.js';
import { UPLOAD_LIMITS } from './uploads.js';

/** What a caller wants to publish, decoded and within its limits; nothing of it is verified. */
export interface Publication {
  readonly documents: ReadonlyMap<RoleName, Uint8Array>;
  /** Roots between the current one and that of the documents. */
  readonly roots?: readonly Uint8Array[];
  readonly blobs: readonly Uint8Array[];
  /** Uploads of hash bins that are published with the documents. */
  readonly uploads?: readonly string[];
  /** No target need have its file here. */
  readonly filesElsewhere?: boolean;
}

/** @throws WritError JSON_TYPE, REPOSITORY_REQUEST for members that the call does not take */
export function readCreateRequest(value: JsonValue): CreateRepositoryRequest {
  const body = readBody(value, ['name', 'documents', 'blobs']);
  return { name: stringAt(body, 'name', 'request'), ...readPayload(body) };
}

/** @throws WritError as {@link readCreateRequest} */
export function readPublishRequest(value: JsonValue): PublishRequest {
  const body = readBody(value, ['documents', 'roots', 'blobs', 'base', 'uploads', 'filesElsewhere']);
  const base = objectAt(body, 'base', 'request');
  const versions = Object.keys(base).map(role => [role, integerAt(base, role, 'request.base')] as const);
  return {
    ...readPayload(body),
    base: Object.fromEntries(versions),
    ...(member(body, 'roots') !== undefined && { roots: stringsAt(body, 'roots', 'request') }),
    ...(member(body, 'uploads') !== undefined && { uploads: stringsAt(body, 'uploads', 'request') }),
    ...(member(body, 'filesElsewhere') !== undefined && {
      filesElsewhere: booleanAt(body, 'filesElsewhere', 'request'),
    }),
  };
}

/** @throws WritError as {@link readCreateRequest} */
export function readUploadRequest(value: JsonValue): UploadRequest {
  return { documents: readPayload(readBody(value, ['documents'])).documents };
}

/**
 * A body that has no other members than these.
 *
 * @throws WritError JSON_TYPE, REPOSITORY_REQUEST
 */
export function readBody(value: JsonValue, members: readonly string[]): JsonObject {
  const body = asObject(value, 'request');
  const unknown = Object.keys(body).find(name => !members.includes(name));
  if (unknown === undefined) return body;
  throw new WritError('REPOSITORY_REQUEST', `the request has the unknown member ${JSON.stringify(unknown)}`);
}

function readPayload(body: JsonObject): Pick<PublishRequest, 'documents' | 'blobs'> {
  const documents = objectAt(body, 'documents', 'request');
  const texts = Object.keys(documents).map(
    role => [role, asString(member(documents, role), `request.documents.${role}`)] as const,
  );
  const blobs = member(body, 'blobs') === undefined ? [] : stringsAt(body, 'blobs', 'request');
  return { documents: Object.fromEntries(texts), blobs };
}

/**
 * The bytes that a request carries.
 *
 * @throws WritError REPOSITORY_REQUEST for what is not base64 or is no document of the caller's, REPOSITORY_LIMIT
 *   for more than clients read or {@link PUBLICATION_LIMITS} allow, TUF_ROLE_NAME
 */
export function decodePublication(request: Omit<PublishRequest, 'base'>): Publication {
  const { uploads = [], filesElsewhere = false } = request;
  const { documents: most } = PUBLICATION_LIMITS;
  if (uploads.length > UPLOAD_LIMITS.open) throw tooMany(uploads.length, 'uploads', UPLOAD_LIMITS.open);
  if (uploads.length > 0 && !filesElsewhere) {
    throw new WritError('REPOSITORY_REQUEST', 'uploads bring no target files: filesElsewhere must be true');
  }
  const documents =
    uploads.length > 0 ? decodeFew(request.documents, most) : decodeDocuments(request.documents, most);
  const roots = decodeRoots(request.roots ?? []);
  return { documents, roots, blobs: decodeBlobs(request.blobs ?? []), uploads, filesElsewhere };
}

/**
 * The documents of an upload.
 *
 * @throws WritError as {@link decodePublication}
 */
export function decodeUpload({ documents }: UploadRequest): Map<RoleName, Uint8Array> {
  return decodeDocuments(documents, UPLOAD_LIMITS.documents);
}

function decodeDocuments(encoded: EncodedDocuments, most: number): Map<RoleName, Uint8Array> {
  const documents = decodeFew(encoded, most);
  if (documents.size > 0) return documents;
  throw new WritError('REPOSITORY_REQUEST', 'the request holds no document');
}

function decodeFew(encoded: EncodedDocuments, most: number): Map<RoleName, Uint8Array> {
  const entries = Object.entries(encoded);
  if (entries.length > most) throw tooMany(entries.length, 'documents', most);
  return new Map(entries.map(([name, text]) => decodeDocument(parseRoleName(name), text)));
}

function decodeDocument(role: RoleName, text: string): [RoleName, Uint8Array] {
  if (role === SNAPSHOT || role === TIMESTAMP) {
    throw new WritError('REPOSITORY_REQUEST', `the service signs ${role} itself`);
  }
  const bytes = decodeBase64(text, `the document of ${role}`);
  const limit = DEFAULT_LIMITS[typeOfRole(role)];
  if (bytes.length <= limit) return [role, bytes];
  throw new WritError(
    'REPOSITORY_LIMIT',
    `the document of ${role} has ${bytes.length} bytes, more than the ${limit} that default clients read`,
  );
}

function decodeRoots(encoded: readonly string[]): Uint8Array[] {
  const { roots: most } = PUBLICATION_LIMITS;
  if (encoded.length > most) throw tooMany(encoded.length, 'roots', most);
  return encoded.map(text => decodeDocument(ROOT, text)[1]);
}

function decodeBlobs(encoded: readonly string[]): Uint8Array[] {
  const { blobs: most, blobBytes, totalBlobBytes } = PUBLICATION_LIMITS;
  if (encoded.length > most) throw tooMany(encoded.length, 'target files', most);
  let total = 0;
  return encoded.map((text, i) => {
    const bytes = decodeBase64(text, `target file ${i}`);
    total += bytes.length;
    if (bytes.length > blobBytes) throw tooLong(`target file ${i} has ${bytes.length} bytes`, blobBytes);
    if (total > totalBlobBytes)
      throw tooLong(`the target files have ${total} bytes together`, totalBlobBytes);
    return bytes;
  });
}

const tooMany = (count: number, what: string, most: number): WritError =>
  new WritError('REPOSITORY_LIMIT', `the request holds ${count} ${what}, more than ${most}`);
const tooLong = (what: string, most: number): WritError =>
  new WritError('REPOSITORY_LIMIT', `${what}, more than ${most}`);

/** Buffer.from ignores what is not base64: only what it writes back is what was sent. RFC 4648 §4, padded. */
function decodeBase64(text: string, what: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return bytes;
  throw new WritError('REPOSITORY_REQUEST', `${what} is not base64`);
}
