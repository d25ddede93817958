import { isDigestText, type DigestAlgorithm } from '../../../crypto/digest.js';
import { WritError } from '../../../errors.js';
import { withCustom } from '../../../notary/change-data.js';
import { maybePublish, offlineRepository } from '../context.js';
import { readCustom } from '../custom.js';
import { usage, type Given } from '../flags.js';
import type { VerbRun } from '../verb.js';

const ALGORITHMS = ['sha256', 'sha512'] as const;

export const run: VerbRun = async (context, given) => {
  const [gun = '', target = '', size = ''] = given.args;
  if (given.args.length < 3 || ALGORITHMS.every(name => given.text(name) === '')) {
    throw usage('Must specify a GUN, target, byte size of target data, and at least one hash');
  }
  const custom = await readCustom(given);
  const length = parseSize(size);
  const hashes = new Map(ALGORITHMS.flatMap(name => hashOf(given, name)));
  await offlineRepository(context, gun).addTarget(
    target,
    withCustom({ length, hashes }, custom),
    given.list('roles'),
  );
  const used = [...hashes.keys()].join(', ');
  context.print(
    `Addition of target "${target}" by ${used} hash to repository "${gun}" staged for next publish.`,
  );
  await maybePublish(context, given, gun);
};

/** Decimal, or 0x and hex: as Go reads numbers. @throws WritError NOTARY_ARGUMENT */
function parseSize(text: string): number {
  const size = /^(?:\d+|0[xX][0-9a-fA-F]+)$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(size)) return size;
  throw new WritError('NOTARY_ARGUMENT', `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function hashOf(given: Given, name: DigestAlgorithm): [string, string][] {
  const text = given.text(name).toLowerCase();
  if (text === '') return [];
  if (isDigestText(name, text)) return [[name, text]];
  throw new WritError('NOTARY_ARGUMENT', `invalid ${name} hex contents provided`);
}
