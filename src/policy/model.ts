/** An admission policy as decisions use it: parsed, its presets resolved. Made by the parser of this room only. */
import type { Grants } from '../entitlements/grants.js';
import type { ImagePattern } from '../image/pattern.js';
import type { RepositoryName } from '../image/repository-name.js';
import type { RoleName } from '../tuf/role-name.js';
import type { NamespacePattern } from './namespace.js';

/** What an image gets whose target carries no grants: nothing at all, a preset, or all that it may have. */
export type UnsignedGrants =
  | { readonly kind: 'deny' }
  | { readonly kind: 'preset'; readonly name: string; readonly grants: Grants }
  | { readonly kind: 'authority' };

/** `enforce` denies, `warn` allows and tells the user, `audit` allows and writes it down. */
export type Mode = 'enforce' | 'warn' | 'audit';

/** `localhost` names the signed profile; `runtime-default` names none, for nodes without an agent. */
export type ProfileUse = 'localhost' | 'runtime-default';

/** A kind of node that the images of this policy must compile for; as `compile` takes it. */
export interface NodeKind {
  readonly arch: string;
  readonly runtime: string;
  readonly libseccomp?: string;
  readonly kernel?: string;
}

/** Where a policy stands: `policies/admission/production.yaml:3`. */
export interface PolicySource {
  readonly file: string;
  /** The line that its document begins at, from 1. */
  readonly line: number;
}

export interface AdmissionPolicy {
  readonly name: string;
  readonly source: PolicySource;
  readonly namespaces: readonly NamespacePattern[];
  readonly images: readonly ImagePattern[];
  readonly trust: {
    readonly repository: RepositoryName;
    /** At least one, none twice. */
    readonly roles: readonly RoleName[];
    /** How many of the roles must have signed; 1 to their number. */
    readonly threshold: number;
  };
  readonly authority: Grants;
  /** True iff the authority is given as it is, whatever the publisher signed. */
  readonly ignoreSigned: boolean;
  readonly unsignedGrants: UnsignedGrants;
  readonly onExcess: 'deny' | 'clamp';
  readonly nodes: readonly NodeKind[];
  /** What an output format cannot express and this policy lives with, as the emitters name it. */
  readonly accept: readonly string[];
  readonly profile: ProfileUse;
  readonly mode: Mode;
}
