/** The pages that are made of the catalogue: every domain for people, and the table of homes. */
import { loadCatalogue } from '../../src/config/catalogue.js';
import { homesOf, NOWHERE } from '../../src/entitlements/homes.js';
import { list, type DomainSummary, type PartSummary } from '../../src/entitlements/list.js';

const { catalogue, presets } = await loadCatalogue();

/** `docs/entitlements.md`. */
export function entitlementsPage(): string {
  return [
    '# Entitlements',
    '',
    'Generated from `policies/` by `npm run docs`; do not edit.',
    '',
    ...INTRODUCTION,
    '## Presets',
    '',
    '| preset | grants | for |',
    '|---|---|---|',
    ...[...presets.values()].map(
      ({ name, summary, grants }) => `| \`${name}\` | \`${grants.toString()}\` | ${cell(summary)} |`,
    ),
    '',
    '## Old names',
    '',
    'Wherever `--grant` takes a right it takes these names of Docker’s libentitlement and of BuildKit too. Each stands for a',
    'set of grants; signed metadata holds the grants.',
    '',
    '| name | grants |',
    '|---|---|',
    ...[...catalogue.aliases].map(
      ([name, values]) =>
        `| \`${name}${name.endsWith('=') ? 'DEVICE' : ''}\` | ${[...values]
          .map(([domain, value]) => `\`${domain}=${value === '$' ? 'DEVICE' : String(value)}\``)
          .join(' ')} |`,
    ),
    '',
    ...list(catalogue).flatMap(domainSection),
  ].join('\n');
}

const INTRODUCTION = [
  'A grant is a right that a person can understand. What an image is not granted it does not have: a domain that no grant',
  'names is at its lowest level, its set is empty, its quantity at its default. Grants never conflict, their order never',
  'matters, and they can be compared: the lower of two levels, what both sets cover, the smaller amount.',
  '',
  '- A **ladder** has levels, lowest first; a level has all that the levels below it have.',
  '- A **set** holds members that the catalogue names, or items of one kind: `host.paths=/srv/data:ro,/etc/ssl:ro`.',
  '- A **quantity** is an amount: `resources.memory=256Mi`.',
  '',
  'In a policy’s authority a quantity that is not named is unlimited. A grant that makes other domains _meaningless_ may',
  'only be given by who may give all of those too. [own-domains.md](own-domains.md) says how to add a domain;',
  '[reference/homes.md](reference/homes.md) says where each capability and each call belongs.',
  '',
];

function domainSection({ domain, summary, form, parts }: DomainSummary): string[] {
  return [
    `## ${domain}`,
    '',
    `${sentence(summary)} Takes ${cell(form)}.`,
    '',
    ...parts.flatMap(partLines),
    '',
  ];
}

function partLines({ grant, summary, capabilities, opens, doesNotCover, voids }: PartSummary): string[] {
  const more = (what: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : [`  - ${what}: ${items.join(' · ')}`];
  return [
    `- \`${grant}\`: ${summary}`,
    ...more('capabilities', capabilities),
    ...more('opens', opens),
    ...more('does not cover', doesNotCover),
    ...more(
      'makes meaningless',
      voids.map(name => (name === '*' ? 'every other domain' : name)),
    ),
  ];
}

/** `docs/reference/homes.md`. */
export function homesPage(): string {
  const rows = [...homesOf(catalogue)].map(([name, [home]]): [string, string] => [
    name,
    home?.part === undefined ? NOWHERE : `${home.domain}=${home.part}`,
  ]);
  return [
    '# Homes',
    '',
    'Generated from `policies/entitlements/` by `npm run docs`; do not edit.',
    '',
    'Each capability and each call of every table has one home: the domain that opens it and does not list it under `also`,',
    'and there the lowest level, or the first member, that opens any of it. Another domain may open it too, for other',
    'arguments or on other architectures; `writ profile explain NAME` lists all of them. `none` opens nothing.',
    '',
    '| name | home |',
    '|---|---|',
    ...rows.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, home]) => `| \`${name}\` | \`${home}\` |`),
    '',
  ].join('\n');
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
