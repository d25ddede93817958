import { maybePublish, needArgs, offlineRepository } from '../context.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = '', ...roles] = needArgs(given, 2, 'Please provide a GUN and at least one role to witness');
  await offlineRepository(context, gun).witness(roles);
  context.print(
    `The following roles were successfully marked for witnessing on the next publish:\n\t- ${roles.join('\n\t- ')}`,
  );
  await maybePublish(context, given, gun);
};
