import { defineCommand } from '../command.js';
import { openNotaryPins } from '../notary-format/open.js';
import { openPins } from '../trusted.js';

export const command = defineCommand({
  usage: 'NAME',
  description:
    'Forgets a pinned root, and with it which versions of the repository were seen: nothing of it verifies any more.',
  arguments: [1, 1],
  options: {},
  examples: ['writ trust remove example', 'writ trust remove registry.example/acme/app'],
  run: async (context, _values, [name = '']) => {
    const wasNotary = await (await openNotaryPins(context)).remove(name);
    if (!wasNotary) await (await openPins(context)).remove(name);
    context.out.result({ removed: name }, () => `no longer trusting ${name}`);
    return 0;
  },
});
