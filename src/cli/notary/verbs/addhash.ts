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

const INTEGER =
  /^\+?(?:0|[1-9](?:_?\d)*|0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0(?:[oO](?:_?[0-7])+|(?:_?[0-7])+))$/;

/** As Go reads numbers: 0x10, 1_000, and 010, which is eight. @throws WritError NOTARY_ARGUMENT */
function parseSize(text: string): number {
  const digits = text.replace(/^\+/, '').replaceAll('_', '');
  const size = Number(digits.replace(/^0(?=[0-7])/, '0o'));
  const fault = INTEGER.test(text) ? 'value out of range' : 'invalid syntax';
  if (fault !== 'invalid syntax' && Number.isSafeInteger(size)) return size;
  throw new WritError('NOTARY_ARGUMENT', `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${fault}`);
}

function hashOf(given: Given, name: DigestAlgorithm): [string, string][] {
  const text = given.text(name).toLowerCase();
  if (text === '') return [];
  if (isDigestText(name, text)) return [[name, text]];
  throw new WritError('NOTARY_ARGUMENT', `invalid ${name} hex contents provided`);
}
