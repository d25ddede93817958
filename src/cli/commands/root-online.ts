import { WritError } from '../../errors.js';
import { parseRepositoryName, type RepositoryName } from '../../image/repository-name.js';
import type { RepositoryKeys } from '../../transport/api-types.js';
import { defineCommand } from '../command.js';
import { writeOutputFile } from '../files.js';
import { openService, SERVER_OPTION } from '../service.js';

export const command = defineCommand({
  usage: 'NAME [--next] [-o FILE] [--server URL]',
  description:
    'Asks the service for the public keys that it signs snapshot and timestamp of a repository with, existing or not:\n' +
    'what --online of `writ root init` and `writ root rotate` takes to a machine without a network. With --next they are\n' +
    'other keys: the service signs with them from the root on that lists them.',
  arguments: [1, 1],
  options: {
    ...SERVER_OPTION,
    next: { type: 'boolean', help: 'the keys after those of now, for a root that rotates them' },
    output: { type: 'string', short: 'o', value: 'FILE', help: 'write there instead of stdout' },
  },
  examples: ['writ root online acme -o acme.online.json', 'writ root online acme --next -o acme.next.json'],
  run: async (context, values, [text = '']) => {
    const name = parseRepositoryName(text);
    const keys = await (await openService(context)).repositoryKeys(name);
    const { snapshot, timestamp } = values.next ? nextOf(name, keys) : keys;
    const json = JSON.stringify({ snapshot, timestamp }, null, 2);
    if (values.output === undefined) context.out.result({ snapshot, timestamp }, () => json);
    else await writeOutputFile(values.output, Buffer.from(`${json}\n`));
    return 0;
  },
});

/** @throws WritError REPOSITORY_ONLINE_KEYS */
function nextOf(name: RepositoryName, { next }: RepositoryKeys): NonNullable<RepositoryKeys['next']> {
  if (next !== undefined) return next;
  throw new WritError('REPOSITORY_ONLINE_KEYS', `the service has no other keys for ${name}`, {
    hint: 'its online secret was given no successor: see docs/operate.md, "New online keys"',
  });
}
