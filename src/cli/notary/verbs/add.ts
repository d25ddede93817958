import { digestHex } from '../../../crypto/digest.js';
import { maybePublish, needArgs, offlineRepository, readInput } from '../context.js';
import { readCustom } from '../custom.js';
import type { VerbRun } from '../verb.js';
import { withCustom } from '../../../notary/change-data.js';

export const run: VerbRun = async (context, given) => {
  const [gun = '', target = '', path = ''] = needArgs(
    given,
    3,
    'Must specify a GUN, target, and path to target data',
  );
  const custom = await readCustom(given);
  const bytes = await readInput(path);
  const file = {
    length: bytes.length,
    hashes: new Map([
      ['sha256', digestHex('sha256', bytes)],
      ['sha512', digestHex('sha512', bytes)],
    ]),
  };
  await offlineRepository(context, gun).addTarget(target, withCustom(file, custom), given.list('roles'));
  context.print(`Addition of target "${target}" to repository "${gun}" staged for next publish.`);
  await maybePublish(context, given, gun);
};
