/** The version that an upload must have. */
import { WritError } from '../../errors.js';
import type { Verified } from '../verified.js';

/** @throws WritError TUF_VERSION with both versions in its details */
export function refuseOtherVersion(document: Verified<{ readonly version: number }>, wanted: number): void {
  const { value, role } = document;
  if (value.version === wanted) return;
  throw new WritError('TUF_VERSION', `${role} has version ${value.version}, it must have ${wanted}`, {
    details: { role, version: value.version, wanted },
  });
}
