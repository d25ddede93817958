/** What --grant and --preset say. */
import type { LoadedCatalogue } from '../config/catalogue.js';
import type { Grants } from '../entitlements/grants.js';
import { findPreset } from '../entitlements/parse-baselines.js';
import type { Catalogue } from '../entitlements/model.js';
import { parseGrant, parseGrants } from '../entitlements/parse-grants.js';
import type { OptionSpecs } from './command.js';

export const GRANT_OPTIONS = {
  grant: {
    type: 'string',
    multiple: true,
    value: 'DOMAIN=LEVEL',
    help: 'a right, as `writ profile list` names it',
  },
  preset: {
    type: 'string',
    value: 'NAME',
    help: 'a named set of grants; --grant overrides its domains',
  },
} as const satisfies OptionSpecs;

export interface GivenGrants {
  readonly grant: readonly string[];
  readonly preset: string | undefined;
}

/**
 * The grants that the options name: the preset, with each `--grant` in place of the preset's level of that domain.
 *
 * @throws WritError GRANT_PRESET, GRANT_SYNTAX, GRANT_DOMAIN, GRANT_LEVEL, GRANT_CONFLICT
 */
export function grantsGiven({ catalogue, presets }: LoadedCatalogue, given: GivenGrants): Grants {
  const grants = parseGrants(catalogue, given.grant);
  if (given.preset === undefined) return grants;
  const preset = findPreset(presets, given.preset);
  const overrides = given.grant.flatMap(entry => [...levelsNamed(catalogue, entry)]);
  return parseGrants(catalogue, { ...preset.grants.toJson(), ...Object.fromEntries(overrides) });
}

/** An override may also name the lowest level, which grants do not keep. */
function levelsNamed(catalogue: Catalogue, entry: string): ReadonlyMap<string, string> {
  const alias = catalogue.aliases.get(entry);
  if (alias !== undefined) return alias;
  const { domain, level } = parseGrant(entry);
  return new Map([[domain, level]]);
}
