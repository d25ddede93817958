import type { LoadedCatalogue } from '../../config/catalogue.js';
import { WritError } from '../../errors.js';
import { defineCommand } from '../command.js';
import { completionScript, SHELLS } from '../completion/scripts.js';
import type { Values } from '../completion/table.js';

export const command = defineCommand({
  usage: `${SHELLS.join('|')}`,
  description:
    'Prints a script that teaches the shell the commands, options and fixed words of writ, with the grants, presets and\n' +
    'runtimes that there are now.',
  arguments: [1, 1],
  words: SHELLS,
  options: {},
  examples: [
    'source <(writ completion bash)',
    'writ completion zsh > "${fpath[1]}/_writ"',
    'writ completion fish > ~/.config/fish/completions/writ.fish',
  ],
  run: async ({ io, commands, catalogue }, _values, [shell]) => {
    const known = SHELLS.find(name => name === shell);
    if (known === undefined) {
      throw new WritError('USAGE', `there is no completion for the shell ${JSON.stringify(shell)}`, {
        hint: `write one of ${SHELLS.join(', ')}`,
      });
    }
    io.stdout.write(await completionScript(known, commands, valuesIn(await catalogue())));
    return undefined;
  },
});

function valuesIn({ catalogue, presets, baselines }: LoadedCatalogue): Values {
  const grants = [...catalogue.domains].flatMap(([name, domain]) =>
    domain.kind === 'ladder' ? domain.levels.map(level => `${name}=${level.name}`) : [`${name}=`],
  );
  return new Map([
    ['grant', grants],
    ['preset', [...presets.keys()]],
    ['runtime', [...baselines.runtimes.keys()]],
  ]);
}
