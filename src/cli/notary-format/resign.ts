/** `writ resign` in a Notary repository. */
import { WritError } from '../../errors.js';
import { witness } from '../../notary/stage.js';
import { ROOT, SNAPSHOT, type RoleName } from '../../tuf/role-name.js';
import type { Context } from '../command.js';
import { columns } from '../table.js';
import { publicationJson, publicationRows, publishEdit } from './change.js';
import type { PinnedNotary } from './open.js';

/**
 * Signs `targets` or a delegation again as it is, also one that has expired.
 *
 * @throws WritError USAGE for the root; NOTARY_ROLE for a role that is not there; as publishEdit
 */
export async function resignPinned(context: Context, pinned: PinnedNotary, role: RoleName): Promise<void> {
  if (role === ROOT) throw rootByItself();
  // A snapshot whose key is here is made anew with it.
  const expired = [role, SNAPSHOT];
  const edit = { changes: witness([role]), roles: [role] };
  const published = await publishEdit(context, pinned, () => Promise.resolve(edit), expired);
  context.out.result({ repository: pinned.gun, ...publicationJson(published) }, () =>
    columns([['signed again', role], ['repository', pinned.gun], ...publicationRows(published)], ''),
  );
}

const rootByItself = (): WritError =>
  new WritError(
    'USAGE',
    'the root of a Notary repository is signed again with what is published in its last six months',
    { hint: '`writ notary key rotate NAME root` gives it another key, and signs it now' },
  );
