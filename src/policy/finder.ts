/** What a decision needs of verified metadata. `trust/` is the adapter; tests have one in memory. */
import type { KeyId } from '../crypto/key-id.js';
import type { Digest } from '../image/digest.js';
import type { ImageReference } from '../image/reference.js';
import type { RepositoryName } from '../image/repository-name.js';
import type { JsonObject } from '../json/types.js';
import type { RoleName } from '../tuf/role-name.js';

/** One target of verified, unexpired metadata, in a role that was delegated its path. */
export interface SignedTarget {
  readonly repository: RepositoryName;
  readonly role: RoleName;
  /** `registry.example/team/app:1` or `registry.example/team/app@sha256:…`. */
  readonly path: string;
  /** Of the bytes that the target names: an image index or a manifest. */
  readonly digest: Digest;
  /** Bytes of the manifest. */
  readonly length: number;
  /** As signed: still to be read, see `readSignedGrants`. */
  readonly custom: JsonObject | undefined;
  /** The version of the role's metadata. */
  readonly version: number;
  /** The distinct keys whose signatures were verified on it. */
  readonly signedBy: readonly KeyId[];
}

/** A role that must not speak any more, because it or a delegator on the way to it has expired. */
export interface ExpiredRole {
  readonly role: RoleName;
  readonly since: Date;
}

export interface FoundTargets {
  /** At most one for each role that was asked for, in the order asked. Empty: no such target is signed. */
  readonly targets: readonly SignedTarget[];
  /**
   * Those of the roles asked for that have expired and signed this target, or may have: leaving them out could give
   * more than they allowed.
   */
  readonly expired: readonly ExpiredRole[];
  /** From this second on the same question may have another answer, though nothing was refreshed. */
  readonly validUntil: Date;
}

/** Where signed targets are found. Answers from memory: a decision waits for nothing. */
export interface TargetFinder {
  /** Changes whenever an answer could, other than by expiry. */
  readonly generation: number;
  /**
   * The targets of exactly this reference: `repository:tag`, or `repository@digest` when it has a digest.
   *
   * @param roles - only what these roles say counts
   * @throws WritError TRUST_UNKNOWN when no root of the repository is pinned, TRUST_STALE when its metadata has
   *   expired or was never fetched
   */
  find(
    repository: RepositoryName,
    roles: readonly RoleName[],
    reference: ImageReference,
    now: Date,
  ): FoundTargets;
}

/** Finds the names of images by a digest alone: of an index, of a manifest in it, or of its configuration. */
export interface DigestFinder extends TargetFinder {
  /** Each reference once, whoever signed it: the caller still has to ask which of them its policies trust. */
  byDigest(digest: Digest): readonly ImageReference[];
}
