/** What changes are applied with. */
import { WritError } from '../errors.js';
import type { RoleName } from '../tuf/role-name.js';
import type { Draft } from './draft.js';
import type { Keyring } from './keyring.js';
import type { NotaryLog } from './log.js';

export interface ApplyContext {
  readonly draft: Draft;
  readonly keyring: Keyring;
  readonly log: NotaryLog;
}

/** Some key of a role must be there to sign with. @throws WritError NOTARY_KEY, NOTARY_ROLE */
export async function requireKey({ draft, keyring }: ApplyContext, role: RoleName): Promise<void> {
  const ids = draft.keyIdsOf(role);
  if ((await keyring.openAny(ids)) !== undefined) return;
  throw new WritError(
    'NOTARY_KEY',
    `could not find necessary signing keys, at least one of these keys must be available: ${ids.join(', ')}`,
  );
}
