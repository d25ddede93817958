/** Domains and presets of an organisation. Loaded when a folder of them is named: yaml and ajv cost 100 ms. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import domainSchema from '../../policies/schemas/entitlement.schema.json' with { type: 'json' };
import presetSchema from '../../policies/schemas/preset.schema.json' with { type: 'json' };
import { sha256Hex } from '../crypto/digest.js';
import type { Home } from '../entitlements/homes.js';
import { EFFECT_MEMBERS } from '../entitlements/parse-effects.js';
import { WritError } from '../errors.js';
import { canonicalBytes } from '../json/canonical.js';
import { arrayAt, asObject, objectAt, stringAt } from '../json/read.js';
import { isJsonArray, isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';
import { own } from './own.js';
import { schemaCheck } from './schema-check.js';
import { unreadable } from './unreadable.js';
import { parseYaml, type YamlDocument } from './yaml-text.js';

const MAX_FILES = 256;
const MAX_BYTES = 1024 * 1024;
const CODE = 'CATALOGUE_OWN';
/** Hex digits of the hash of own domains that the version of the catalogue ends with. */
const MARK = 16;

const checkDomain = schemaCheck<JsonObject>(domainSchema, 'is not a member of a domain');
const checkPreset = schemaCheck<JsonObject>(presetSchema, 'is not a member of a preset');

/**
 * `assembled` with the domains and presets of the `*.yaml` files in `folder`, a document each. They add to what there
 * is and replace nothing. The version becomes `VERSION+HASH`, with the first 16 hex digits of the SHA-256 of the
 * canonical domains, sorted by name: other domains, other intents. Presets do not count: they are names for grants.
 *
 * @param assembled - what `assembleCatalogue` gives
 * @param homes - of every call and capability of the built-in catalogue
 * @param folder - at most 256 files of at most 1 MiB
 * @throws WritError CATALOGUE_OWN naming file and line: not as the schemas want it, a domain or preset that exists
 *   already, a call or capability that there is not or that nobody may be granted; CATALOGUE_READ
 */
export async function withOwnDomains(
  assembled: JsonObject,
  folder: string,
  homes: Homes,
): Promise<JsonObject> {
  const base = objectAt(assembled, 'catalogue', 'file');
  const documents = await readDocuments(folder);
  const domains = documents
    .filter(document => !isPreset(document))
    .map(document => readDomain(document, homes))
    .sort((a, b) => (stringAt(a, 'domain', 'own') < stringAt(b, 'domain', 'own') ? -1 : 1));
  const builtIn = arrayAt(base, 'domains', 'catalogue');
  refuseTwice(documents, 'domain', builtIn);
  refuseTwice(documents, 'preset', arrayAt(assembled, 'presets', 'file'));
  const version = stringAt(base, 'version', 'catalogue');
  const mark = domains.length === 0 ? '' : `+${sha256Hex(canonicalBytes(domains)).slice(0, MARK)}`;
  return {
    ...assembled,
    catalogue: {
      ...base,
      version: version + mark,
      extends: version,
      added: domains.map(domain => stringAt(domain, 'domain', 'own')),
      domains: [...builtIn, ...domains],
    },
    presets: [...arrayAt(assembled, 'presets', 'file'), ...documents.filter(isPreset).map(checkPreset)],
  };
}

/** What `homesOf` gives. */
type Homes = ReadonlyMap<string, readonly Home[]>;

const isPreset = ({ value }: YamlDocument): boolean => own(value, 'preset') !== undefined;

async function readDocuments(folder: string): Promise<YamlDocument[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw unreadable(folder, cause);
  });
  const files = names.filter(name => /\.ya?ml$/.test(name)).sort();
  if (files.length > MAX_FILES) {
    throw new WritError(CODE, `${folder} holds more than ${MAX_FILES} files`);
  }
  const read = await Promise.all(files.map(name => readFileOf(join(folder, name))));
  return read.flat();
}

async function readFileOf(file: string): Promise<YamlDocument[]> {
  const text = await readBounded(file);
  return parseYaml(text, { code: CODE, file, whole: 'the domain' });
}

async function readBounded(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new WritError(CODE, `${file} is larger than ${MAX_BYTES} bytes`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof WritError) throw cause;
    throw unreadable(file, cause);
  }
}

/** Capabilities and calls that a domain, a level or a reservation names. */
function namesIn(value: JsonValue): string[] {
  if (!isJsonObject(value)) return [];
  const lists = ['capabilities', 'syscalls', 'names'].flatMap(key => {
    const list = member(value, key);
    return isJsonArray(list) ? list : [];
  });
  const parts = [...lists, ...partsOf(value)].filter(isJsonObject);
  return [...lists.filter(item => typeof item === 'string'), ...parts.flatMap(namesIn)];
}

const partsOf = (domain: JsonObject): readonly JsonValue[] =>
  ['levels', 'members'].flatMap(key => {
    const list = member(domain, key);
    return isJsonArray(list) ? list : [];
  });

/** The domain as the catalogue takes it: whatever it opens has its home in a built-in domain. */
function readDomain(document: YamlDocument, homes: Homes): JsonObject {
  const domain = checkDomain(document);
  const opened = namesIn(domain);
  const isGranted = (name: string): boolean =>
    homes.get(name)?.some(({ part }) => part !== undefined) === true;
  const odd = opened.find(name => !isGranted(name));
  if (odd !== undefined) {
    const why = homes.has(odd) ? 'which nobody can be granted' : 'which is no call or capability';
    throw document.fault([], `opens ${odd}, ${why}`);
  }
  refuseForAll(document, domain);
  const guests = (parts: readonly JsonValue[]): JsonValue[] =>
    parts.map(part => (isJsonObject(part) ? { ...part, also: [...new Set(namesIn(part))] } : part));
  return Object.fromEntries(
    Object.entries(domain).map(([key, value]) => [
      key,
      (key === 'levels' || key === 'members') && isJsonArray(value) ? guests(value) : value,
    ]),
  );
}

/** What every container has is decided by the built-in catalogue: nobody signs for a lowest level. */
function refuseForAll(document: YamlDocument, domain: JsonObject): void {
  const levels = member(domain, 'levels');
  const lowest = isJsonArray(levels) ? levels[0] : undefined;
  if (!isJsonObject(lowest)) return;
  const effect = EFFECT_MEMBERS.find(key => member(lowest, key) !== undefined);
  if (effect === undefined) return;
  throw document.fault(['levels', 0, effect], 'must not be there: the lowest level opens nothing');
}

/** A name that is there already keeps its meaning. */
function refuseTwice(
  documents: readonly YamlDocument[],
  kind: 'domain' | 'preset',
  builtIn: readonly JsonValue[],
): void {
  const taken = new Set(builtIn.map(item => stringAt(asObject(item, kind), kind, kind)));
  for (const document of documents) {
    const name = own(document.value, kind);
    if (typeof name !== 'string') continue;
    if (taken.has(name)) throw document.fault([kind], `is ${name}, which there is already`);
    taken.add(name);
  }
}
