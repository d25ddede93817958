import { loadCatalogue } from '../../config/catalogue.js';
import type { Catalogue } from '../../entitlements/model.js';
import { toWritError } from '../../errors.js';
import { readSignedGrants } from '../../policy/signed-grants.js';
import type { Pin } from '../../trust/pins.js';
import type { JsonObject } from '../../json/types.js';
import { allTargets, type AllTargets } from '../all-targets.js';
import { defineCommand, type Context } from '../command.js';
import { columns } from '../table.js';
import { openPins, refreshPin } from '../trusted.js';

export const command = defineCommand({
  usage: '[NAME] [--digests]',
  description:
    'Lists the signed tags of a trusted repository, or of all of them: what each names, who signed it, and with which\n' +
    'grants. What is current is fetched and verified first. --digests lists the signed digests too.',
  arguments: [0, 1],
  options: { digests: { type: 'boolean', help: 'also what is signed by its digest' } },
  examples: ['writ list', 'writ list example --digests --json'],
  run: async (context, values, [name]) => {
    const store = await openPins(context);
    const pins = name === undefined ? await store.list() : [await store.load(name)];
    const { catalogue } = await loadCatalogue();
    const rows: Row[] = [];
    for (const pin of pins) rows.push(...(await rowsOf(context, pin, catalogue)));
    const shown = rows.filter(row => values.digests || !row.image.includes('@'));
    context.out.result({ images: shown.map(row => ({ ...row })) }, () => table(shown, pins));
    return 0;
  },
});

interface Row {
  readonly image: string;
  readonly digest: string | null;
  readonly repository: string;
  readonly role: string;
  /** Null when none were signed, or they cannot be read. */
  readonly grants: JsonObject | null;
  readonly grantsError: string | null;
}

async function rowsOf(context: Context, pin: Pin, catalogue: Catalogue): Promise<Row[]> {
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
): Pick<Row, 'grants' | 'grantsError'> {
  const end = image.includes('@') ? image.indexOf('@') : image.lastIndexOf(':');
  const pinned = all.targets.get(`${image.slice(0, end)}@sha256:${hex ?? ''}`);
  try {
    const grants = pinned && readSignedGrants(catalogue, pinned.target.custom);
    return { grants: grants?.toJson() ?? null, grantsError: null };
  } catch (error) {
    return { grants: null, grantsError: toWritError(error).message };
  }
}

function grantWords({ grants, grantsError }: Row): string {
  if (grantsError !== null) return `unreadable: ${grantsError}`;
  if (grants === null) return '-';
  const words = Object.entries(grants).map(([domain, level]) => `${domain}=${String(level)}`);
  return words.length === 0 ? 'nothing' : words.join(' ');
}

function table(rows: readonly Row[], pins: readonly Pin[]): string {
  if (pins.length === 0) return 'no repository is trusted; see `writ trust add --help`';
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
