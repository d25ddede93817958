/** Who delegated to which role at some time, for verifying what was stored long ago. */
import { toWritError, WritError } from '../../errors.js';
import type { SignedDocument } from '../../tuf/document.js';
import type { Root, Targets } from '../../tuf/model.js';
import type { RoleName, RoleType } from '../../tuf/role-name.js';
import { keysFor, verifyRole, type Verified } from '../../tuf/verified.js';

type Delegator = Verified<Root> | Verified<Targets>;

/** What verified, and by which keys: equal texts are equal keys. */
export interface VerifiedBy<D> {
  readonly document: Verified<D>;
  readonly by: string;
}

/** The keys and the threshold of a role, as one delegator lists them. @throws WritError TUF_NOT_DELEGATED */
export function fingerprint(delegator: Delegator, role: RoleName): string {
  const { keys, roleKeys } = keysFor(delegator, role);
  const materials = roleKeys.keyIds.map(id => [id, keys.get(id)?.material ?? '']).sort();
  return JSON.stringify([roleKeys.threshold, materials]);
}

export class Delegators {
  /** By fingerprint, the one that said so first at the beginning. */
  readonly #of = new Map<RoleName, Map<string, Delegator>>();

  add(delegator: Delegator, role: RoleName): void {
    const known = this.#of.get(role) ?? new Map<string, Delegator>();
    const keys = fingerprint(delegator, role);
    // the last to say so is the newest
    known.delete(keys);
    this.#of.set(role, known.set(keys, delegator));
  }

  /** The newest keys that verify `document`. @throws WritError TUF_THRESHOLD, TUF_FORMAT, NOTARY_IMPORT */
  verify<D extends { readonly type: RoleType; readonly version: number }>(
    role: RoleName,
    document: SignedDocument<D>,
  ): VerifiedBy<D> {
    let failure = new WritError('NOTARY_IMPORT', `nobody ever delegated to ${role}`);
    for (const [by, delegator] of [...(this.#of.get(role) ?? [])].reverse()) {
      try {
        return { document: verifyRole(delegator, role, document), by };
      } catch (error) {
        failure = toWritError(error);
      }
    }
    throw failure;
  }
}
