/**
 * The write API, version 1: the bodies that `ApiClient` sends and the service answers. Bytes are base64
 * (RFC 4648 §4, padded). Errors are `{"error": {code, message, hint, details?}}` with the status of the code.
 *
 *   GET  /v1/repositories                 → RepositoryList
 *   POST /v1/repositories                 CreateRepositoryRequest → PublishResponse, 201
 *   GET  /v1/repositories/{name}/keys     → RepositoryKeys, also before the repository is created
 *   POST /v1/repositories/{name}/publish  PublishRequest → PublishResponse
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
  readonly blobs?: readonly string[];
  /**
   * The version that each changed document was made from (0 for a role without one); when it is no longer the
   * current one, nothing is written and the answer is 409 REPOSITORY_CONFLICT with `details.versions`.
   */
  readonly base: Versions;
}

export interface PublishResponse {
  /** The current version of every role after the write, snapshot and timestamp included. */
  readonly versions: Versions;
}

/** The public keys, as TUF key objects, that the service signs with in the name of one repository. */
export interface RepositoryKeys {
  readonly snapshot: JsonObject;
  readonly timestamp: JsonObject;
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

/** The most bytes of a request body: 32 MiB of target files in base64, and the documents. */
export const MAX_API_BODY = 48 * 1024 * 1024;
