import { WritError } from '../../errors.js';
import { parseImageReference, type ImageReference } from '../../image/reference.js';
import { findTarget } from '../../tuf/client/find-target.js';
import type { RepositoryView } from '../../tuf/client/view.js';
import type { Targets } from '../../tuf/model.js';
import { parseRoleName, type RoleName } from '../../tuf/role-name.js';
import { allTargets } from '../all-targets.js';
import { chooseRepository } from '../choose-repository.js';
import { defineCommand, type Context } from '../command.js';
import { publishEdit, tellPublished } from '../edit-role.js';
import { revokePinned } from '../notary-format/take-back.js';
import { REPOSITORY_OPTIONS } from '../repository-option.js';
import { openService } from '../service.js';
import { digestPath } from '../signed-image.js';
import { refreshPin } from '../trusted.js';

export const command = defineCommand({
  usage: 'IMAGE@DIGEST [--repository NAME] [--role ROLE]',
  description:
    'Takes an image back: its digest is no longer signed, and no tag of it that named the digest. Clients deny it from\n' +
    'their next refresh on. A container that runs is not ended. Other roles that signed the image too are named.',
  arguments: [1, 1],
  options: {
    ...REPOSITORY_OPTIONS,
    role: { type: 'string', value: 'ROLE', help: 'the role that signed it (default: the one that counts)' },
  },
  examples: ['writ revoke registry.example/team/app@sha256:580e2454…'],
  run: async (context, values, [text = '']) => {
    const reference = parseImageReference(text);
    const path = pinnedPath(reference, text);
    const chosen = await chooseRepository(context, values.repository, reference);
    if (chosen.format === 'notary') {
      await revokePinned(context, chosen.pinned, { reference, role: values.role });
      return 0;
    }
    const hosted = { pin: chosen.pin, service: await openService(context) };
    const view = await refreshPin(context, hosted.pin);
    const found = await findTarget(view, path);
    const role = values.role === undefined ? found?.role : parseRoleName(values.role);
    if (role === undefined) throw notSigned(path);
    let gone: string[] = [];
    const published = await publishEdit(context, hosted, role, ({ targets, delegations }) => {
      gone = pathsOf(reference, targets);
      if (gone.length === 0) throw notSigned(path, role);
      const left = new Map(targets);
      for (const one of gone) left.delete(one);
      return { targets: left, delegations };
    });
    tellPublished(context, hosted.pin.name, published, {
      json: { targets: gone },
      rows: gone.map((one, i) => [i === 0 ? 'revoked' : '', one]),
    });
    await warnOfOthers(context, view, reference, role);
    return 0;
  },
});

function pinnedPath(reference: ImageReference, text: string): string {
  if (reference.digest !== undefined) return digestPath(reference, reference.digest);
  throw new WritError('USAGE', `${text} names no digest`, {
    hint: 'write IMAGE@sha256:…, as `writ inspect` shows it; `writ untag` takes back a tag alone',
  });
}

/** The digest itself, and the tags of the same image that lead to it. */
function pathsOf({ repository, digest }: ImageReference, targets: Targets['targets']): string[] {
  const hex = digest?.slice('sha256:'.length);
  return [...targets]
    .filter(([path]) => path.startsWith(`${repository}:`) || path === `${repository}@${String(digest)}`)
    .filter(([, target]) => target.hashes.get('sha256') === hex)
    .map(([path]) => path)
    .sort();
}

/** A role that was hidden behind this one may count from now on. */
async function warnOfOthers(
  context: Context,
  view: RepositoryView,
  reference: ImageReference,
  revoked: RoleName,
): Promise<void> {
  const { documents } = await allTargets(view);
  for (const { role, value } of documents) {
    const paths = role === revoked ? [] : pathsOf(reference, value.targets);
    if (paths.length > 0)
      context.out.warn(`${role} signs ${paths.join(', ')} too: revoke it there with --role ${role}`);
  }
}

const notSigned = (path: string, role?: string): WritError =>
  new WritError('CLI_NOT_SIGNED', `${path} is not signed${role === undefined ? '' : ` by ${role}`}`, {
    hint: 'see `writ list` for what is signed, and by which role',
  });
