import { WritError } from '../../errors.js';
import { parseImageReference, type ImageReference } from '../../image/reference.js';
import { findTarget } from '../../tuf/client/find-target.js';
import { parseRoleName } from '../../tuf/role-name.js';
import { defineCommand } from '../command.js';
import { publishEdit, tellPublished } from '../edit-role.js';
import { openHosted, REPOSITORY_OPTIONS } from '../repository-option.js';
import { tagPath } from '../signed-image.js';
import { refreshPin } from '../trusted.js';

export const command = defineCommand({
  usage: 'IMAGE:TAG [--repository NAME] [--role ROLE]',
  description:
    'Takes a tag back: nothing is signed under it any more. The digest that it named stays signed, with its grants: who\n' +
    'names the image by digest may still run it; see `writ revoke`. Without --role the role that speaks for the tag.',
  arguments: [1, 1],
  options: {
    ...REPOSITORY_OPTIONS,
    role: { type: 'string', value: 'ROLE', help: 'the role that signed it (default: the one that counts)' },
  },
  examples: ['writ untag registry.example/team/app:1'],
  run: async (context, values, [text = '']) => {
    const path = taggedPath(parseImageReference(text), text);
    const hosted = await openHosted(context, values.repository);
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

function taggedPath(reference: ImageReference, text: string): string {
  const tag = reference.writtenTag ?? reference.tag;
  if (tag !== undefined && reference.digest === undefined) return tagPath(reference, tag);
  throw new WritError('USAGE', `${text} names a digest, not a tag`, {
    hint: '`writ revoke` takes back a digest and its tags',
  });
}

const notSigned = (path: string, role?: string): WritError =>
  new WritError('CLI_NOT_SIGNED', `${path} is not signed${role === undefined ? '' : ` by ${role}`}`, {
    hint: 'see `writ list` for what is signed, and by which role',
  });
