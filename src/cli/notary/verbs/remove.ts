import { maybePublish, needArgs, offlineRepository } from '../context.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = '', target = ''] = needArgs(given, 2, 'Must specify a GUN and target');
  await offlineRepository(context, gun).removeTarget(target, given.list('roles'));
  context.print(`Removal of ${target} from ${gun} staged for next publish.`);
  await maybePublish(context, given, gun);
};
