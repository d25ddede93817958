/** Whether a delegated role may speak for a target path. TUF specification §4.5 and §5.6.7.2. */
import { sha256Hex } from '../crypto/digest.js';
import { matchesGlob } from './glob.js';
import type { DelegatedRole } from './model.js';

const encoder = new TextEncoder();

/**
 * True iff `role` is delegated `path`.
 *
 * @param path - the target path as in metadata, without hash prefix
 */
export function isDelegated(role: DelegatedRole, path: string): boolean {
  if (role.scope.kind === 'paths') return role.scope.patterns.some(pattern => matchesGlob(pattern, path));
  const digest = sha256Hex(encoder.encode(path));
  return role.scope.prefixes.some(prefix => digest.startsWith(prefix));
}
