/** Reads what the API answers into the types of `api-types.ts`. Each throws JSON_TYPE for anything else. */
import { WritError } from '../errors.js';
import {
  arrayAt,
  asObject,
  asString,
  booleanAt,
  integerAt,
  objectAt,
  stringAt,
  stringsAt,
} from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';
import type {
  FrozenList,
  EncodedDocuments,
  Proposal,
  ProposalAnswer,
  ProposalDocument,
  ProposalList,
  PublishResponse,
  RepositoryKeys,
  RepositoryList,
  RepositoryStatus,
  RepositorySummary,
  RoleStatus,
  UploadResponse,
  Versions,
} from './api-types.js';

export function toKeys(answer: JsonObject): RepositoryKeys {
  const next = member(answer, 'next');
  return {
    ...toKeyPair(answer, 'answer'),
    ...(next !== undefined && { next: toKeyPair(asObject(next, 'answer.next'), 'answer.next') }),
  };
}

const toKeyPair = (object: JsonObject, path: string) => ({
  snapshot: objectAt(object, 'snapshot', path),
  timestamp: objectAt(object, 'timestamp', path),
});

export function toPublished(answer: JsonObject): PublishResponse {
  const versions = toVersions(objectAt(answer, 'versions', 'answer'), 'answer.versions');
  if (member(answer, 'warnings') === undefined) return { versions };
  return { versions, warnings: stringsAt(answer, 'warnings', 'answer') };
}

export const toUpload = (answer: JsonObject): UploadResponse => ({
  upload: stringAt(answer, 'upload', 'answer'),
});

export function toList(answer: JsonObject): RepositoryList {
  return { repositories: objectsAt(answer, 'repositories', 'answer', toSummary) };
}

function toSummary(object: JsonObject, path: string): RepositorySummary {
  const format = stringAt(object, 'format', path);
  if (format !== 'tuf') throw new WritError('JSON_TYPE', `${path}.format must be tuf`);
  const versions = toVersions(objectAt(object, 'versions', path), `${path}.versions`);
  return { name: stringAt(object, 'name', path), format, versions };
}

/** @throws WritError JSON_TYPE */
export function toFrozen(answer: JsonObject): FrozenList {
  return {
    frozen: objectsAt(answer, 'frozen', 'answer', (object, path) => ({
      name: stringAt(object, 'name', path),
      until: stringAt(object, 'until', path),
      mustRotate: stringsAt(object, 'mustRotate', path),
    })),
  };
}

export function toStatus(answer: JsonObject): RepositoryStatus {
  return { roles: objectsAt(answer, 'roles', 'answer', toRoleStatus) };
}

function toRoleStatus(object: JsonObject, path: string): RoleStatus {
  return {
    role: stringAt(object, 'role', path),
    version: integerAt(object, 'version', path, 1),
    expires: stringAt(object, 'expires', path),
    online: booleanAt(object, 'online', path),
    daysLeft: integerAt(object, 'daysLeft', path, Number.MIN_SAFE_INTEGER),
  };
}

export function toProposals(answer: JsonObject): ProposalList {
  return { proposals: objectsAt(answer, 'proposals', 'answer', toProposal) };
}

export function toProposalAnswer(answer: JsonObject): ProposalAnswer {
  const published = member(answer, 'published');
  return {
    proposal: toProposal(objectAt(answer, 'proposal', 'answer'), 'answer.proposal'),
    published:
      published === null ? null : toVersions(asObject(published, 'answer.published'), 'answer.published'),
  };
}

export function toProposalDocument(answer: JsonObject): ProposalDocument {
  return {
    proposal: toProposal(objectAt(answer, 'proposal', 'answer'), 'answer.proposal'),
    document: stringAt(answer, 'document', 'answer'),
    documents: toDocuments(objectAt(answer, 'documents', 'answer'), 'answer.documents'),
  };
}

function toProposal(object: JsonObject, path: string): Proposal {
  const base = objectAt(object, 'base', path);
  const sha256 = member(base, 'sha256');
  return {
    role: stringAt(object, 'role', path),
    version: integerAt(object, 'version', path, 1),
    base: {
      version: integerAt(base, 'version', `${path}.base`),
      sha256: sha256 === null ? null : asString(sha256, `${path}.base.sha256`),
    },
    payload: stringAt(object, 'payload', path),
    created: stringAt(object, 'created', path),
    expires: stringAt(object, 'expires', path),
    ...toCollected(object, path),
    ...(member(object, 'own') !== undefined && {
      own: toCollected(objectAt(object, 'own', path), `${path}.own`),
    }),
  };
}

function toCollected(object: JsonObject, path: string): Pick<Proposal, 'signatures' | 'needed'> {
  return { signatures: stringsAt(object, 'signatures', path), needed: integerAt(object, 'needed', path, 1) };
}

function toDocuments(object: JsonObject, path: string): EncodedDocuments {
  return Object.fromEntries(Object.keys(object).map(role => [role, stringAt(object, role, path)]));
}

function toVersions(object: JsonObject, path: string): Versions {
  return Object.fromEntries(Object.keys(object).map(role => [role, integerAt(object, role, path)]));
}

function objectsAt<T>(
  object: JsonObject,
  key: string,
  path: string,
  read: (item: JsonObject, path: string) => T,
): T[] {
  return arrayAt(object, key, path).map((item: JsonValue, i) =>
    read(asObject(item, `${path}.${key}[${i}]`), `${path}.${key}[${i}]`),
  );
}
