/** From what people and metadata write to {@link Grants}. */
import { WritError } from '../errors.js';
import type { JsonObject, JsonValue } from '../json/types.js';
import { Grants } from './grants.js';
import type { Catalogue } from './model.js';
import { parseValue, sameValue, valueWords } from './values.js';
import { quoted } from './text.js';

/** One `DOMAIN=VALUE`: a level, members of a set parted by commas, an amount. */
export interface Grant {
  readonly domain: string;
  readonly value: string;
}

/** Whether the value is one is decided by its domain. */
const GRANT = /^([a-z][a-z0-9.-]{0,63})=([^\0-\x1f\x7f]{1,16384})$/;

/**
 * Read one `network=user`, `network.families=vsock,alg` or `resources.memory=256Mi`.
 *
 * @throws WritError GRANT_SYNTAX
 */
export function parseGrant(text: string): Grant {
  const [, domain, value] = GRANT.exec(text) ?? [];
  if (domain !== undefined && value !== undefined) return { domain, value };
  throw new WritError('GRANT_SYNTAX', `${quoted(text)} is not of the form DOMAIN=LEVEL`);
}

/**
 * The grants that a list of `DOMAIN=VALUE` or of old names such as `security.admin`, or an object
 * `{domain: value}` from metadata, says.
 *
 * @param given - a list from a command line, read by {@link namedIn}; or an object from signed metadata or a file,
 *   where no old names count
 * @throws WritError GRANT_SYNTAX, GRANT_DOMAIN, GRANT_LEVEL, GRANT_ITEM, GRANT_AMOUNT, GRANT_CONFLICT
 */
export function parseGrants(catalogue: Catalogue, given: readonly string[] | JsonObject): Grants {
  return Grants.of(catalogue, isList(given) ? namedIn(catalogue, given) : new Map(Object.entries(given)));
}

/**
 * What a policy allows at most: as {@link parseGrants}, but a quantity that is not named is ∞.
 *
 * @throws WritError as {@link parseGrants}
 */
export function parseAuthority(catalogue: Catalogue, given: JsonObject): Grants {
  return Grants.of(catalogue, new Map(Object.entries(given)), 'unlimited');
}

const isList = (given: readonly string[] | JsonObject): given is readonly string[] => Array.isArray(given);

/**
 * The domains that a command line names, with their values. One domain may be named twice with the same value; sets
 * that are named several times hold all that was named.
 *
 * @throws WritError GRANT_SYNTAX, GRANT_DOMAIN, GRANT_LEVEL, GRANT_ITEM, GRANT_AMOUNT, GRANT_CONFLICT
 */
export function namedIn(catalogue: Catalogue, entries: readonly string[]): Map<string, JsonValue> {
  const named = new Map<string, JsonValue>();
  for (const entry of entries) {
    for (const [domain, value] of namedBy(catalogue, entry)) {
      named.set(domain, together(catalogue, domain, named.get(domain), value));
    }
  }
  return named;
}

function together(
  catalogue: Catalogue,
  name: string,
  before: JsonValue | undefined,
  value: JsonValue,
): JsonValue {
  const domain = catalogue.domains.get(name);
  if (domain === undefined || before === undefined) return value;
  if (domain.kind === 'members' || domain.kind === 'items') {
    return `${asWords(before)},${asWords(value)}`;
  }
  const [one, other] = [parseValue(domain, before), parseValue(domain, value)];
  if (sameValue(one, other)) return value;
  throw new WritError(
    'GRANT_CONFLICT',
    `the domain ${name} is given as ${valueWords(domain, one)} and as ${valueWords(domain, other)}`,
  );
}

const asWords = (value: JsonValue): string => (Array.isArray(value) ? value.join(',') : String(value));

/** Stands in an old name for what people write behind it: `device=` with `devices: $`. */
const WRITTEN = '$';

function namedBy(catalogue: Catalogue, entry: string): ReadonlyMap<string, JsonValue> {
  const alias = catalogue.aliases.get(entry);
  if (alias) return alias;
  const equals = entry.indexOf('=') + 1;
  const taking = equals > 0 ? catalogue.aliases.get(entry.slice(0, equals)) : undefined;
  if (taking) {
    const written = entry.slice(equals);
    return new Map([...taking].map(([domain, value]) => [domain, value === WRITTEN ? written : value]));
  }
  const { domain, value } = parseGrant(entry);
  return new Map([[domain, value]]);
}
