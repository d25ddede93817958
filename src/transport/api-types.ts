/**
 * The write API, version 1: the bodies that `ApiClient` sends and the service answers. Bytes are base64
 * (RFC 4648 §4, padded). Errors are `{"error": {code, message, hint, details?}}` with the status of the code.
 *
 *   GET  /v1/repositories                 → RepositoryList
 *   POST /v1/repositories                 CreateRepositoryRequest → PublishResponse, 201
 *   GET  /v1/repositories/{name}/keys     → RepositoryKeys, also before the repository is created
 *   POST /v1/repositories/{name}/publish  PublishRequest → PublishResponse
 *   POST /v1/repositories/{name}/uploads  UploadRequest → UploadResponse, 201
 *   GET  /v1/repositories/{name}/status   → RepositoryStatus
 *   GET  /v1/notary/frozen                → FrozenList
 *   GET  /v1/repositories/{name}/proposals                     → ProposalList
 *   POST /v1/repositories/{name}/proposals                     ProposeRequest → ProposalAnswer, 201
 *   GET  /v1/repositories/{name}/proposals/document?role=ROLE  → ProposalDocument
 *   POST /v1/repositories/{name}/proposals/signatures          SignProposalRequest → ProposalAnswer
 *   POST /v1/repositories/{name}/proposals/reject              RejectProposalRequest → {}
 */
import type { JsonObject } from '../json/types.js';

/** Signed documents by role name, as base64 of their exact bytes. */
export type EncodedDocuments = Readonly<Record<string, string>>;

/** Versions by role name. */
export type Versions = Readonly<Record<string, number>>;

export interface CreateRepositoryRequest {
  /** One component `[a-z0-9][a-z0-9._-]*`, at most 128 characters. */
  readonly name: string;
  /** At least `root` and `targets`, each of version 1; root names the service's online keys. */
  readonly documents: EncodedDocuments;
  /** Manifests and other target files, as base64; the service finds each by its hash in the signed targets. */
  readonly blobs?: readonly string[];
}

export interface PublishRequest {
  /** The new version of each role that changes. */
  readonly documents: EncodedDocuments;
  /** Roots between the current one and the one in `documents`, in order: at most 32. */
  readonly roots?: readonly string[];
  readonly blobs?: readonly string[];
  /**
   * The version that each changed document was made from (0 for a role without one); when it is no longer the
   * current one, nothing is written and the answer is 409 REPOSITORY_CONFLICT with `details.versions`.
   */
  readonly base: Versions;
  /**
   * Uploads of hash bins that go live with the documents, in one commit. Each document of them must be the next
   * version of its bin: it is made from the one before.
   */
  readonly uploads?: readonly string[];
  /**
   * True: the files of new targets lie elsewhere, as images do in a registry, and are not asked for. Then no `blobs`
   * can be sent; with `uploads` it must be true.
   */
  readonly filesElsewhere?: boolean;
}

/** Documents of hash bins ahead of the publication that names them; they wait for it for a day. */
export interface UploadRequest {
  /** At most 4,096, and 12 MiB together. */
  readonly documents: EncodedDocuments;
}

export interface UploadResponse {
  /** For `PublishRequest.uploads`; the same documents have the same name. */
  readonly upload: string;
}

export interface PublishResponse {
  /** The current version of every role after the write, snapshot and timestamp included; of hash bins the new ones. */
  readonly versions: Versions;
  /** What the publisher should know although all went well, one sentence each: documents near a client's limit. */
  readonly warnings?: readonly string[];
}

/** A document that waits for signatures: version N+1 of a role. One is open for each role. */
export interface Proposal {
  readonly role: string;
  /** That of the proposed document: one above `base.version`. */
  readonly version: number;
  /** The document that it was made from: version 0 and null for a role that has none. */
  readonly base: { readonly version: number; readonly sha256: string | null };
  /** SHA-256 of what the signatures are over, in hex: names the proposal. */
  readonly payload: string;
  /** ISO 8601, as `expires`. */
  readonly created: string;
  /** From this moment on the proposal is gone. */
  readonly expires: string;
  /** Ids of the distinct keys of the role, as its delegator lists them now, that have signed. */
  readonly signatures: readonly string[];
  /** How many of those keys must sign. */
  readonly needed: number;
  /** Of root only: the same for the keys that the proposed root gives itself; both must be complete. */
  readonly own?: { readonly signatures: readonly string[]; readonly needed: number };
}

export interface ProposalList {
  /** Sorted by role. */
  readonly proposals: readonly Proposal[];
}

export interface ProposeRequest {
  readonly role: string;
  /** The next version of the role, with the signatures that there are: one at least, by a key of the role. */
  readonly document: string;
  /**
   * Documents that must go live together with it, each with all its signatures: the first version of a role that
   * it delegates to, a role whose keys it changes.
   */
  readonly documents?: EncodedDocuments;
  readonly blobs?: readonly string[];
  /** As in {@link PublishRequest}. */
  readonly filesElsewhere?: boolean;
  /** ISO 8601; at most 90 days away, 14 days when it is left out. */
  readonly expires?: string;
}

export interface ProposalAnswer {
  /** As it is now; when it was published, as it was then. */
  readonly proposal: Proposal;
  /** The version of every role when the signatures sufficed and the document was published, else null. */
  readonly published: Versions | null;
}

export interface ProposalDocument {
  readonly proposal: Proposal;
  /** The document with the signatures collected so far, as base64. */
  readonly document: string;
  /** What goes live together with it; see {@link ProposeRequest}. */
  readonly documents: EncodedDocuments;
}

export interface SignProposalRequest {
  readonly role: string;
  /** That of the proposal which the signer has seen: for another one the answer is REPOSITORY_PROPOSAL_CHANGED. */
  readonly payload: string;
  readonly signatures: readonly EncodedSignature[];
}

/** As in metadata: `sig` in hex. */
export interface EncodedSignature {
  readonly keyid: string;
  readonly sig: string;
}

export interface RejectProposalRequest {
  readonly role: string;
  readonly payload: string;
}

export interface RoleStatus {
  readonly role: string;
  readonly version: number;
  /** ISO 8601. */
  readonly expires: string;
  /** True when the service signs the role itself. */
  readonly online: boolean;
  /** Whole days until it expires, rounded down; negative once it has expired. */
  readonly daysLeft: number;
}

export interface RepositoryStatus {
  /** Root, targets, snapshot, timestamp, then delegated roles by name; of hash bins the one that expires first. */
  readonly roles: readonly RoleStatus[];
}

/** The public keys, as TUF key objects, that the service signs with in the name of one repository. */
export interface RepositoryKeys {
  readonly snapshot: JsonObject;
  readonly timestamp: JsonObject;
  /** Those that the next root may list instead: from then on the service signs with them. */
  readonly next?: { readonly snapshot: JsonObject; readonly timestamp: JsonObject };
}

export interface RepositorySummary {
  readonly name: string;
  readonly format: 'tuf';
  readonly versions: Versions;
}

export interface RepositoryList {
  /** Sorted by name; only what the caller may read. */
  readonly repositories: readonly RepositorySummary[];
}

/** A Notary repository that was imported without the keys of its server. */
export interface FrozenRepository {
  readonly name: string;
  /** RFC 3339: when its timestamp expires. */
  readonly until: string;
  /** The roles whose keys its owner must rotate. */
  readonly mustRotate: readonly string[];
}

export interface FrozenList {
  /** Sorted by name. */
  readonly frozen: readonly FrozenRepository[];
}

/** The most bytes of a request body: 32 MiB of target files in base64, and the documents. */
export const MAX_API_BODY = 48 * 1024 * 1024;
