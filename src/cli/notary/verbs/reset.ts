import { needArgs, offlineRepository } from '../context.js';
import { usage } from '../flags.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = ''] = needArgs(given, 1, 'Must specify a GUN');
  const numbers = given.list('number').map(Number);
  if (!given.is('all') && numbers.length === 0) {
    throw usage('Must specify changes to reset with -n or the --all flag');
  }
  await offlineRepository(context, gun).changes.remove(given.is('all') ? undefined : new Set(numbers));
  context.print(`Successfully reset specified changes for repository ${gun}`);
};
