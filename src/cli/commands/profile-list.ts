import type { LoadedCatalogue } from '../../config/catalogue.js';
import { list, type DomainSummary } from '../../entitlements/list.js';
import { WritError } from '../../errors.js';
import type { JsonObject } from '../../json/types.js';
import { defineCommand } from '../command.js';
import { CATALOGUE_OPTION } from '../grants.js';
import { suggest } from '../../entitlements/suggest.js';
import { columns } from '../table.js';

export const command = defineCommand({
  usage: '[DOMAIN] [--catalogue DIR]',
  description:
    'Lists every domain of rights with its levels, lowest first, and the presets; with DOMAIN, what each of its\n' +
    'levels means, opens and does not cover.',
  arguments: [0, 1],
  options: CATALOGUE_OPTION,
  examples: [
    'writ profile list',
    'writ profile list network',
    'writ profile list --catalogue ./domains acme.lab',
  ],
  run: async ({ out, catalogue }, _values, [name]) => {
    const loaded = await catalogue();
    const domains = list(loaded.catalogue);
    if (name === undefined) {
      out.result(everything(loaded, domains), () => overview(loaded, domains));
      return;
    }
    const domain = domains.find(candidate => candidate.domain === name);
    if (domain === undefined) throw unknownDomain(name, domains);
    out.result(domainJson(domain), () => details(domain));
  },
});

function overview(
  { catalogue, presets, baselines }: LoadedCatalogue,
  domains: readonly DomainSummary[],
): string {
  return [
    `Catalogue ${catalogue.version}`,
    '',
    columns(domains.map(({ domain, takes, summary }) => [domain, takes, summary])),
    '',
    'Presets',
    columns([...presets.values()].map(({ name, summary, grants }) => [name, grants.toString(), summary])),
    '',
    `Runtimes  ${[...baselines.runtimes.keys()].join(', ')}`,
  ].join('\n');
}

function details({ domain, summary, form, parts }: DomainSummary): string {
  const rows = parts.flatMap(part => [
    [part.grant, part.summary],
    ...more('capabilities', part.capabilities),
    ...more('opens', part.opens),
    ...more('does not cover', part.doesNotCover),
    ...more('makes meaningless', part.voids),
  ]);
  return [`${domain}: ${summary}`, `takes ${form}`, '', columns(rows)].join('\n');
}

const more = (what: string, items: readonly string[]): string[][] =>
  items.length === 0 ? [] : [['', `${what}: ${items.join(', ')}`]];

/** The parts under the name that the catalogue has for them: `levels`, `members`, `set`, `quantity`. */
const PARTS = { ladder: 'levels', members: 'members', items: 'set', quantity: 'quantity' } as const;

const domainJson = ({ domain, summary, kind, form, parts }: DomainSummary): JsonObject => ({
  domain,
  summary,
  takes: form,
  [PARTS[kind]]: parts.map(part => ({ ...part })),
});

function everything(
  { catalogue, presets, baselines }: LoadedCatalogue,
  domains: readonly DomainSummary[],
): JsonObject {
  return {
    catalogue: catalogue.version,
    domains: domains.map(domainJson),
    presets: [...presets.values()].map(({ name, summary, grants }) => ({
      name,
      summary,
      grants: grants.toJson(),
    })),
    aliases: Object.fromEntries(
      [...catalogue.aliases].map(([name, levels]) => [name, Object.fromEntries(levels)]),
    ),
    runtimes: [...baselines.runtimes.values()].map(({ id, arches }) => ({ runtime: id, arches })),
  };
}

function unknownDomain(name: string, domains: readonly DomainSummary[]): WritError {
  const near = suggest(
    name,
    domains.map(({ domain }) => domain),
  );
  const hint = near === undefined ? 'see `writ profile list`' : `did you mean ${near}?`;
  return new WritError('GRANT_DOMAIN', `there is no domain ${JSON.stringify(name)}`, { hint });
}
