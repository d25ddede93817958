/** Uploads: multipart/form-data with one file for each role. theupdateframework/notary, server/handlers/default.go. */
import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { isWritError, WritError } from '../../errors.js';
import { isEnvelope } from './envelope-shape.js';
import { MAX_DOCUMENT } from '../../repository/notary/limits.js';
import { parseNotaryRole } from '../../tuf/notary/names.js';
import type { Upload } from '../../repository/notary/validate.js';
import { TIMESTAMP, type RoleName } from '../../tuf/role-name.js';

/** A repository has four roles and its delegations. */
const MAX_PARTS = 1_000;

/** Up to so many bytes a document is looked at before it is verified. */
const MAX_READ_TWICE = 64 * 1024;

interface Part {
  /** Empty for a part that names no file. */
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

/**
 * The documents of an upload, by role. The name of a file may end in `.json`; of two for one role the last counts.
 *
 * @throws WritError NOTARY_UPLOAD, NOTARY_FILENAME, NOTARY_ROLE, NOTARY_JSON
 */
export async function readUpload(contentType: string, body: Uint8Array): Promise<Upload> {
  const upload = new Map<RoleName, Uint8Array>();
  for (const { fileName, bytes } of await partsOf(contentType, body)) {
    const name = fileName.replace(/\.json$/, '');
    if (name === '') throw new WritError('NOTARY_FILENAME', 'a part of the upload has no filename');
    const role = parseNotaryRole(name);
    if (bytes.length <= MAX_READ_TWICE || role === TIMESTAMP) refuseOther(role, bytes);
    upload.set(role, bytes);
  }
  return upload;
}

/**
 * Why an upload failed that was refused with `error`: large documents are looked at only then, as reading them takes
 * as long as all the rest. What is no JSON at all is said so.
 */
export function reasonOfRefusal(upload: Upload, error: unknown): unknown {
  if (!isWritError(error, 'NOTARY_UPDATE')) return error;
  try {
    for (const [role, bytes] of upload) refuseOther(role, bytes);
    return error;
  } catch (reason) {
    return reason;
  }
}

/** @throws WritError NOTARY_JSON for what no reader of JSON takes; the strict reader of the format comes after */
function refuseOther(role: RoleName, bytes: Uint8Array): void {
  const value = parsed(role, bytes);
  if (!isEnvelope(value)) throw new WritError('NOTARY_JSON', `the document of ${role} is no metadata`);
}

function parsed(role: RoleName, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new WritError('NOTARY_JSON', `the document of ${role} is no JSON`, { cause });
  }
}

async function partsOf(contentType: string, body: Uint8Array): Promise<Part[]> {
  const parts: (() => Part)[] = [];
  try {
    const parser = parserFor(contentType, parts);
    await new Promise<void>((resolve, reject) => {
      parser.on('finish', resolve).on('error', reject).end(body);
    });
    return parts.map(part => part());
  } catch (cause) {
    throw new WritError('NOTARY_UPLOAD', 'the body of the upload is no multipart/form-data', { cause });
  }
}

function parserFor(contentType: string, parts: (() => Part)[]): BusboyInstance {
  const headers: BusboyHeaders = { 'content-type': contentType };
  // A limit that is passed cuts: one more byte, or part, than is allowed tells it from what just fits.
  const limits = { parts: MAX_PARTS + 1, fileSize: MAX_DOCUMENT + 1, headerPairs: 32, fieldSize: 1024 };
  const parser = new Busboy({ headers, limits, preservePath: true });
  parser.on('file', (_field, stream, fileName) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A part that ends early fails the parser too; unheard, it would end the process.
    stream.on('error', error => parser.destroy(error));
    parts.push(() => partOf(fileName, chunks));
  });
  parser.on('field', () => parts.push(() => ({ fileName: '', bytes: new Uint8Array() })));
  parser.on('partsLimit', () => {
    parser.destroy(new Error('too many parts'));
  });
  return parser;
}

function partOf(fileName: string | undefined, chunks: readonly Buffer[]): Part {
  const [first, ...rest] = chunks;
  // The parser cuts parts out of one body: a copy of a large one costs as much as hashing it.
  const bytes = first !== undefined && rest.length === 0 ? first : Buffer.concat(chunks);
  if (bytes.length > MAX_DOCUMENT) throw new Error('a document is too large');
  return { fileName: fileName ?? '', bytes };
}
