/**
 * Where the catalogue comes from: `catalogue.json` beside the bundle when writ is built, else the YAML files of
 * `policies/`. Both say the same: the build writes what {@link assembleCatalogue} reads.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseBaselines, parsePresets, type Preset } from '../entitlements/parse-baselines.js';
import { parseCatalogue } from '../entitlements/parse-catalogue.js';
import type { Baselines, Catalogue } from '../entitlements/model.js';
import { WritError } from '../errors.js';
import { arrayAt, asObject, objectAt } from '../json/read.js';
import type { JsonObject, JsonValue } from '../json/types.js';

export interface LoadedCatalogue {
  readonly catalogue: Catalogue;
  readonly baselines: Baselines;
  readonly presets: ReadonlyMap<string, Preset>;
}

/**
 * Read and parse the catalogue, the baselines and the presets.
 *
 * @throws WritError CATALOGUE_READ, CATALOGUE_FORMAT, JSON_TYPE
 */
export async function loadCatalogue(): Promise<LoadedCatalogue> {
  return parseAssembled(await readCatalogue(fileURLToPath(new URL('.', import.meta.url))));
}

/** The bundle's chunks lie up to two folders below dist/, the sources two below the folder of policies/. */
const DEPTH = 3;

async function readCatalogue(here: string): Promise<JsonObject> {
  for (let folder = here, level = 0; level < DEPTH; folder = join(folder, '..'), level++) {
    const built = readBuilt(join(folder, 'catalogue.json'));
    if (built !== undefined) return built;
    if (existsSync(join(folder, 'policies'))) return assembleCatalogue(join(folder, 'policies'));
  }
  throw new WritError('CATALOGUE_READ', `there is no catalogue.json in ${here} or the folders above it`);
}

/**
 * The parsed form of what {@link assembleCatalogue} gives.
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

/**
 * One JSON object of all files of a `policies` folder: what the build writes to `catalogue.json`.
 *
 * @param folder - holds catalogue.yaml, baselines.yaml and the folders entitlements, presets, runtimes, syscalls
 * @throws WritError CATALOGUE_READ
 */
export async function assembleCatalogue(folder: string): Promise<JsonObject> {
  const [base, baselines, domains, presets, runtimes, tables] = await Promise.all([
    readYaml(join(folder, 'catalogue.yaml')),
    readYaml(join(folder, 'baselines.yaml')),
    readFolder(join(folder, 'entitlements')),
    readFolder(join(folder, 'presets')),
    readFolder(join(folder, 'runtimes')),
    readFolder(join(folder, 'syscalls')),
  ]);
  return {
    catalogue: { ...asObject(base, 'catalogue.yaml'), domains, tables },
    baselines: { ...asObject(baselines, 'baselines.yaml'), runtimes },
    presets,
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

/** The files of a folder in the order of their names, so that the same files give the same catalogue. */
async function readFolder(folder: string): Promise<JsonValue[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw unreadable(folder, cause);
  });
  const files = names.filter(name => name.endsWith('.yaml')).sort();
  return Promise.all(files.map(name => readYaml(join(folder, name))));
}

async function readYaml(file: string): Promise<JsonValue> {
  const [{ parse }, text] = await Promise.all([
    import('yaml'),
    readFile(file, 'utf8').catch((cause: unknown) => {
      throw unreadable(file, cause);
    }),
  ]);
  try {
    return parse(text) as JsonValue;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

const isAbsent = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';

function unreadable(file: string, cause: unknown): WritError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WritError('CATALOGUE_READ', `${file} cannot be read: ${reason}`, { cause });
}
