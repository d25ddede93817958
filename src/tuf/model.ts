/**
 * The one model of metadata that everything above sees, whatever format it was read from.
 * `unrecognized` holds the members that the format does not know: they were signed and must survive an edit.
 */
import type { KeyId } from '../crypto/key-id.js';
import type { PublicKey } from '../crypto/public-key.js';
import type { JsonObject } from '../json/types.js';
import type { RoleName, RoleType } from './role-name.js';

interface SignedPart {
  /** `1.x.y`; undefined in Notary v1. */
  readonly specVersion?: string | undefined;
  /** 1 to 2^53 − 1. */
  readonly version: number;
  /** Expired from this second on. */
  readonly expires: Date;
  readonly unrecognized?: JsonObject | undefined;
}

/** A listed key that cannot count: its type or scheme is unknown, or it cannot be read, or it is weak. */
export interface UnusableKey {
  readonly material: undefined;
  /** Why, in one sentence. */
  readonly reason: string;
  toJson(): JsonObject;
}

/** The keys that a document lists, under the ids that it gives them: names only, no proof of which key it is. */
export type Keys = ReadonlyMap<KeyId, PublicKey | UnusableKey>;

/** Who may sign for a role, and how many distinct keys must. */
export interface RoleKeys {
  readonly keyIds: readonly KeyId[];
  /** At least 1. */
  readonly threshold: number;
  readonly unrecognized?: JsonObject | undefined;
}

export interface Root extends SignedPart {
  readonly type: 'root';
  readonly consistentSnapshot: boolean;
  readonly keys: Keys;
  /** Exactly the four top-level roles. */
  readonly roles: Readonly<Record<RoleType, RoleKeys>>;
}

/** Algorithm → digest, lower-case hex where the algorithm is known. Never empty. */
export type Hashes = ReadonlyMap<string, string>;

/** What one metadata file says about another. */
export interface MetaFile {
  readonly version: number;
  /** Bytes. */
  readonly length?: number | undefined;
  readonly hashes?: Hashes | undefined;
  readonly unrecognized?: JsonObject | undefined;
}

export interface Timestamp extends SignedPart {
  readonly type: 'timestamp';
  readonly snapshot: MetaFile;
}

export interface Snapshot extends SignedPart {
  readonly type: 'snapshot';
  /** File name without version (`targets.json`, `team.json`) → what is current. */
  readonly meta: ReadonlyMap<string, MetaFile>;
}

export interface TargetFile {
  /** Bytes. */
  readonly length: number;
  readonly hashes: Hashes;
  readonly custom?: JsonObject | undefined;
  readonly unrecognized?: JsonObject | undefined;
}

export interface DelegatedRole extends RoleKeys {
  readonly name: RoleName;
  readonly terminating: boolean;
  /** Which target paths the role may speak for: globs, prefixes of the path (Notary v1), or of its SHA-256. */
  readonly scope:
    | { readonly kind: 'paths'; readonly patterns: readonly string[] }
    | { readonly kind: 'pathPrefixes'; readonly prefixes: readonly string[] }
    | { readonly kind: 'hashPrefixes'; readonly prefixes: readonly string[] };
}

/** Delegations to 2^bitLength hash bins, all with the same keys. See `bins.ts`. TAP 15. */
export interface SuccinctRoles extends RoleKeys {
  /** 1 to 32. */
  readonly bitLength: number;
  /** What the names of the bins begin with, before `-` and the number. */
  readonly namePrefix: string;
}

/** One of several roles that are asked together. */
export interface GroupRole extends RoleKeys {
  readonly name: RoleName;
}

/** Roles that are asked together: a target counts where enough of them agree on its length and hashes. TAP 3. */
export interface RoleGroup {
  /** Of the delegation; it is no role's. */
  readonly name: string;
  readonly scope: DelegatedRole['scope'];
  readonly terminating: boolean;
  /** 1 to the number of roles. */
  readonly minRolesInAgreement: number;
  /** In order of precedence; no name twice. */
  readonly roles: readonly GroupRole[];
  readonly unrecognized?: JsonObject | undefined;
}

export interface Delegations {
  readonly keys: Keys;
  /** In order of precedence; no name twice. Empty where `succinct` or `groups` is. */
  readonly roles: readonly DelegatedRole[];
  readonly succinct?: SuccinctRoles | undefined;
  /** In order of precedence. A role in several has the same keys in each. */
  readonly groups?: readonly RoleGroup[] | undefined;
  readonly unrecognized?: JsonObject | undefined;
}

export interface Targets extends SignedPart {
  readonly type: 'targets';
  readonly targets: ReadonlyMap<string, TargetFile>;
  readonly delegations?: Delegations | undefined;
}

/** The model of each type of metadata. */
export interface Models {
  readonly root: Root;
  readonly timestamp: Timestamp;
  readonly snapshot: Snapshot;
  readonly targets: Targets;
}
