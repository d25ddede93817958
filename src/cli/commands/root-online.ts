import { parseRepositoryName } from '../../image/repository-name.js';
import { defineCommand } from '../command.js';
import { writeOutputFile } from '../files.js';
import { openService, SERVER_OPTION } from '../service.js';

export const command = defineCommand({
  usage: 'NAME [-o FILE] [--server URL]',
  description:
    'Asks the service for the public keys that it signs snapshot and timestamp of a repository with, existing or not:\n' +
    'what --online of `writ root init` and `writ root rotate` takes to a machine without a network.',
  arguments: [1, 1],
  options: {
    ...SERVER_OPTION,
    output: { type: 'string', short: 'o', value: 'FILE', help: 'write there instead of stdout' },
  },
  examples: ['writ root online acme -o acme.online.json'],
  run: async (context, values, [text = '']) => {
    const { snapshot, timestamp } = await (
      await openService(context)
    ).repositoryKeys(parseRepositoryName(text));
    const json = JSON.stringify({ snapshot, timestamp }, null, 2);
    if (values.output === undefined) context.out.result({ snapshot, timestamp }, () => json);
    else await writeOutputFile(values.output, Buffer.from(`${json}\n`));
    return 0;
  },
});
