/** From what people and metadata write to {@link Grants}. */
import { WritError } from '../errors.js';
import { asString } from '../json/read.js';
import type { JsonObject } from '../json/types.js';
import { Grants } from './grants.js';
import type { Catalogue } from './model.js';
import { quoted } from './text.js';

/** One `DOMAIN=LEVEL`. */
export interface Grant {
  readonly domain: string;
  readonly level: string;
}

const GRANT = /^([a-z][a-z0-9.-]{0,63})=([a-z][a-z0-9-]{0,63})$/;

/**
 * Read one `network=user`.
 *
 * @throws WritError GRANT_SYNTAX
 */
export function parseGrant(text: string): Grant {
  const [, domain, level] = GRANT.exec(text) ?? [];
  if (domain !== undefined && level !== undefined) return { domain, level };
  throw new WritError('GRANT_SYNTAX', `${quoted(text)} is not of the form DOMAIN=LEVEL`);
}

/**
 * The grants that a list of `DOMAIN=LEVEL` or of old names such as `security.admin`, or an object
 * `{domain: level}` from metadata, says.
 *
 * @param given - a list from a command line: naming one domain twice with the same level is fine; or an object
 *   from signed metadata, where no old names count
 * @throws WritError GRANT_SYNTAX, GRANT_DOMAIN, GRANT_LEVEL, GRANT_CONFLICT, JSON_TYPE (a level that is no string)
 */
export function parseGrants(catalogue: Catalogue, given: readonly string[] | JsonObject): Grants {
  return Grants.of(catalogue, isList(given) ? fromList(catalogue, given) : fromObject(given));
}

const isList = (given: readonly string[] | JsonObject): given is readonly string[] => Array.isArray(given);

function fromObject(given: JsonObject): Map<string, string> {
  return new Map(Object.entries(given).map(([name, level]) => [name, asString(level, `grants.${name}`)]));
}

function fromList(catalogue: Catalogue, entries: readonly string[]): Map<string, string> {
  const levels = new Map<string, string>();
  for (const entry of entries) {
    for (const [domain, level] of namedBy(catalogue, entry)) {
      const before = levels.get(domain);
      if (before !== undefined && before !== level) {
        throw new WritError('GRANT_CONFLICT', `the domain ${domain} is given as ${before} and as ${level}`);
      }
      levels.set(domain, level);
    }
  }
  return levels;
}

function namedBy(catalogue: Catalogue, entry: string): ReadonlyMap<string, string> {
  const alias = catalogue.aliases.get(entry);
  if (alias) return alias;
  const { domain, level } = parseGrant(entry);
  return new Map([[domain, level]]);
}
