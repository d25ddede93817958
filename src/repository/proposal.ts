/** The parts of handling proposals that touch no store. */
import { sha256Hex } from '../crypto/digest.js';
import { WritError, isWritError } from '../errors.js';
import type { RepositoryName } from '../image/repository-name.js';
import type { Proposal } from '../transport/api-types.js';
import { withSignatures, type WrittenSignature } from '../tuf/build/sign.js';
import { parseDocument } from '../tuf/document.js';
import type { Root, Targets } from '../tuf/model.js';
import { ROOT, type RoleName } from '../tuf/role-name.js';
import { PROPOSAL_LIMITS } from './limits.js';
import type { ProposedDocument } from './proposal-check.js';
import type { CollectedSignature, OpenProposals, ProposalRecord } from './proposal-record.js';
import type { OfferedSignature, Proposed } from './proposal-request.js';
import type { Publication } from './request.js';
import { countQuorum, quorumsOf, stillCounting, verifyOffered, type Quorum } from './signature-count.js';
import { delegatorOf, type RepositoryState } from './state.js';

/** A proposal as it stands against the current state of its repository. */
export interface OpenedProposal {
  readonly record: ProposalRecord;
  readonly state: RepositoryState;
  readonly quorums: readonly Quorum[];
}

/**
 * @param signed - what is proposed; needed for root, which its own keys must sign too
 * @throws WritError TUF_NOT_DELEGATED
 */
export function openedOf(
  record: ProposalRecord,
  state: RepositoryState,
  signed?: Root | Targets,
): OpenedProposal {
  const delegator = delegatorOf(state, record.role);
  if (delegator === undefined)
    throw new WritError('TUF_NOT_DELEGATED', `no role delegates to ${record.role}`);
  return {
    record,
    state,
    quorums: quorumsOf(delegator, record.role, signed?.type === 'root' ? signed : undefined),
  };
}

/** @throws WritError those of parseDocument */
export function parseProposed(role: RoleName, bytes: Uint8Array): ProposedDocument {
  return role === ROOT ? parseDocument(bytes, 'root') : parseDocument(bytes, 'targets');
}

/**
 * The record of what is proposed, without a signature.
 *
 * @param base - SHA-256 of the current document, null where there is none
 */
export function newRecord(
  { role, document, publication, expires }: Proposed,
  payload: string,
  base: string | null,
  state: RepositoryState,
  now: Date,
): ProposalRecord {
  const companions = [...publication.documents].filter(([companion]) => companion !== role);
  const files = [...publication.documents.values(), ...publication.blobs];
  return {
    role,
    version: (state.versions.get(role) ?? 0) + 1,
    base,
    payload,
    created: now,
    expires,
    document: sha256Hex(document),
    companions: new Map(
      companions.map(([companion, bytes]) => [
        companion,
        { version: (state.versions.get(companion) ?? 0) + 1, sha256: sha256Hex(bytes) },
      ]),
    ),
    blobs: publication.blobs.map(sha256Hex),
    filesElsewhere: publication.filesElsewhere === true,
    bytes: files.reduce((sum, { length }) => sum + length, 0),
    signatures: [],
  };
}

/** As the API answers it. */
export function toAnswer({ record, quorums }: OpenedProposal): Proposal {
  const { role, version, base, payload, created, expires, signatures } = record;
  const [current, own] = quorums.map(quorum => countQuorum(quorum, signatures));
  return {
    role,
    version,
    base: { version: version - 1, sha256: base },
    payload,
    created: created.toISOString(),
    expires: expires.toISOString(),
    signatures: current?.signatures ?? [],
    needed: current?.needed ?? 1,
    ...(own && { own }),
  };
}

/**
 * The signatures of a new proposal that count; what else its document holds is left out.
 *
 * @throws WritError REPOSITORY_PROPOSAL_SIGNATURE when none does
 */
export function verifySome(
  offered: readonly OfferedSignature[],
  quorums: readonly Quorum[],
  document: ProposedDocument,
  role: RoleName,
): CollectedSignature[] {
  const good = offered.flatMap(one => {
    try {
      return [verifyOffered(one, quorums, document, role)];
    } catch (error) {
      if (isWritError(error, 'REPOSITORY_PROPOSAL_SIGNATURE')) return [];
      throw error;
    }
  });
  if (good.length > 0) return good;
  throw new WritError('REPOSITORY_PROPOSAL_SIGNATURE', `no key of ${role} has signed the proposed document`, {
    details: { role },
  });
}

/**
 * Signatures of two visits, one of each key id; those of keys that were rotated out meanwhile are gone.
 *
 * @throws WritError REPOSITORY_LIMIT
 */
export function joinSignatures(
  quorums: readonly Quorum[],
  before: readonly CollectedSignature[],
  added: readonly CollectedSignature[],
): readonly CollectedSignature[] {
  const joined = new Map(stillCounting(quorums, before).map(signature => [signature.keyId, signature]));
  for (const signature of added) if (!joined.has(signature.keyId)) joined.set(signature.keyId, signature);
  const { signatures: most } = PROPOSAL_LIMITS;
  if (joined.size <= most) return [...joined.values()];
  throw new WritError('REPOSITORY_LIMIT', `the proposal has ${joined.size} signatures, more than ${most}`);
}

/** `publication` with the signatures on the document of the proposal that were collected. */
export function withCollected(publication: Publication, { role, signatures }: ProposalRecord): Publication {
  const documents = new Map(publication.documents);
  const bytes = documents.get(role);
  if (bytes !== undefined) documents.set(role, withSignatures(bytes, written(signatures)));
  return { ...publication, documents };
}

/** As metadata writes them. */
export const written = (signatures: readonly CollectedSignature[]): WrittenSignature[] =>
  signatures.map(({ keyId, sig }) => ({ keyid: keyId, sig }));

/** @throws WritError REPOSITORY_LIMIT for too many proposals, or too large ones */
export function refuseCrowd(record: ProposalRecord, open: OpenProposals, now: Date): void {
  const others = [...open].filter(([role, { expires }]) => role !== record.role && expires > now);
  if (others.length >= PROPOSAL_LIMITS.open) {
    throw new WritError(
      'REPOSITORY_LIMIT',
      `${others.length} proposals wait for signatures, no more are taken`,
      { hint: 'reject some with `writ reject`, or complete them' },
    );
  }
  const bytes = others.reduce((sum, [, other]) => sum + other.bytes, record.bytes);
  if (bytes <= PROPOSAL_LIMITS.bytes) return;
  throw new WritError(
    'REPOSITORY_LIMIT',
    `the proposals of the repository would have ${bytes} bytes, more than ${PROPOSAL_LIMITS.bytes}`,
    { hint: 'reject some with `writ reject`, or complete them' },
  );
}

/** @throws WritError REPOSITORY_PROPOSAL_CHANGED for another proposal than the caller has seen */
export function refuseChanged({ role, payload }: ProposalRecord, seen: string): void {
  if (payload === seen) return;
  throw new WritError('REPOSITORY_PROPOSAL_CHANGED', `the open proposal of ${role} is ${payload}`, {
    details: { role, payload },
  });
}

export const refuseSecond = ({ role, version, payload }: ProposalRecord): WritError =>
  new WritError(
    'REPOSITORY_PROPOSAL_OPEN',
    `version ${version} of ${role} is proposed already, with another content`,
    {
      details: { role, version, payload },
    },
  );

export const unknownProposal = (name: RepositoryName, role: RoleName): WritError =>
  new WritError('REPOSITORY_PROPOSAL_UNKNOWN', `${role} of ${name} has no open proposal`);
