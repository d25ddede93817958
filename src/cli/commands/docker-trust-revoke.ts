import { WritError } from '../../errors.js';
import { defineCommand, type Context } from '../command.js';
import { confirm, YES_OPTION } from '../confirm.js';
import { releasedTarget, RELEASES, signableRoles } from '../../notary/released.js';
import { openTrust, parseNamed, type Named } from '../docker-trust/session.js';
import { TARGETS } from '../../tuf/role-name.js';

export const command = defineCommand({
  usage: 'IMAGE[:TAG] [--yes]',
  description:
    'Takes back the signature of a tag, or of all tags when none is named, in every role that a key of the trust folder\n' +
    'may sign for.',
  arguments: [1, 1],
  options: YES_OPTION,
  examples: ['writ docker-trust revoke registry.example/acme/app:1.0'],
  run: async (context, { yes }, [text = '']) => {
    const named = parseNamed(text);
    if (named.tag === undefined) {
      await confirm(context, {
        shown: `All signatures of ${text} are deleted.`,
        question: `Please confirm you would like to delete all signature data for ${text}?`,
        yes,
      });
    }
    const tags = await revoke(context, named);
    context.out.result(
      { image: named.reference.repository, revoked: tags },
      () => `Successfully deleted signature for ${text}`,
    );
    return 0;
  },
});

async function revoke(context: Context, named: Named): Promise<string[]> {
  const repository = await openTrust(context, named, 'push,pull');
  await repository.changes.remove();
  const collection = await repository.read();
  const tags =
    named.tag === undefined ? collection.targets([RELEASES, TARGETS]).map(({ name }) => name) : [named.tag];
  if (tags.length === 0)
    throw new WritError(
      'NOTARY_TARGET',
      `could not remove signature for ${named.text}: no signed tags to remove`,
    );
  for (const tag of tags) {
    if (releasedTarget(collection, tag) === undefined)
      throw new WritError(
        'NOTARY_TARGET',
        `could not remove signature for ${named.text}: No valid trust data for ${tag}`,
      );
    await repository.removeTarget(tag, await signableRoles(repository, collection, tag));
  }
  await repository.publish();
  return tags;
}
