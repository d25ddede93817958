import { needArgs, openRepository, saysYes } from '../context.js';
import { readKeyFile } from '../key-files.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const [gun = '', role = ''] = needArgs(given, 2, 'Must specify a GUN and a key role to rotate');
  const repository = await openRepository(context, gun, '*');
  const keyIds: string[] = [];
  for (const file of given.list('key')) {
    const key = await readKeyFile(context, file, role);
    await repository.keyring.adopt(key, { role, gun });
    keyIds.push(key.id);
  }
  if (role === 'root') {
    context.io.stdout.write(
      'Warning: you are about to rotate your root key.\n\n' +
        'You must use your old key to sign this root rotation.\n' +
        'Are you sure you want to proceed?  (yes/no)  ',
    );
    if (!(await saysYes(context))) {
      context.print('\nAborting action.');
      return;
    }
  }
  const serverManaged = given.is('server-managed');
  const legacyVersions = given.has('legacy') ? given.number('legacy') : 0;
  await repository.rotateKey({ role, serverManaged, keyIds, legacyVersions });
  context.print(`Successfully rotated ${role} key for repository ${gun}`);
};
