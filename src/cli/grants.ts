/** What --grant and --preset say. */
import type { LoadedCatalogue } from '../config/catalogue.js';
import { lowest, type Grants } from '../entitlements/grants.js';
import { findPreset } from '../entitlements/parse-baselines.js';
import { namedIn } from '../entitlements/parse-grants.js';
import type { OptionSpecs } from './command.js';

export const GRANT_OPTIONS = {
  grant: {
    type: 'string',
    multiple: true,
    value: 'DOMAIN=VALUE',
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
 * The grants that the options name: the preset, with each `--grant` in place of the preset's value of that domain.
 *
 * @throws WritError GRANT_PRESET, GRANT_SYNTAX, GRANT_DOMAIN, GRANT_LEVEL, GRANT_ITEM, GRANT_AMOUNT, GRANT_CONFLICT
 */
export function grantsGiven({ catalogue, presets }: LoadedCatalogue, given: GivenGrants): Grants {
  const named = namedIn(catalogue, given.grant);
  const { preset } = given;
  const base = preset === undefined ? lowest(catalogue) : findPreset(presets, preset).grants;
  return base.with(named);
}
