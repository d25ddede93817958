import { WritError } from '../../errors.js';
import { writeSignedGrants } from '../../policy/signed-grants.js';
import { parseRoleName, TARGETS } from '../../tuf/role-name.js';
import { binsInWords, importIntoBins } from '../bins/change.js';
import { binsOfRole } from '../bins/documents.js';
import { MAX_IMPORT_BYTES, readImportList } from '../bins/import-file.js';
import { defineCommand } from '../command.js';
import { inFile, readInput } from '../files.js';
import { GRANT_OPTIONS, grantsGiven } from '../grants.js';
import { openService, SERVER_OPTION } from '../service.js';
import { columns } from '../table.js';
import { choosePin, refreshPin } from '../trusted.js';

export const command = defineCommand({
  usage: '--from FILE [--grant DOMAIN=LEVEL …] [--repository NAME] [--role ROLE]',
  description:
    'Signs many images in one go, in a role that is divided into hash bins (`writ delegation bins`). FILE has one\n' +
    'image on a line: IMAGE[:TAG]@DIGEST, the bytes of its manifest, and its grants if they are not those of --grant.\n' +
    'No registry is asked, and no manifest is stored: who lists an image vouches for its digest. All images are\n' +
    'published in one commit, or none. Running it again signs what is missing, and nothing else.',
  arguments: [0, 0],
  options: {
    from: { type: 'string', value: 'FILE', help: 'the list of images; - is standard input' },
    ...GRANT_OPTIONS,
    repository: {
      type: 'string',
      value: 'NAME',
      help: 'the repository to sign in (default: the only trusted one)',
    },
    role: { type: 'string', value: 'ROLE', help: 'the role that has the bins (default: targets)' },
    ...SERVER_OPTION,
  },
  examples: ['writ import --from images.txt --grant network=user'],
  run: async (context, values) => {
    const { from } = values;
    if (from === undefined) throw new WritError('USAGE', 'name the list of images with --from FILE');
    const role = values.role === undefined ? TARGETS : parseRoleName(values.role);
    const pin = await choosePin(context, values.repository);
    const service = await openService(context);
    const loaded = await context.catalogue();
    const isGranted = values.grant.length > 0 || values.preset !== undefined;
    const defaults = isGranted ? writeSignedGrants(grantsGiven(loaded, values)) : undefined;
    const bytes = await readInput(from, MAX_IMPORT_BYTES, context.io.stdin);
    const list = await inFile(from, () => readImportList(bytes, { catalogue: loaded.catalogue, defaults }));
    const source = await binsOfRole(await refreshPin(context, pin), pin, role);
    if (source === undefined) {
      throw new WritError('USAGE', `the role ${role} has no hash bins to import into`, {
        hint: 'divide it once with `writ delegation bins`, or sign image by image with `writ sign`',
      });
    }
    context.out.note(
      `${list.images} images are ${list.entries.size} targets of ${binsInWords(source.succinct)}`,
    );
    const done = await importIntoBins(context, { pin, service, role }, source, list.entries);
    const result = {
      repository: pin.name,
      role,
      images: list.images,
      targets: list.entries.size,
      bins: done.bins,
      signers: [...done.signers],
    };
    context.out.result(result, () =>
      columns(
        [
          ['imported', `${list.images} images, ${list.entries.size} targets`],
          ['repository', pin.name],
          [
            'role',
            done.bins === 0 ? `${role}: everything was signed already` : `${role}, ${done.bins} bins changed`,
          ],
          ...done.signers.map((id, i) => [i === 0 ? 'key' : '', id]),
        ],
        '',
      ),
    );
    return 0;
  },
});
