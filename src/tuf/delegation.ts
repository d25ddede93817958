/** Who may speak for a target path, and with whose keys. TUF specification §4.5 and §5.6.7.2, TAP 15. */
import { sha256Hex } from '../crypto/digest.js';
import { binName, isBinName } from './bins.js';
import { matchesGlob } from './glob.js';
import type { DelegatedRole, Delegations, RoleKeys } from './model.js';
import type { RoleName } from './role-name.js';

const encoder = new TextEncoder();

/**
 * True iff `role` is delegated `path`.
 *
 * @param path - the target path as in metadata, without hash prefix
 */
export function isDelegated(role: DelegatedRole, path: string): boolean {
  const { scope } = role;
  switch (scope.kind) {
    case 'paths':
      return scope.patterns.some(pattern => matchesGlob(pattern, path));
    case 'pathPrefixes':
      return scope.prefixes.some(prefix => path.startsWith(prefix));
    case 'hashPrefixes': {
      const digest = sha256Hex(encoder.encode(path));
      return scope.prefixes.some(prefix => digest.startsWith(prefix));
    }
  }
}

/** A role to which a document delegates, whichever way it is written there. */
export interface Delegate {
  readonly name: RoleName;
  /** True iff no role after it is asked. Always so for hash bins: no other bin can speak for the path. */
  readonly terminating: boolean;
}

/** The roles that may speak for `path`, in order of precedence. */
export function delegatesFor({ roles, succinct }: Delegations, path: string): Delegate[] {
  if (succinct !== undefined) return [{ name: binName(succinct, path), terminating: true }];
  return roles.filter(role => isDelegated(role, path));
}

/** The keys of `role`, or undefined when the document does not delegate to it. */
export function keysOfDelegate({ roles, succinct }: Delegations, role: RoleName): RoleKeys | undefined {
  if (succinct !== undefined) return isBinName(succinct, role) ? succinct : undefined;
  return roles.find(({ name }) => name === role);
}
