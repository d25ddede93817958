/** Failures of the file system as errors of the store. */
import { WritError } from '../errors.js';

/** No space, no quota, or beyond the largest file that is allowed: all of them pass when space is made. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The `errno` name of a failed system call, or undefined for other errors. */
function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** True iff a system call failed with one of `names`. */
export function failedWith(error: unknown, ...names: string[]): boolean {
  const errno = errnoOf(error);
  return errno !== undefined && names.includes(errno);
}

/**
 * `cause` as STORE_FULL or STORE_IO; a WritError stays what it is.
 *
 * @param what - the sentence's beginning: `the file X cannot be written`
 */
export function storeFailure(cause: unknown, what: string): WritError {
  if (cause instanceof WritError) return cause;
  const errno = errnoOf(cause);
  const reason = errno ?? (cause instanceof Error ? cause.message : String(cause));
  const code = errno !== undefined && FULL.has(errno) ? 'STORE_FULL' : 'STORE_IO';
  return new WritError(code, `${what}: ${reason}`, { cause });
}
