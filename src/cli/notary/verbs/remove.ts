import { WritError } from '../../../errors.js';
import { maybePublish, offlineRepository } from '../context.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = '', target] = given.args;
  if (target === undefined) throw new WritError('NOTARY_ARGUMENT', 'Must specify a GUN and target');
  await offlineRepository(context, gun).removeTarget(target, given.list('roles'));
  context.print(`Removal of ${target} from ${gun} staged for next publish.`);
  await maybePublish(context, given, gun);
};
