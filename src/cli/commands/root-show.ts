import { defineCommand } from '../command.js';
import { previousRoot, readDraft, reportOf } from '../root/draft.js';

export const command = defineCommand({
  usage: 'FILE [--previous FILE] [--repository NAME]',
  description:
    'Shows a root: whose keys sign for what, how many must, and whose signatures it has. With the root before it, also\n' +
    'what changes. Nothing is judged, and no network is needed.',
  arguments: [1, 1],
  options: {
    previous: { type: 'string', value: 'FILE', help: 'the root before it' },
    repository: { type: 'string', value: 'NAME', help: 'compare with the root that is trusted here' },
  },
  examples: ['writ root show 1.root.json', 'writ root show 2.root.json --previous 1.root.json'],
  run: async (context, values, [file = '']) => {
    const draft = await readDraft(file);
    const { previous, repository } = values;
    const report = reportOf(draft, await previousRoot(context, { file: previous, repository }));
    context.out.result(report.json, () => report.words);
    return 0;
  },
});
