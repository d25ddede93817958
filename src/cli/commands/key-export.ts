import { WritError } from '../../errors.js';
import type { KeyInfo } from '../../keystore/key-file.js';
import { publicKeyPem, type KeyStore } from '../../keystore/key-store.js';
import { defineCommand } from '../command.js';
import { writeOutputFile } from '../files.js';
import { findKey, openKeyStore } from '../keys.js';

const FORMATS = ['pem', 'json', 'sealed'] as const;

export const command = defineCommand({
  usage: 'ID [--format pem|json|sealed] [-o FILE]',
  description:
    'Prints the public key as PEM, or as JSON as metadata lists it; with --format sealed the key file itself, which\n' +
    'needs its pass-phrase wherever it goes. A private key is never printed unsealed. ID may be cut to 7 digits.',
  arguments: [1, 1],
  options: {
    format: { type: 'string', value: 'FORMAT', help: `${FORMATS.join(', ')} (default: pem)`, words: FORMATS },
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      help: 'write there instead of stdout; sealed keys with mode 0600',
    },
  },
  examples: ['writ key export 3f2a91c', 'writ key export 3f2a91c --format sealed -o root.key'],
  run: async (context, values, [id = '']) => {
    const { format = 'pem', output } = values;
    const store = await openKeyStore(context);
    const bytes = await exported(store, await findKey(store, id, context), format);
    if (output === undefined) context.out.raw(bytes);
    else await writeOutputFile(output, bytes, format === 'sealed' ? 0o600 : 0o644);
    return 0;
  },
});

async function exported(store: KeyStore, { publicKey }: KeyInfo, format: string): Promise<Uint8Array> {
  switch (format) {
    case 'pem':
      return Buffer.from(publicKeyPem(publicKey));
    case 'json':
      return Buffer.from(`${JSON.stringify(publicKey.toJson())}\n`);
    case 'sealed':
      return store.exportSealed(publicKey.id);
    default:
      throw new WritError('USAGE', `there is no format ${JSON.stringify(format)}`, {
        hint: `write one of ${FORMATS.join(', ')}`,
      });
  }
}
