import { needArgs, openRepository } from '../context.js';
import { safe } from '../output.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = '', name = ''] = needArgs(given, 2, 'Must specify a GUN and target');
  const repository = await openRepository(context, gun, 'pull');
  const { file } = (await repository.read()).target(name);
  context.print(`${safe(name)} sha256:${file.hashes.get('sha256') ?? ''} ${file.length}`);
};
