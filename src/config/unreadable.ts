import { WritError } from '../errors.js';

/** What is thrown when a file of the catalogue cannot be read or is no YAML: CATALOGUE_READ. */
export function unreadable(file: string, cause: unknown): WritError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WritError('CATALOGUE_READ', `${file} cannot be read: ${reason}`, { cause });
}
