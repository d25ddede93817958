import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WritError } from '../../errors.js';
import { openTokenAuthority } from '../../repository/token-folder.js';
import { defineCommand } from '../command.js';
import { parseDuration } from '../duration.js';
import { writeOutputFile } from '../files.js';

export const command = defineCommand({
  usage: '--subject NAME [--create PATTERN …] [--push PATTERN …] [--lifetime 30d] [-o FILE]',
  description:
    'Issues a bearer token for the write API, with the key in the data folder of the service (--data). It says who\n' +
    'may create and publish which repositories: in a pattern, * stands for any characters of a name. The token\n' +
    'goes to stdout, or to a file that only its owner can read; clients take it from WRIT_TOKEN or tokenFile.',
  arguments: [0, 0],
  options: {
    subject: { type: 'string', value: 'NAME', help: 'who will hold the token, for logs' },
    create: { type: 'string', multiple: true, value: 'PATTERN', help: 'names that may be created' },
    push: { type: 'string', multiple: true, value: 'PATTERN', help: 'names that may be published to' },
    lifetime: { type: 'string', value: 'TIME', help: 'how long it is good: 90m, 12h, 30d (default: 30d)' },
    output: { type: 'string', short: 'o', value: 'FILE', help: 'write there, mode 0600, instead of stdout' },
  },
  examples: [
    "writ token issue --data /var/lib/writ --subject ci --push 'team-*' -o ci-token",
    'WRIT_TOKEN=$(writ token issue --subject me --create example --push example) writ init example',
  ],
  run: async (context, values) => {
    const { subject, create, push, output } = values;
    if (subject === undefined)
      throw new WritError('USAGE', '--subject is missing: say who will hold the token');
    if (create.length + push.length === 0) {
      throw new WritError(
        'USAGE',
        'the token would allow nothing: give --create or --push a pattern of names',
      );
    }
    const lifetimeSeconds = parseDuration(values.lifetime ?? '30d', '--lifetime');
    const { data } = (await context.config()).config;
    refuseOtherFolder(data);
    const { clock } = context.io;
    const authority = await openTokenAuthority(data, clock);
    const token = await authority.issue({ subject, create, push, lifetimeSeconds });
    const expires = new Date(clock.now().getTime() + lifetimeSeconds * 1000).toISOString();
    if (output !== undefined) {
      await writeOutputFile(output, Buffer.from(`${token}\n`), 0o600);
      context.out.result(
        { file: output, subject, expires },
        () => `${output} holds a token for ${subject} until ${expires}`,
      );
    } else {
      context.out.result({ token, subject, expires }, () => token);
      context.out.note(`for ${subject}, good until ${expires}`);
    }
    return 0;
  },
});

/** A key made by mistake in another folder would issue tokens that no service knows. */
function refuseOtherFolder(data: string): void {
  if (existsSync(join(data, 'token-key'))) return;
  throw new WritError('CLI_FILE', `${data} is not the data folder of a service: it has no token-key`, {
    hint: 'name the folder of the service with --data; its first start makes the key',
  });
}
