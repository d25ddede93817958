import { toWritError, WritError } from '../../errors.js';
import { defineCommand, type Context } from '../command.js';
import { describeTrust, prettyTrust, type TrustInfo } from '../docker-trust/describe.js';
import { openTrust, parseNamed } from '../docker-trust/session.js';

export const command = defineCommand({
  usage: 'IMAGE[:TAG] [IMAGE[:TAG] …] [--pretty]',
  description:
    'Says what is signed of an image, by whom, and with which keys, as `docker trust inspect` does: JSON, or with --pretty\n' +
    'words. Grants that were signed with it are shown too. Exit 1 when one of the images has no signatures.',
  arguments: [1, 1000],
  options: { pretty: { type: 'boolean', help: 'print the information in a human friendly format' } },
  examples: ['writ docker-trust inspect registry.example/acme/app --pretty'],
  run: async (context, { pretty }, images) => {
    const found: TrustInfo[] = [];
    const failed: WritError[] = [];
    for (const image of images) {
      try {
        found.push(await inspect(context, image));
      } catch (error) {
        failed.push(toWritError(error));
      }
    }
    if (pretty && !context.out.json) {
      for (const info of found) context.io.stdout.write(prettyTrust(info));
    } else
      context.io.stdout.write(
        `${JSON.stringify(
          found.map(({ json }) => json),
          null,
          4,
        )}\n`,
      );
    for (const error of failed) context.out.warn(error.message);
    return failed.length === 0 ? 0 : 1;
  },
});

async function inspect(context: Context, text: string): Promise<TrustInfo> {
  const named = parseNamed(text);
  try {
    const repository = await openTrust(context, named, 'pull');
    return describeTrust(text, named.tag, await repository.read());
  } catch (cause) {
    if (!(cause instanceof WritError) || cause.code !== 'NOTARY_NO_TRUST') throw cause;
    throw new WritError('NOTARY_NO_TRUST', `no signatures or cannot access ${text}`, { cause });
  }
}
