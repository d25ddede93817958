import type { PublicKey } from '../../crypto/public-key.js';
import { WritError } from '../../errors.js';
import { MAX_WRITTEN_BIT_LENGTH } from '../../tuf/bins.js';
import { parseRoleName, TARGETS } from '../../tuf/role-name.js';
import { binsInWords } from '../bins/change.js';
import { makeBins, type KeyHolders } from '../bins/make.js';
import { defineCommand, type Context } from '../command.js';
import { findKey, openKeyStore } from '../keys.js';
import { openService, SERVER_OPTION } from '../service.js';
import { columns } from '../table.js';
import { choosePin } from '../trusted.js';

const DEFAULT_BITS = '14';

export const command = defineCommand({
  usage: '[ROLE] [--bits N] [--key ID … [--threshold N]] [--prefix NAME] [--repository NAME]',
  description:
    'Divides a role (default: targets) into 2^N hash bins, so that signing one image of a million changes two small\n' +
    'documents. Each target path belongs to the bin that its SHA-256 names. What the role signs now moves into the\n' +
    'bins. All of them are signed here, by the keys of the role or those of --key, and go live in one commit.\n' +
    'A role that delegates to other roles cannot be divided.',
  arguments: [0, 1],
  options: {
    bits: {
      type: 'string',
      value: 'N',
      help: `2^N bins, 1 to ${MAX_WRITTEN_BIT_LENGTH} (default: ${DEFAULT_BITS})`,
    },
    key: {
      type: 'string',
      multiple: true,
      value: 'ID',
      help: 'a key of the key store that signs the bins (default: the keys of the role)',
    },
    threshold: { type: 'string', value: 'N', help: 'how many of the --key must sign (default: 1)' },
    prefix: {
      type: 'string',
      value: 'NAME',
      help: 'what the names of the bins begin with (default: bins, or ROLE/bins)',
    },
    repository: { type: 'string', value: 'NAME', help: 'the repository (default: the only trusted one)' },
    ...SERVER_OPTION,
  },
  examples: ['writ delegation bins --repository example', 'writ delegation bins team --bits 10'],
  run: async (context, values, [text]) => {
    const role = text === undefined ? TARGETS : parseRoleName(text);
    const pin = await choosePin(context, values.repository);
    const service = await openService(context);
    const made = await makeBins(context, {
      pin,
      service,
      role,
      bits: number('--bits', values.bits ?? DEFAULT_BITS),
      prefix: values.prefix,
      holders: await holdersOf(context, values),
    });
    const { succinct, moved, version } = made;
    const result = {
      repository: pin.name,
      role,
      version,
      bins: 2 ** succinct.bitLength,
      prefix: succinct.namePrefix,
      moved,
      keys: [...succinct.keyIds],
      threshold: succinct.threshold,
    };
    context.out.result(result, () =>
      columns(
        [
          ['divided', `${role} (version ${version}) into ${binsInWords(succinct)}`],
          ['repository', pin.name],
          ['moved', `${moved} targets`],
          ...succinct.keyIds.map((id, i) => [i === 0 ? 'key' : '', id]),
        ],
        '',
      ),
    );
    return 0;
  },
});

async function holdersOf(
  context: Context,
  { key, threshold }: { readonly key: readonly string[]; readonly threshold: string | undefined },
): Promise<KeyHolders | undefined> {
  if (key.length === 0) {
    if (threshold === undefined) return undefined;
    throw new WritError('USAGE', '--threshold is for the keys of --key');
  }
  const store = await openKeyStore(context);
  const keys = new Map<PublicKey['id'], PublicKey>();
  for (const id of key) {
    const { publicKey } = await findKey(store, id);
    keys.set(publicKey.id, publicKey);
  }
  const needed = number('--threshold', threshold ?? '1');
  if (needed < 1 || needed > keys.size) {
    throw new WritError('USAGE', `--threshold must be 1 to ${keys.size}, the number of keys`);
  }
  return { keys, role: { keyIds: [...keys.keys()], threshold: needed } };
}

function number(option: string, text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new WritError('USAGE', `${option} must be a number`);
}
