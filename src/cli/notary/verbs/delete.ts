import { needArgs, openServer } from '../context.js';
import { parseGun } from '../../../tuf/notary/names.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [name = ''] = needArgs(given, 1, 'Must specify a GUN');
  const gun = parseGun(name);
  const folder = context.trust.repository(gun);
  const remote = given.is('remote');
  const server = remote ? await openServer(context, gun, '*') : undefined;
  context.print(`Deleting trust data for repository ${gun}`);
  await folder.remove();
  await server?.remove();
  context.print(`Successfully deleted local${remote ? ' and remote' : ''} trust data for repository ${gun}`);
};
