/** What a Notary repository is now. */
import type { NotaryFile } from '../../tuf/format/notary1.js';
import type { Root, Targets } from '../../tuf/model.js';
import type { RoleName } from '../../tuf/role-name.js';
import type { Verified } from '../../tuf/verified.js';
import type { BlobPart } from '../file-record.js';

/** A document that was accepted. What delegates to it may have changed since: whoever builds on it verifies it again. */
export interface StoredDocument {
  readonly version: number;
  readonly expires: Date;
  readonly bytes: Uint8Array;
  /** What a snapshot says about it: made once, of large documents it costs most. */
  readonly file: NotaryFile;
  readonly at: Date;
  /** Where the store has it, when it is there and no blob of its own. */
  readonly part?: BlobPart | undefined;
}

/** A targets role as it was verified, and what delegated to it then. */
export interface VerifiedTargets {
  readonly delegator: Verified<Root> | Verified<Targets>;
  readonly document: Verified<Targets>;
}

export interface NotaryState {
  readonly root: Verified<Root>;
  /** Every role that was ever published, the four top-level ones among them. */
  readonly documents: ReadonlyMap<RoleName, StoredDocument>;
  /** What this process has verified of them: under the same delegator it need not be verified again. */
  readonly verified: ReadonlyMap<RoleName, VerifiedTargets>;
}
