/**
 * Where the catalogue comes from: `catalogue.json` beside the bundle when writ is built, else the YAML files of
 * `policies/`. Both say the same: the build writes what `assembleCatalogue` reads.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseBaselines, parsePresets, type Preset } from '../entitlements/parse-baselines.js';
import { parseCatalogue } from '../entitlements/parse-catalogue.js';
import type { Baselines, Catalogue } from '../entitlements/model.js';
import { isWritError, WritError } from '../errors.js';
import { arrayAt, asObject, objectAt } from '../json/read.js';
import type { JsonObject, JsonValue } from '../json/types.js';
import { unreadable } from './unreadable.js';

export interface LoadedCatalogue {
  readonly catalogue: Catalogue;
  readonly baselines: Baselines;
  readonly presets: ReadonlyMap<string, Preset>;
}

/**
 * Read and parse the catalogue, the baselines and the presets.
 *
 * @param own - a folder of domains and presets that an organisation adds
 * @throws WritError CATALOGUE_READ, CATALOGUE_FORMAT, CATALOGUE_OWN, JSON_TYPE
 */
export async function loadCatalogue(own?: string): Promise<LoadedCatalogue> {
  const builtIn = await readCatalogue(import.meta.dirname);
  if (own === undefined) return parseAssembled(builtIn);
  const [{ withOwnDomains }, { homesOf }] = await Promise.all([
    import('./own-catalogue.js'),
    import('../entitlements/homes.js'),
  ]);
  const homes = homesOf(parseAssembled(builtIn).catalogue);
  try {
    return parseAssembled(await withOwnDomains(builtIn, own, homes));
  } catch (cause) {
    if (!isWritError(cause) || !cause.code.match(/^(CATALOGUE_FORMAT|JSON_TYPE|GRANT_)/)) throw cause;
    throw new WritError('CATALOGUE_OWN', `${own}: ${cause.message}`, { cause, hint: cause.hint });
  }
}

/** The bundle's chunks lie up to two folders below dist/, the sources two below the folder of policies/. */
const DEPTH = 3;

async function readCatalogue(here: string): Promise<JsonObject> {
  for (let folder = here, level = 0; level < DEPTH; folder = join(folder, '..'), level++) {
    const built = readBuilt(join(folder, 'catalogue.json'));
    if (built !== undefined) return built;
    if (existsSync(join(folder, 'policies'))) {
      const { assembleCatalogue } = await import('./assemble-catalogue.js');
      return assembleCatalogue(join(folder, 'policies'));
    }
  }
  throw new WritError('CATALOGUE_READ', `there is no catalogue.json in ${here} or the folders above it`);
}

/**
 * The parsed form of what `assembleCatalogue` gives.
 *
 * @throws WritError CATALOGUE_FORMAT, JSON_TYPE
 */
export function parseAssembled(data: JsonObject): LoadedCatalogue {
  const catalogue = parseCatalogue(objectAt(data, 'catalogue', 'file'));
  return {
    catalogue,
    baselines: parseBaselines(objectAt(data, 'baselines', 'file')),
    presets: parsePresets(catalogue, arrayAt(data, 'presets', 'file')),
  };
}

/** Read at once: waiting for a thread would take longer than the read, and a command begins with it. */
function readBuilt(file: string): JsonObject | undefined {
  try {
    // The program's own file, read at every start: JSON.parse, not the strict reader for what comes from outside.
    return asObject(JSON.parse(readFileSync(file, 'utf8')) as JsonValue, 'catalogue.json');
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw unreadable(file, cause);
  }
}

const isAbsent = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
