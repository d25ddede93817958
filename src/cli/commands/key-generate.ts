import { KEY_SCHEMES } from '../../keystore/private-key.js';
import { defineCommand } from '../command.js';
import { openKeyStore, optionalRole, prepareKey } from '../keys.js';

export const command = defineCommand({
  usage: '[--scheme SCHEME] [--role ROLE] [--repository NAME]',
  description:
    'Makes a private key and seals it with a pass-phrase in the key store. A key that is made for a role signs for no\n' +
    'other. Prints the id of the key.',
  arguments: [0, 0],
  options: {
    scheme: {
      type: 'string',
      value: 'SCHEME',
      help: `${KEY_SCHEMES.join(', ')} (default: ed25519)`,
      words: KEY_SCHEMES,
    },
    role: { type: 'string', value: 'ROLE', help: 'the only role that the key may sign for' },
    repository: { type: 'string', value: 'NAME', help: 'the repository that the key is for, as a note' },
  },
  examples: [
    'writ key generate --role targets',
    'WRIT_PASSPHRASE_FILE=phrase writ key generate --scheme ecdsa-sha2-nistp256',
  ],
  run: async (context, values) => {
    const store = await openKeyStore(context);
    const role = optionalRole(values.role);
    const { privateKey, passphrase, options } = await prepareKey(context, {
      scheme: values.scheme ?? 'ed25519',
      ...(role === undefined ? {} : { role }),
      ...(values.repository === undefined ? {} : { repository: values.repository }),
    });
    const { publicKey } = await store.add(privateKey, passphrase, options);
    context.out.result(
      { id: publicKey.id, scheme: publicKey.scheme, role: role ?? null, public: publicKey.toJson() },
      () => publicKey.id,
    );
    context.out.note(`an ${publicKey.scheme} key in ${(await context.config()).config.keys}`);
    return 0;
  },
});
