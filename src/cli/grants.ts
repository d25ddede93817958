/** What --grant and --preset say, and signed grants in words. */
import type { LoadedCatalogue } from '../config/catalogue.js';
import { lowest, type Grants } from '../entitlements/grants.js';
import type { Catalogue } from '../entitlements/model.js';
import { findPreset } from '../entitlements/parse-baselines.js';
import { namedIn, parseGrants } from '../entitlements/parse-grants.js';
import { isWritError } from '../errors.js';
import { asObject } from '../json/read.js';
import { isJsonObject, member, type JsonValue } from '../json/types.js';
import { customOf } from '../notary/change-data.js';
import { readSignedGrants } from '../policy/signed-grants.js';
import type { TargetFile } from '../tuf/model.js';
import type { Context, OptionSpecs } from './command.js';

/** Also a setting: the same folder belongs on every machine of an organisation. */
export const CATALOGUE_OPTION = {
  catalogue: { type: 'string', value: 'DIR', help: 'a folder of own domains and presets' },
} as const satisfies OptionSpecs;

export const GRANT_OPTIONS = {
  ...CATALOGUE_OPTION,
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

/** A file of grants; a preset is smaller. */
const MAX_FILE = 1024 * 1024;

/**
 * The grants that one word names: a preset, `nothing`, `DOMAIN=VALUE` with spaces between them, or a file of YAML or
 * JSON with `DOMAIN: VALUE`, at its top or in its member `grants`.
 *
 * @throws WritError GRANT_PRESET for what is none of them; CLI_FILE, GRANT_*
 */
export async function grantsNamed(
  { io }: Context,
  { catalogue, presets }: LoadedCatalogue,
  word: string,
): Promise<Grants> {
  if (word === 'nothing') return lowest(catalogue);
  const preset = presets.get(word);
  if (preset !== undefined) return preset.grants;
  const words = word.split(/\s+/).filter(one => one !== '');
  if (words.every(one => one.includes('=') || catalogue.aliases.has(one)) && words.length > 0)
    return parseGrants(catalogue, words);
  if (!/[./]|^-$/.test(word)) return findPreset(presets, word).grants;
  const { readInput, inFile } = await import('./files.js');
  const text = Buffer.from(await readInput(word, MAX_FILE, io.stdin)).toString('utf8');
  const { parseYaml } = await import('../config/yaml-text.js');
  return inFile(word, () => {
    const [document] = parseYaml(text, { code: 'GRANT_SYNTAX', file: word, whole: 'the file' });
    const top = asObject((document?.value ?? {}) as JsonValue, 'the file');
    return parseGrants(catalogue, asObject(member(top, 'grants') ?? top, 'grants'));
  });
}

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

/** Signed grants in words; those of no signed grants too, which are not the lowest. */
export const wordsOfGrants = (grants: Grants | undefined): string => grants?.toString() ?? 'none';

/** The grants that a target carries, in words. */
export function grantsCarried(file: TargetFile, catalogue: Catalogue): string {
  const custom = customOf(file);
  try {
    return wordsOfGrants(readSignedGrants(catalogue, isJsonObject(custom) ? custom : undefined));
  } catch (error) {
    if (!isWritError(error, 'POLICY_GRANTS')) throw error;
    return 'some that cannot be read here';
  }
}
