import { buildRoot } from '../../tuf/build/signed-part.js';
import { parseRoleName, ROOT, SNAPSHOT, TIMESTAMP } from '../../tuf/role-name.js';
import { WritError } from '../../errors.js';
import { chooseRepository } from '../choose-repository.js';
import { defineCommand, type Context } from '../command.js';
import { resignBins } from '../bins/change.js';
import { binsOfRole } from '../bins/documents.js';
import { publishEdit, tellPublished } from '../edit-role.js';
import { expiryOfYear } from '../lifetime.js';
import { resignPinned } from '../notary-format/resign.js';
import { publishNext, type Published } from '../publish.js';
import { REPOSITORY_OPTIONS, type Hosted } from '../repository-option.js';
import { rootGroups } from '../root/draft.js';
import { openService } from '../service.js';
import { refreshPin } from '../trusted.js';

export const command = defineCommand({
  usage: 'ROLE [--repository NAME]',
  description:
    'Signs a role again as it is, with a new expiry a year from now: root, targets or a delegated role; a role of hash\n' +
    'bins with all its bins, in one visit. Snapshot and timestamp are signed again by the service itself.\n' +
    'In a Notary repository the expiry is three years from now, and the root is signed again with what is published in\n' +
    'its last six months. See `writ status` for what expires when.',
  arguments: [1, 1],
  options: REPOSITORY_OPTIONS,
  examples: ['writ resign targets', 'writ resign root --repository acme'],
  run: async (context, values, [text = '']) => {
    const role = parseRoleName(text);
    if (role === SNAPSHOT || role === TIMESTAMP) {
      throw new WritError('USAGE', `${role} is signed again by the service itself, ahead of its expiry`);
    }
    const chosen = await chooseRepository(context, values.repository);
    if (chosen.format === 'notary') {
      await resignPinned(context, chosen.pinned, role);
      return 0;
    }
    const hosted = { pin: chosen.pin, service: await openService(context) };
    const published =
      role === ROOT
        ? await resignRoot(context, hosted)
        : await publishEdit(context, hosted, role, current => current);
    const bins =
      role === ROOT ? undefined : await binsOfRole(await refreshPin(context, hosted.pin), hosted.pin, role);
    const signed = bins && (await resignBins(context, { ...hosted, role }, bins));
    tellPublished(context, hosted.pin.name, published, {
      json: signed === undefined ? {} : { bins: signed.bins },
      rows: [['signed again', signed === undefined ? role : `${role} and its ${signed.bins} hash bins`]],
    });
    return 0;
  },
});

function resignRoot(context: Context, { pin, service }: Hosted): Promise<Published> {
  return publishNext(context, pin, service, async ({ root: { value } }) => {
    const version = value.version + 1;
    const signed = buildRoot({ ...value, version, expires: expiryOfYear(context.io.clock.now()) });
    return { role: ROOT, base: value.version, signed, groups: rootGroups({ ...value, version }, value) };
  });
}
