import { maybePublish, offlineRepository } from '../context.js';
import { usage } from '../flags.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = ''] = given.args;
  if (given.args.length !== 1) {
    throw usage('Please provide a single Global Unique Name as an argument to remove');
  }
  const keys = given.list('key');
  if (keys.length === 0) throw usage('Please provide at least one key ID to be removed using the --key flag');
  await offlineRepository(context, gun).purgeKeys(keys);
  context.print(
    `Removal of the following keys from all delegations in ${gun} staged for next publish:\n\t- ${keys.join('\n\t- ')}`,
  );
  await maybePublish(context, given, gun);
};
