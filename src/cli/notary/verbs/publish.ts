import { needArgs, openRepository, publishAndTell } from '../context.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = ''] = needArgs(given, 1, 'Must specify a GUN');
  context.print(`Pushing changes to ${gun}`);
  await publishAndTell(context, await openRepository(context, gun, 'push,pull'));
};
