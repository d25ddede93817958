import { parseRoleName } from '../../../tuf/role-name.js';
import { needArgs, openRepository } from '../context.js';
import { table } from '../output.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = ''] = needArgs(given, 1, 'Must specify a GUN');
  const repository = await openRepository(context, gun, 'pull');
  const targets = (await repository.read()).targets(given.list('roles').map(parseRoleName));
  if (targets.length === 0) {
    context.print('\nNo targets present in this repository.\n');
    return;
  }
  const rows = targets
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, file, role }) => [name, file.hashes.get('sha256') ?? '', String(file.length), role]);
  context.io.stdout.write(table(['NAME', 'DIGEST', 'SIZE (BYTES)', 'ROLE'], rows));
};
