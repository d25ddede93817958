/** The bodies of the write API: from JSON to typed requests, and from those to bytes. */
import { WritError } from '../errors.js';
import { asObject, asString, integerAt, objectAt, stringAt, stringsAt } from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';
import type { CreateRepositoryRequest, PublishRequest } from '../transport/api-types.js';
import { DEFAULT_LIMITS } from '../tuf/limits.js';
import { parseRoleName, SNAPSHOT, TIMESTAMP, typeOfRole, type RoleName } from '../tuf/role-name.js';
import { PUBLICATION_LIMITS } from './limits.js';

/** What a caller wants to publish, decoded and within its limits; nothing of it is verified. */
export interface Publication {
  readonly documents: ReadonlyMap<RoleName, Uint8Array>;
  readonly blobs: readonly Uint8Array[];
}

/** @throws WritError JSON_TYPE, REPOSITORY_REQUEST for members that the call does not take */
export function readCreateRequest(value: JsonValue): CreateRepositoryRequest {
  const body = readBody(value, ['name', 'documents', 'blobs']);
  return { name: stringAt(body, 'name', 'request'), ...readPayload(body) };
}

/** @throws WritError as {@link readCreateRequest} */
export function readPublishRequest(value: JsonValue): PublishRequest {
  const body = readBody(value, ['documents', 'blobs', 'base']);
  const base = objectAt(body, 'base', 'request');
  const versions = Object.keys(base).map(role => [role, integerAt(base, role, 'request.base')] as const);
  return { ...readPayload(body), base: Object.fromEntries(versions) };
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
export function decodePublication(request: Pick<PublishRequest, 'documents' | 'blobs'>): Publication {
  return { documents: decodeDocuments(request.documents), blobs: decodeBlobs(request.blobs ?? []) };
}

function decodeDocuments(encoded: PublishRequest['documents']): Map<RoleName, Uint8Array> {
  const entries = Object.entries(encoded);
  if (entries.length === 0) throw new WritError('REPOSITORY_REQUEST', 'the request holds no document');
  if (entries.length > PUBLICATION_LIMITS.documents) {
    throw tooMany(entries.length, 'documents', PUBLICATION_LIMITS.documents);
  }
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
