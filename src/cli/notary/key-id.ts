import { isDigestText } from '../../crypto/digest.js';
import { WritError } from '../../errors.js';
import { needArgs } from './context.js';
import type { Given } from './flags.js';

/** The id of a key that was given as the first argument. @throws WritError NOTARY_USAGE, NOTARY_ARGUMENT */
export function keyIdOf(given: Given, missing: string): string {
  const [id = ''] = needArgs(given, 1, missing);
  if (isDigestText('sha256', id)) return id;
  throw new WritError('NOTARY_ARGUMENT', `invalid key ID provided: ${id}`);
}
