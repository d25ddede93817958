/** Refusals of an upload, as notary-server names them: its clients make typed errors of the name. */
import { WritError } from '../../errors.js';

export type RefusalName =
  'ErrValidation' | 'ErrBadHierarchy' | 'ErrBadRoot' | 'ErrBadTargets' | 'ErrBadSnapshot';

/** The refusal that `name` says. @param missing - the role that an upload lacks */
export function refusal(name: RefusalName, message: string, missing?: string): WritError {
  return new WritError('NOTARY_UPDATE', message, {
    details: { name, ...(missing !== undefined && { missing }) },
  });
}

/** Runs a check, and says of what it throws that `name` is why. */
export function refusedAs<T>(name: RefusalName, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof WritError && error.code !== 'NOTARY_UPDATE') throw refusal(name, error.message);
    throw error;
  }
}
