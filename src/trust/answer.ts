/** What trust answers about an image: verified, unexpired, in a role that was delegated the path. */
import type { KeyId } from '../crypto/key-id.js';
import type { RepositoryName } from '../image/repository-name.js';
import type { RoleName } from '../tuf/role-name.js';
import type { TargetRow } from './target-table.js';

/** One target that a role vouches for. */
export interface VouchedTarget extends TargetRow {
  readonly repository: RepositoryName;
  readonly role: RoleName;
  /** As in the metadata: `registry.example/team/app:1`, or with `@sha256:…`. */
  readonly path: string;
  /** The version of the role's metadata. */
  readonly version: number;
  /** The distinct keys whose signatures on it were verified. */
  readonly signedBy: readonly KeyId[];
}

/** A role that has expired and signed the image, or may have. */
export interface ExpiredAnswer {
  readonly role: RoleName;
  readonly since: Date;
}

export interface Answer {
  /** At most one for each role asked for, in the order asked. */
  readonly targets: readonly VouchedTarget[];
  readonly expired: readonly ExpiredAnswer[];
  /** From this second on, the answer may be another without any refresh. */
  readonly validUntil: Date;
}
