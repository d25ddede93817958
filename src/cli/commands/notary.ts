import { WritError } from '../../errors.js';
import { defineCommand } from '../command.js';

/** What `writ help notary` says; its verbs have a command line of their own: notary/main.ts. */
export const command = defineCommand({
  usage: 'VERB …',
  description: `Does what the program \`notary\` does, with the same verbs, flags, environment and trust folder: init, add,
addhash, remove, list, lookup, verify, status, publish, reset, witness, delete, delegation and key. Also when writ is
called by the name notary.

\`writ notary --help\` lists the verbs, \`writ notary VERB --help\` their flags. The exit code is 0, or 1 whatever went
wrong.`,
  arguments: [0, 0],
  options: {},
  examples: [
    'writ notary -s https://notary.example list registry.example/acme/app',
    'writ notary -s https://notary.example add registry.example/acme/app 1.0 manifest.json --publish',
  ],
  run: () => Promise.reject(new WritError('USAGE', 'notary must be the first word: writ notary VERB …')),
});
