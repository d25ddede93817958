import { needArgs, offlineRepository } from '../context.js';
import { table } from '../output.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = ''] = needArgs(given, 1, 'Must specify a GUN');
  const staged = await offlineRepository(context, gun).changes.list(({ message }, place) => {
    context.log('warning', `${message}; \`notary reset ${gun} -n ${place}\` takes it back`);
  });
  if (staged.length === 0) {
    context.print(`No unpublished changes for ${gun}`);
    return;
  }
  const rows = staged.map(({ change, place }) => [
    String(place),
    change.action,
    change.scope,
    change.type,
    change.path,
  ]);
  context.print(`Unpublished changes for ${gun}:\n`);
  context.io.stdout.write(table(['#', 'ACTION', 'SCOPE', 'TYPE', 'PATH'], rows));
};
