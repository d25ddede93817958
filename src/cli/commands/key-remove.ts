import { defineCommand } from '../command.js';
import { confirm, YES_OPTION } from '../confirm.js';
import { findKey, openKeyStore } from '../keys.js';

export const command = defineCommand({
  usage: 'ID [--yes]',
  description:
    'Removes a key from the key store, for good: without a copy nobody can sign with it again. It counts for as long as\n' +
    'a root or a delegation lists it; `writ root rotate` and `writ delegation add --replace` take it out there. ID may be\n' +
    'cut to 7 digits.',
  arguments: [1, 1],
  options: YES_OPTION,
  examples: ['writ key remove 3f2a91c'],
  run: async (context, { yes }, [id = '']) => {
    const store = await openKeyStore(context);
    const { publicKey, role, repository } = await findKey(store, id);
    const shown = [
      `key         ${publicKey.id}`,
      `role        ${role ?? 'any'}`,
      `repository  ${repository ?? 'not said'}`,
    ].join('\n');
    await confirm(context, { shown, question: 'Remove this key for good?', yes });
    await store.remove(publicKey.id);
    context.out.result({ removed: publicKey.id }, () => `removed ${publicKey.id}`);
    return 0;
  },
});
