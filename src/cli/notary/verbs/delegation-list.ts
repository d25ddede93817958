import { WritError } from '../../../errors.js';
import type { NotaryDelegation } from '../../../notary/collection.js';
import { openRepository } from '../context.js';
import { usage } from '../flags.js';
import { table } from '../output.js';
import { shownPaths } from '../shown-paths.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = ''] = given.args;
  if (given.args.length !== 1) throw usage('Please provide a Global Unique Name as an argument to list');
  const repository = await openRepository(context, gun, 'pull');
  let delegations: NotaryDelegation[];
  try {
    delegations = (await repository.read()).delegations();
  } catch (error) {
    if (!(error instanceof WritError)) throw error;
    const message = `Error retrieving delegation roles for repository ${gun}: ${error.message}`;
    throw new WritError(error.code, message, { cause: error });
  }
  if (delegations.length === 0) {
    context.print('\n\nNo delegations present in this repository.\n\n');
    return;
  }
  const rows = delegations.sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap(rowsOf);
  context.print(`\n${table(['ROLE', 'PATHS', 'KEY IDS', 'THRESHOLD'], rows)}`);
};

/** As many rows as the longer of its two lists. */
function rowsOf({ name, paths, keyIds, threshold }: NotaryDelegation): string[][] {
  const shown = shownPaths(paths);
  return Array.from({ length: Math.max(shown.length, keyIds.length, 1) }, (_, i) => [
    i === 0 ? name : '',
    shown[i] ?? '',
    keyIds[i] ?? '',
    i === 0 ? String(threshold) : '',
  ]);
}
