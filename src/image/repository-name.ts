import { WritError } from '../errors.js';
import { quote } from '../json/quote.js';

declare const repositoryName: unique symbol;

/** The name of a native repository (an organisation): one component, safe as a folder and in a URL. */
export type RepositoryName = string & { readonly [repositoryName]: 'RepositoryName' };

const FORM = /^[a-z0-9][a-z0-9._-]{0,127}$/;

/** True iff `text` is the name of a native repository. */
export function isRepositoryName(text: string): text is RepositoryName {
  return FORM.test(text);
}

/**
 * `text` as the name of a native repository.
 *
 * @param text - `[a-z0-9][a-z0-9._-]*`, 1 to 128 characters
 * @throws WritError IMAGE_REPOSITORY_NAME
 */
export function parseRepositoryName(text: string): RepositoryName {
  if (isRepositoryName(text)) return text;
  throw new WritError(
    'IMAGE_REPOSITORY_NAME',
    `the repository name ${quote(text)} is not one component of a-z, 0-9, '.', '_' and '-'`,
  );
}
