import { WritError } from '../../errors.js';
import { parseImageReference, type ImageReference } from '../../image/reference.js';
import { findTarget } from '../../tuf/client/find-target.js';
import { parseRoleName } from '../../tuf/role-name.js';
import { chooseRepository } from '../choose-repository.js';
import { defineCommand } from '../command.js';
import { publishEdit, tellPublished } from '../edit-role.js';
import { untagPinned } from '../notary-format/take-back.js';
import { REPOSITORY_OPTIONS } from '../repository-option.js';
import { openService } from '../service.js';
import { tagPath } from '../signed-image.js';
import { refreshPin } from '../trusted.js';

export const command = defineCommand({
  usage: 'IMAGE:TAG [--repository NAME] [--role ROLE]',
  description:
    'Takes a tag back: nothing is signed under it any more. The digest that it named stays signed, with its grants: who\n' +
    'names the image by digest may still run it; see `writ revoke`. Without --role the role that speaks for the tag. In\n' +
    'a Notary repository a digest is signed by its tags: with the last of them it is signed no more.',
  arguments: [1, 1],
  options: {
    ...REPOSITORY_OPTIONS,
    role: { type: 'string', value: 'ROLE', help: 'the role that signed it (default: the one that counts)' },
  },
  examples: ['writ untag registry.example/team/app:1'],
  run: async (context, values, [text = '']) => {
    const reference = parseImageReference(text);
    const { tag, path } = taggedPath(reference, text);
    const chosen = await chooseRepository(context, values.repository, reference);
    if (chosen.format === 'notary') {
      await untagPinned(context, chosen.pinned, { reference, tag, role: values.role });
      return 0;
    }
    const hosted = { pin: chosen.pin, service: await openService(context) };
    const found = await findTarget(await refreshPin(context, hosted.pin), path);
    const role = values.role === undefined ? found?.role : parseRoleName(values.role);
    if (role === undefined) throw notSigned(path);
    const published = await publishEdit(context, hosted, role, ({ targets, delegations }) => {
      const left = new Map(targets);
      if (!left.delete(path)) throw notSigned(path, role);
      return { targets: left, delegations };
    });
    tellPublished(context, hosted.pin.name, published, {
      json: { targets: [path] },
      rows: [['untagged', path]],
    });
    return 0;
  },
});

function taggedPath(
  reference: ImageReference,
  text: string,
): { readonly tag: string; readonly path: string } {
  const { tag } = reference;
  if (tag !== undefined) return { tag, path: tagPath(reference, tag) };
  throw new WritError('USAGE', `${text} names a digest, not a tag`, {
    hint: '`writ revoke` takes back a digest and its tags',
  });
}

const notSigned = (path: string, role?: string): WritError =>
  new WritError('CLI_NOT_SIGNED', `${path} is not signed${role === undefined ? '' : ` by ${role}`}`, {
    hint: 'see `writ list` for what is signed, and by which role',
  });
