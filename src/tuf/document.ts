/** A document as received: the exact bytes, beside what was read from them. Nothing here is verified yet. */
import type { KeyId } from '../crypto/key-id.js';
import { WritError } from '../errors.js';
import { writeCanonical } from '../json/canonical-writer.js';
import { arrayAt, asObject, objectAt } from '../json/read.js';
import { parseStrictMember } from '../json/strict.js';
import type { JsonObject, JsonValue } from '../json/types.js';
import { VERSION_RUNS } from '../json/version-run.js';
import type { Format, Signature } from './format/format.js';
import { readSignature, readSigned } from './format/tuf1.js';
import { DEFAULT_LIMITS } from './limits.js';
import type { Models } from './model.js';
import type { RoleType } from './role-name.js';

/** More than any threshold needs; each costs a verification. */
const MAX_SIGNATURES = 1024;

const TUF1: Format<Models> = {
  readSigned,
  readSignature,
  runs: { snapshot: { key: 'meta', runs: VERSION_RUNS } },
};

class ParsedDocument<M> {
  /** The exact bytes received; lengths and hashes are of these. */
  readonly bytes: Uint8Array;
  readonly signed: M;
  /** No key id twice. */
  readonly signatures: readonly Signature[];
  readonly #json: JsonObject;
  #payload: Uint8Array | undefined;

  /** @param payload - the canonical bytes of `json`, where they were received */
  constructor(
    bytes: Uint8Array,
    { json, payload }: { json: JsonObject; payload: Uint8Array | undefined },
    signed: M,
    signatures: readonly Signature[],
  ) {
    this.bytes = bytes;
    this.#json = json;
    this.#payload = payload;
    this.signed = signed;
    this.signatures = signatures;
  }

  /** What the signatures are over: the canonical bytes of the `signed` part. Written where it came in another form. */
  get payload(): Uint8Array {
    return (this.#payload ??= writeCanonical(this.#json));
  }
}

/** Made by {@link parseDocument} only. */
export type SignedDocument<M> = ParsedDocument<M>;

/**
 * Reads one metadata document. TUF specification §4.
 *
 * @param bytes - copied before they are read
 * @param type - what the document must be
 * @param maxBytes - the most bytes that are read; by default what the reference clients read of this type
 * @throws WritError JSON_* for bytes that are not strict JSON of the right shape, TUF_FORMAT, TUF_SPEC_VERSION,
 *   TUF_ROLE_NAME, TUF_DUPLICATE_SIGNATURE, TUF_LIMIT for more than 1024 signatures
 */
export function parseDocument<T extends RoleType>(
  bytes: Uint8Array,
  type: T,
  maxBytes: number = DEFAULT_LIMITS[type],
): SignedDocument<Models[T]> {
  return parseDocumentOf(TUF1, bytes, type, maxBytes);
}

/**
 * As {@link parseDocument}, of another format.
 *
 * @throws WritError JSON_*, TUF_DUPLICATE_SIGNATURE, TUF_LIMIT, and what the format throws
 */
export function parseDocumentOf<M, T extends RoleType & keyof M>(
  format: Format<M>,
  bytes: Uint8Array,
  type: T,
  maxBytes: number,
): SignedDocument<M[T]> {
  const copy = new Uint8Array(bytes);
  const runIn = format.runs?.[type];
  const { value, canonical: payload } = parseStrictMember(copy, 'signed', { maxBytes, runIn });
  const document = asObject(value, 'document');
  const json = objectAt(document, 'signed', 'document');
  const signatures = readSignatures(format, arrayAt(document, 'signatures', 'document'));
  return new ParsedDocument(copy, { json, payload }, format.readSigned(type, json), signatures);
}

function readSignatures<M>(format: Format<M>, list: readonly JsonValue[]): Signature[] {
  if (list.length > MAX_SIGNATURES) {
    throw new WritError(
      'TUF_LIMIT',
      `the document has ${list.length} signatures, more than ${MAX_SIGNATURES}`,
    );
  }
  const signatures = list.map((value, index) => {
    const path = `document.signatures[${index}]`;
    return format.readSignature(asObject(value, path), path);
  });
  const seen = new Set<KeyId>();
  for (const { keyId } of signatures) {
    if (seen.has(keyId)) {
      throw new WritError('TUF_DUPLICATE_SIGNATURE', `two signatures have the key id ${keyId}`);
    }
    seen.add(keyId);
  }
  return signatures;
}
