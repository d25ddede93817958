/** Which repositories speak for which targets, and how many of them must agree: a map file. TAP 4. */
import { WritError } from '../../errors.js';
import { arrayAt, asObject, booleanAt, integerAt, objectAt, stringsAt } from '../../json/read.js';
import { parseStrict } from '../../json/strict.js';
import { member, type JsonObject } from '../../json/types.js';

/** Bytes of a map file. */
const MAX_BYTES = 1_000_000;

declare const brand: unique symbol;
/**
 * A name as the map file has it: `../x` and `/etc` are names too. Only a name: whoever makes a folder or a URL of it
 * must encode it first. No function of `tuf/` does.
 */
export type MappedRepository = string & { readonly [brand]: 'MappedRepository' };

export interface Mapping {
  /** Globs as in delegations: `*` does not cross `/`. */
  readonly paths: readonly string[];
  /** In order of precedence; no name twice. */
  readonly repositories: readonly MappedRepository[];
  /** True iff no mapping after it is asked about a path that it matches. */
  readonly terminating: boolean;
  /** How many of the repositories must agree on length and hashes: 1 to all of them. */
  readonly threshold: number;
}

export interface MapFile {
  /** Name → where it is served; no URL is tried here. */
  readonly repositories: ReadonlyMap<MappedRepository, readonly string[]>;
  /** In order of precedence. */
  readonly mappings: readonly Mapping[];
}

/**
 * Reads a map file, which whoever trusts it has got out of band.
 *
 * @throws WritError JSON_* for what is no JSON of the right shape; TUF_FORMAT for a repository that a mapping names and
 *   the file does not have, or that it names twice; for a name with control characters, or too long
 */
export function parseMapFile(bytes: Uint8Array): MapFile {
  const json = asObject(parseStrict(bytes, { maxBytes: MAX_BYTES }), 'map');
  const listed = objectAt(json, 'repositories', 'map');
  const repositories = new Map(
    Object.keys(listed).map(name => [parseName(name), stringsAt(listed, name, 'map.repositories')] as const),
  );
  const mappings = arrayAt(json, 'mapping', 'map').map((mapping, i) =>
    readMapping(asObject(mapping, `map.mapping[${i}]`), `map.mapping[${i}]`, repositories),
  );
  return { repositories, mappings };
}

function readMapping(json: JsonObject, path: string, known: MapFile['repositories']): Mapping {
  const repositories = stringsAt(json, 'repositories', path).map(parseName);
  const unknown = repositories.find(name => !known.has(name));
  if (unknown !== undefined) {
    throw new WritError(
      'TUF_FORMAT',
      `${path} names the repository ${JSON.stringify(unknown)}, the map has none`,
    );
  }
  if (new Set(repositories).size !== repositories.length) {
    throw new WritError('TUF_FORMAT', `${path}.repositories must not list a repository twice`);
  }
  return {
    paths: stringsAt(json, 'paths', path),
    repositories,
    terminating: member(json, 'terminating') === undefined ? false : booleanAt(json, 'terminating', path),
    threshold: integerAt(json, 'threshold', path, 1, repositories.length),
  };
}

const MAX_NAME = 256;
const CONTROL = /\p{Cc}/u;

const isName = (name: string): name is MappedRepository =>
  name.length >= 1 && name.length <= MAX_NAME && !CONTROL.test(name);

function parseName(name: string): MappedRepository {
  if (isName(name)) return name;
  const shown = JSON.stringify(name.slice(0, 64));
  throw new WritError(
    'TUF_FORMAT',
    `a repository's name must have 1 to ${MAX_NAME} characters and no control characters, ${shown} has not`,
  );
}
