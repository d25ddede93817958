/** Where the service's own token key lies. Whoever can read it can issue any token: the service and its operator. */
import { join } from 'node:path';
import { ensureSecret } from '../keystore/secret-file.js';
import type { Clock } from '../tuf/ports.js';
import { TokenAuthority } from './tokens.js';

/**
 * The authority over the tokens of the service whose data folder is `data`; its key is made on first use.
 *
 * @throws WritError KEYSTORE_SECRET, KEYSTORE_PERMISSIONS
 */
export async function openTokenAuthority(data: string, clock: Clock): Promise<TokenAuthority> {
  return new TokenAuthority(await ensureSecret(join(data, 'token-key')), clock);
}
