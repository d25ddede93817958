/** The bodies of the calls about proposals: from JSON to what the service takes. */
import { bytesFromHex } from '../crypto/hex.js';
import { parseKeyId, type KeyId } from '../crypto/key-id.js';
import { WritError } from '../errors.js';
import { arrayAt, asObject, booleanAt, objectAt, stringAt, stringsAt } from '../json/read.js';
import { member, type JsonValue } from '../json/types.js';
import type { ProposeRequest, RejectProposalRequest, SignProposalRequest } from '../transport/api-types.js';
import { parseRoleName, type RoleName } from '../tuf/role-name.js';
import { PROPOSAL_LIMITS } from './limits.js';
import { decodePublication, readBody, type Publication } from './request.js';

/** @throws WritError JSON_TYPE, REPOSITORY_REQUEST for members that the call does not take */
export function readProposeRequest(value: JsonValue): ProposeRequest {
  const body = readBody(value, ['role', 'document', 'documents', 'blobs', 'filesElsewhere', 'expires']);
  const documents = member(body, 'documents') === undefined ? {} : objectAt(body, 'documents', 'request');
  return {
    role: stringAt(body, 'role', 'request'),
    document: stringAt(body, 'document', 'request'),
    documents: Object.fromEntries(
      Object.keys(documents).map(role => [role, stringAt(documents, role, 'request.documents')]),
    ),
    blobs: member(body, 'blobs') === undefined ? [] : stringsAt(body, 'blobs', 'request'),
    ...(member(body, 'filesElsewhere') !== undefined && {
      filesElsewhere: booleanAt(body, 'filesElsewhere', 'request'),
    }),
    ...(member(body, 'expires') !== undefined && { expires: stringAt(body, 'expires', 'request') }),
  };
}

/** @throws WritError as {@link readProposeRequest} */
export function readSignProposalRequest(value: JsonValue): SignProposalRequest {
  const body = readBody(value, ['role', 'payload', 'signatures']);
  return {
    role: stringAt(body, 'role', 'request'),
    payload: stringAt(body, 'payload', 'request'),
    signatures: arrayAt(body, 'signatures', 'request').map((item, i) => {
      const path = `request.signatures[${i}]`;
      const signature = asObject(item, path);
      return { keyid: stringAt(signature, 'keyid', path), sig: stringAt(signature, 'sig', path) };
    }),
  };
}

/** @throws WritError as {@link readProposeRequest} */
export function readRejectRequest(value: JsonValue): RejectProposalRequest {
  const body = readBody(value, ['role', 'payload']);
  return { role: stringAt(body, 'role', 'request'), payload: stringAt(body, 'payload', 'request') };
}

/** What a caller proposes: `publication` holds the document of `role` and those that go live with it. */
export interface Proposed {
  readonly role: RoleName;
  readonly document: Uint8Array;
  readonly publication: Publication;
  readonly expires: Date;
}

/**
 * @throws WritError REPOSITORY_REQUEST for an expiry that is past, too far away or no time, and as decodePublication
 */
export function decodeProposed(request: ProposeRequest, now: Date): Proposed {
  const role = parseRoleName(request.role);
  if (Object.hasOwn(request.documents ?? {}, role)) {
    throw new WritError('REPOSITORY_REQUEST', `request.documents holds ${role}, which request.document is`);
  }
  const publication = decodePublication({
    documents: Object.fromEntries([[role, request.document], ...Object.entries(request.documents ?? {})]),
    ...(request.blobs && { blobs: request.blobs }),
    ...(request.filesElsewhere && { filesElsewhere: true }),
  });
  const document = publication.documents.get(role) ?? new Uint8Array(0);
  return { role, document, publication, expires: decodeExpires(request.expires, now) };
}

function decodeExpires(text: string | undefined, now: Date): Date {
  const { lifetime, longestLifetime } = PROPOSAL_LIMITS;
  if (text === undefined) return new Date(now.getTime() + lifetime);
  const expires = new Date(text);
  const life = expires.getTime() - now.getTime();
  if (life > 0 && life <= longestLifetime) return expires;
  throw new WritError('REPOSITORY_REQUEST', 'request.expires must be a time within the next 90 days');
}

/** A signature that is to be added; nothing of it is verified. */
export interface OfferedSignature {
  readonly keyId: KeyId;
  readonly sig: string;
}

/** @throws WritError REPOSITORY_REQUEST for none, or more than can be needed; REPOSITORY_PROPOSAL_SIGNATURE, KEY_FORMAT */
export function decodeSignatures(list: SignProposalRequest['signatures']): readonly OfferedSignature[] {
  const { signatures: most } = PROPOSAL_LIMITS;
  if (list.length === 0 || list.length > most) {
    throw new WritError('REPOSITORY_REQUEST', `request.signatures must hold 1 to ${most} signatures`);
  }
  return list.map(({ keyid, sig }) => {
    const keyId = parseKeyId(keyid);
    const bytes = bytesFromHex(sig);
    if (bytes !== undefined && bytes.length > 0) return { keyId, sig };
    throw new WritError('REPOSITORY_PROPOSAL_SIGNATURE', `the signature of ${keyId} is not hex`);
  });
}
