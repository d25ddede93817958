/** Reads the runtime baselines and the presets. */
import { suggest } from './suggest.js';
import { arrayAt, asInteger, asObject, objectAt, stringAt, stringsAt } from '../json/read.js';
import type { JsonObject, JsonValue } from '../json/types.js';
import { WritError } from '../errors.js';
import type { Grants } from './grants.js';
import type { Baseline, Baselines, Catalogue } from './model.js';
import { ARCHITECTURES } from './architectures.js';
import { catalogueError, oneOf, onlyMembers } from './parse-effects.js';
import { parseGrants } from './parse-grants.js';
import { quoted } from './text.js';

/** A named set of grants. */
export interface Preset {
  readonly name: string;
  readonly summary: string;
  readonly grants: Grants;
  /** As the preset names them: an authority that starts from it leaves the other quantities unlimited. */
  readonly written: JsonObject;
}

/**
 * @param data - `{oldest-kernel, libseccomp: {version: number}, runtimes: [...]}`
 * @throws WritError CATALOGUE_FORMAT, JSON_TYPE naming the member
 */
export function parseBaselines(data: JsonObject): Baselines {
  const libseccomp = objectAt(data, 'libseccomp', 'baselines');
  const runtimes = arrayAt(data, 'runtimes', 'baselines').map(parseBaseline);
  return {
    oldestKernel: stringAt(data, 'oldest-kernel', 'baselines'),
    libseccomp: new Map(
      Object.entries(libseccomp).map(([version, highest]) => [
        version,
        asInteger(highest, `libseccomp.${version}`, 1),
      ]),
    ),
    runtimes: new Map(runtimes.map(baseline => [baseline.id, baseline])),
  };
}

function parseBaseline(value: JsonValue, i: number): Baseline {
  const path = `runtimes[${i}]`;
  const object = asObject(value, path);
  onlyMembers(object, ['runtime', 'arches', 'obtained', 'early', 'late'], path);
  const id = stringAt(object, 'runtime', path);
  if (!/^[a-z]+-\d+\.\d+$/.test(id)) throw catalogueError(`${path}.runtime`, 'must be like runc-1.1');
  return {
    id,
    arches: stringsAt(object, 'arches', path).map(arch => oneOf(arch, ARCHITECTURES, `${path}.arches`)),
    obtained: stringAt(object, 'obtained', path),
    early: stringsAt(object, 'early', path),
    late: stringsAt(object, 'late', path),
  };
}

/**
 * @param data - a list of `{preset, summary, grants}`
 * @throws WritError CATALOGUE_FORMAT, JSON_TYPE, GRANT_DOMAIN, GRANT_LEVEL, GRANT_ITEM, GRANT_AMOUNT
 */
export function parsePresets(catalogue: Catalogue, data: readonly JsonValue[]): Map<string, Preset> {
  const presets = data.map((value, i) => {
    const path = `presets[${i}]`;
    const object = asObject(value, path);
    onlyMembers(object, ['preset', 'summary', 'grants'], path);
    const written = objectAt(object, 'grants', path);
    return {
      name: stringAt(object, 'preset', path),
      summary: stringAt(object, 'summary', path),
      grants: parseGrants(catalogue, written),
      written,
    };
  });
  return new Map(presets.map(preset => [preset.name, preset]));
}

/**
 * The preset called `name`.
 *
 * @throws WritError GRANT_PRESET
 */
export function findPreset(presets: ReadonlyMap<string, Preset>, name: string): Preset {
  const preset = presets.get(name);
  if (preset) return preset;
  const known = [...presets.keys()];
  const near = suggest(name, known);
  throw new WritError('GRANT_PRESET', `there is no preset ${quoted(name)}`, {
    hint: `the presets are ${known.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`,
  });
}
