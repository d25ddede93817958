/** Reading back what was trusted before. */
import { WritError } from '../../errors.js';
import type { RoleName } from '../role-name.js';
import type { Verified } from '../verified.js';
import type { Session } from './session.js';

/**
 * The stored document of `role` if it still verifies, else undefined: after a rotation of keys, or when the
 * folder was damaged, it is as if it had never been there, and the next good document replaces it.
 *
 * @param verify - throws a WritError when the bytes are not to be trusted
 */
export async function loadTrusted<T>(
  session: Session,
  role: RoleName,
  verify: (bytes: Uint8Array) => Verified<T>,
): Promise<Verified<T> | undefined> {
  const bytes = await session.store.load(role);
  if (bytes === null) return undefined;
  try {
    return verify(bytes);
  } catch (error) {
    if (error instanceof WritError) return undefined;
    throw error;
  }
}
