import { defineCommand } from '../command.js';
import { findKey, openKeyStore } from '../keys.js';
import { newPassphraseFor, passphraseFor } from '../passphrase.js';

export const command = defineCommand({
  usage: 'ID',
  description:
    'Seals a key of the key store with another pass-phrase: of WRIT_NEW_PASSPHRASE, or asked for. Copies of the key file\n' +
    'that lie elsewhere keep the old one: who has such a copy and the old pass-phrase still has the key. ID may be cut to\n' +
    '7 digits.',
  arguments: [1, 1],
  options: {},
  examples: ['writ key passwd 3f2a91c'],
  run: async (context, _values, [id = '']) => {
    const store = await openKeyStore(context);
    const { publicKey, role = 'key' } = await findKey(store, id);
    const purpose = `the ${role === 'key' ? '' : `${role} `}key ${publicKey.id.slice(0, 12)}`;
    const old = await passphraseFor(context, { role, purpose });
    await store.load(publicKey.id, old); // a wrong one is said before a new one is asked for
    await store.reseal(publicKey.id, old, await newPassphraseFor(context, purpose));
    context.out.result({ id: publicKey.id }, () => publicKey.id);
    context.out.note('the key has a new pass-phrase');
    return 0;
  },
});
