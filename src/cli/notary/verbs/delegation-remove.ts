import { WritError } from '../../../errors.js';
import type { NotaryRepository } from '../../../notary/repository.js';
import { isDelegation } from '../../../tuf/notary/names.js';
import { maybePublish, needArgs, offlineRepository, saysYes, type NotaryContext } from '../context.js';
import type { Given } from '../flags.js';
import { shownPaths } from '../shown-paths.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = '', role = '', ...keyIds] = needArgs(
    given,
    2,
    'must specify the Global Unique Name and the role of the delegation along with optional keyIDs and/or a list of paths to remove',
  );
  if (!isDelegation(role)) throw new WritError('NOTARY_ROLE', `invalid delegation name ${role}`);
  const repository = offlineRepository(context, gun);
  const all = keyIds.length === 0 && !given.has('paths') && !given.is('all-paths');
  if (all) await removeAll(context, given, repository, role);
  else await removePart(context, given, repository, { role, keyIds });
  await maybePublish(context, given, gun);
};

async function removeAll(
  context: NotaryContext,
  given: Given,
  repository: NotaryRepository,
  role: string,
): Promise<void> {
  context.print('\nAre you sure you want to remove all data for this delegation? (yes/no)');
  if (given.is('yes')) context.print('Confirmed `yes` from flag');
  else if (!(await saysYes(context))) throw new WritError('NOTARY_ARGUMENT', 'Aborting action.');
  await repository.removeDelegation(role);
  context.print(
    `\nForced removal (including all keys and paths) of delegation role ${role} to repository "${repository.gun}" staged for next publish.\n`,
  );
}

async function removePart(
  context: NotaryContext,
  given: Given,
  repository: NotaryRepository,
  { role, keyIds }: { readonly role: string; readonly keyIds: readonly string[] },
): Promise<void> {
  const allPaths = given.is('all-paths');
  const paths = allPaths ? [] : given.list('paths');
  await repository.removeFromDelegation(role, { keyIds, paths, allPaths });
  const removed =
    (keyIds.length > 0 ? `with keys [${keyIds.join(' ')}], ` : '') +
    (allPaths ? 'with all paths, ' : '') +
    (given.has('paths') && !allPaths ? `with paths [${shownPaths(paths).join('\n')}], ` : '');
  context.print(
    `\nRemoval of delegation role ${role} ${removed}to repository "${repository.gun}" staged for next publish.\n`,
  );
}
