import { WritError } from '../../../errors.js';
import { saysYes } from '../context.js';
import { keyIdOf } from '../key-id.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const { trust, io, print } = context;
  const id = keyIdOf(given, 'must specify the key ID of the key to remove');
  print('');
  const info = (await trust.keys.list()).find(known => known.id === id);
  if (info === undefined) {
    print('');
    throw new WritError('NOTARY_KEY', `No key with ID ${id} found`);
  }
  const described = `${id} (role ${info.role}) from ${trust.keys.location}`;
  io.stdout.write(`Are you sure you want to remove ${described}?  (yes/no)  `);
  if (await saysYes(context)) {
    await trust.keys.remove(id);
    print(`\nDeleted ${described}.`);
  } else {
    print('\nAborting action.');
  }
  print('');
};
