import { needArgs, readInput } from '../context.js';
import { importKeys } from '../key-files.js';
import { parsePem } from '../../../crypto/pem.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  const files = needArgs(given, 1, 'must specify at least one input file to import keys from');
  for (const file of files) {
    const blocks = parsePem(Buffer.from(await readInput(file)).toString('utf8'));
    if (blocks.length === 0) context.log('warning', `there is no key in ${file}: it holds nothing in PEM`);
    await importKeys(context, blocks, { role: given.text('role'), gun: given.text('gun') });
  }
};
