/** The catalogue from the YAML files of a `policies` folder: for the build, and for a source tree that is not built. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { asObject } from '../json/read.js';
import type { JsonObject, JsonValue } from '../json/types.js';
import { unreadable } from './unreadable.js';

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
    catalogue: { ...asObject(base, 'catalogue.yaml'), domains, tables: tables.map(packed) },
    baselines: { ...asObject(baselines, 'baselines.yaml'), runtimes },
    presets,
  };
}

const ENDING = '.yaml';

/** A start asks for the numbers of one table: those of the others stay one string, which is read in no time. */
function packed(table: JsonValue): JsonObject {
  const { numbers, ...rest } = asObject(table, 'syscalls');
  return { ...rest, numbers: JSON.stringify(numbers) };
}

/** The files of a folder in the order of their names, so that the same files give the same catalogue. */
async function readFolder(folder: string): Promise<JsonValue[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw unreadable(folder, cause);
  });
  const files = names.filter(name => name.endsWith(ENDING)).map(name => name.slice(0, -ENDING.length));
  return Promise.all(files.sort().map(name => readYaml(join(folder, name + ENDING))));
}

async function readYaml(file: string): Promise<JsonValue> {
  try {
    return parse(await readFile(file, 'utf8')) as JsonValue;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}
