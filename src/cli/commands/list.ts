import type { Catalogue } from '../../entitlements/model.js';
import type { Pin } from '../../trust/pins.js';
import { allTargets, type AllTargets } from '../all-targets.js';
import { chooseRepository, exactPins, type Chosen } from '../choose-repository.js';
import { defineCommand, type Context } from '../command.js';
import { grantsListed, type ListedImage } from '../listed-image.js';
import { listPinned } from '../notary-format/list.js';
import { columns } from '../table.js';
import { openPins, refreshPin } from '../trusted.js';

export const command = defineCommand({
  usage: '[NAME] [--digests]',
  description:
    'Lists the signed tags of a trusted repository, or of all of them: what each names, who signed it, and with which\n' +
    'grants. What is current is fetched and verified first. --digests lists the signed digests too; in a Notary\n' +
    'repository a digest is signed by its tags alone.',
  arguments: [0, 1],
  options: { digests: { type: 'boolean', help: 'also what is signed by its digest' } },
  examples: ['writ list', 'writ list example --digests --json'],
  run: async (context, values, [name]) => {
    const chosen = name === undefined ? await allOf(context) : [await chooseRepository(context, name)];
    const { catalogue } = await context.catalogue();
    const rows: ListedImage[] = [];
    for (const one of chosen) {
      rows.push(
        ...(one.format === 'notary'
          ? await listPinned(context, one.pinned, catalogue)
          : await rowsOf(context, one.pin, catalogue)),
      );
    }
    const shown = rows.filter(row => values.digests || !row.image.includes('@'));
    context.out.result({ images: shown.map(row => ({ ...row })) }, () => table(shown, chosen.length === 0));
    return 0;
  },
});

async function allOf(context: Context): Promise<Chosen[]> {
  const pins = await (await openPins(context)).list();
  const pinned = await exactPins(context);
  return [
    ...pins.map(pin => ({ format: 'tuf', pin }) as const),
    ...pinned.map(one => ({ format: 'notary', pinned: one }) as const),
  ];
}

async function rowsOf(context: Context, pin: Pin, catalogue: Catalogue): Promise<ListedImage[]> {
  const all = await allTargets(await refreshPin(context, pin));
  for (const { role, error } of all.unreadable) {
    context.out.warn(`what ${role} of ${pin.name} signed is not listed: ${error.message}`);
  }
  return [...all.targets].map(([image, found]) => {
    const hex = found.target.hashes.get('sha256');
    return {
      image,
      digest: hex === undefined ? null : `sha256:${hex}`,
      repository: pin.name,
      role: found.role,
      ...grantsOf(image, hex, all, catalogue),
    };
  });
}

/** A tag has the grants of the digest that it names. */
function grantsOf(
  image: string,
  hex: string | undefined,
  all: AllTargets,
  catalogue: Catalogue,
): Pick<ListedImage, 'grants' | 'grantsError'> {
  const end = image.includes('@') ? image.indexOf('@') : image.lastIndexOf(':');
  const pinned = all.targets.get(`${image.slice(0, end)}@sha256:${hex ?? ''}`);
  return grantsListed(catalogue, pinned?.target);
}

function grantWords({ grants, grantsError }: ListedImage): string {
  if (grantsError !== null) return `unreadable: ${grantsError}`;
  if (grants === null) return '-';
  const words = Object.entries(grants).map(([domain, level]) => `${domain}=${String(level)}`);
  return words.length === 0 ? 'nothing' : words.join(' ');
}

function table(rows: readonly ListedImage[], nothingTrusted: boolean): string {
  if (nothingTrusted) return 'no repository is trusted; see `writ trust add --help`';
  if (rows.length === 0) return 'nothing is signed yet; see `writ sign --help`';
  return columns(
    [
      ['IMAGE', 'DIGEST', 'REPOSITORY', 'ROLE', 'GRANTS'],
      ...rows.map(row => [
        row.image,
        row.image.includes('@') ? '' : (row.digest?.slice(0, 19) ?? '-'),
        row.repository,
        row.role,
        grantWords(row),
      ]),
    ],
    '',
  );
}
