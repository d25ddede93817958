/**
 * Grants: one value per domain. A domain that is not named is at its lowest, a quantity at its default; so grants
 * never conflict and form a lattice: `meet`, `join`, `leq`.
 */
import { WritError } from '../errors.js';
import type { JsonObject, JsonValue } from '../json/types.js';
import type { Catalogue, Domain, Level } from './model.js';
import { suggest } from './suggest.js';
import { quoted } from './text.js';
import {
  joinValues,
  leqValues,
  lowestValue,
  meetValues,
  parseValue,
  sameValue,
  surplus,
  topValue,
  unsetValue,
  valueJson,
  valueWords,
  type Unset,
  type Value,
} from './values.js';

/** One domain where more was asked than is allowed. */
export interface Excess {
  readonly domain: string;
  /** Of a set: the items that are not allowed. */
  readonly asked: string;
  readonly allowed: string;
  /** The grant that makes the domain meaningless, where the domain itself was not asked for. */
  readonly voidedBy?: string;
}

/**
 * A value for every domain of one catalogue: a level, a set, an amount. Made by `parseGrants`, {@link lowest} and
 * the lattice operations. Quantities that nobody named are numbers already: nothing that is unset is ever compared.
 */
export class Grants {
  readonly catalogue: Catalogue;
  /** Only what differs from the value of a domain that grants do not name. */
  readonly #values: ReadonlyMap<string, Value>;

  private constructor(catalogue: Catalogue, values: ReadonlyMap<string, Value>) {
    this.catalogue = catalogue;
    this.#values = values;
  }

  /**
   * @param given - domain to a level, words for a set or a list of items, an amount in words or as a number
   * @param unset - what quantities come to that are not named: in grants their default, in an authority ∞
   * @throws WritError GRANT_DOMAIN, GRANT_LEVEL, GRANT_ITEM, GRANT_AMOUNT, GRANT_CONFLICT
   */
  static of(catalogue: Catalogue, given: ReadonlyMap<string, JsonValue>, unset: Unset = 'default'): Grants {
    for (const name of given.keys()) domainOf(catalogue, name);
    return Grants.#each(catalogue, domain => {
      const value = given.get(domain.name);
      return value === undefined ? unsetValue(domain, unset) : parseValue(domain, value);
    });
  }

  static #each(catalogue: Catalogue, choose: (domain: Domain) => Value): Grants {
    const values = new Map<string, Value>();
    for (const domain of catalogue.domains.values()) {
      const value = choose(domain);
      if (!sameValue(value, unsetValue(domain, 'default'))) values.set(domain.name, value);
    }
    return new Grants(catalogue, values);
  }

  /**
   * These grants with some domains replaced; `engine:read:deny` only takes a pair of a set away.
   *
   * @throws WritError as {@link Grants.of}
   */
  with(given: ReadonlyMap<string, JsonValue>): Grants {
    for (const name of given.keys()) domainOf(this.catalogue, name);
    return Grants.#each(this.catalogue, domain => {
      const before = this.#valueOf(domain);
      const value = given.get(domain.name);
      return value === undefined ? before : parseValue(domain, value, before);
    });
  }

  /** @throws WritError GRANT_DOMAIN when the catalogue has no such domain */
  value(domain: string): Value {
    return this.#valueOf(domainOf(this.catalogue, domain));
  }

  #valueOf(domain: Domain): Value {
    return this.#values.get(domain.name) ?? unsetValue(domain, 'default');
  }

  /**
   * In words: `user`, `alg,vsock`, `256Mi`.
   *
   * @throws WritError GRANT_DOMAIN when the catalogue has no such domain
   */
  get(domain: string): string {
    const found = domainOf(this.catalogue, domain);
    return valueWords(found, this.#valueOf(found));
  }

  /** Steps above the lowest level of a ladder; 0 for any other domain, and for one that is not in the catalogue. */
  rank(domain: string): number {
    if (this.catalogue.domains.get(domain)?.kind !== 'ladder') return 0;
    const rank = this.#values.get(domain);
    return typeof rank === 'number' ? rank : 0;
  }

  /**
   * True iff the grants hold at least one level, item or amount of a domain: `covers('host.ports', '8080')`. False where
   * the catalogue has no such domain, level or item.
   *
   * @param asked - one item as it is, never a list: a comma in it does not part it
   */
  covers(domain: string, asked: string): boolean {
    const found = this.catalogue.domains.get(domain);
    if (found === undefined) return false;
    const isSet = found.kind === 'members' || found.kind === 'items';
    try {
      return leqValues(found, parseValue(found, isSet ? [asked] : asked), this.#valueOf(found));
    } catch (error) {
      if (error instanceof WritError) return false;
      throw error;
    }
  }

  /** The parts of a ladder or a closed set that are granted: the level and all below it, or the members. */
  reached(domain: string): readonly Level[] {
    const found = domainOf(this.catalogue, domain);
    const value = this.#valueOf(found);
    if (typeof value === 'number') return found.kind === 'ladder' ? found.levels.slice(0, value + 1) : [];
    return found.kind === 'members' ? found.members.filter(({ name }) => value.includes(name)) : [];
  }

  /** What differs from grants that name nothing, sorted by domain: what is signed and hashed. */
  toJson(): JsonObject {
    return Object.fromEntries(
      this.#named().map(([domain, value]) => [domain.name, valueJson(domain, value)]),
    );
  }

  /** `network=user resources.memory=256Mi`, or `nothing` when no domain is named. */
  toString(): string {
    const words = this.#named().map(([domain, value]) => `${domain.name}=${valueWords(domain, value)}`);
    return words.length > 0 ? words.join(' ') : 'nothing';
  }

  #named(): [Domain, Value][] {
    return [...this.#values.keys()].sort().map(name => {
      const domain = domainOf(this.catalogue, name);
      return [domain, this.#valueOf(domain)];
    });
  }

  /** Domain by domain, the value that `choose` makes of both. */
  static combine(a: Grants, b: Grants, choose: (domain: Domain, x: Value, y: Value) => Value): Grants {
    sameCatalogue(a, b);
    return Grants.#each(a.catalogue, domain => choose(domain, a.#valueOf(domain), b.#valueOf(domain)));
  }

  /** The same value for each domain. */
  static everywhere(catalogue: Catalogue, choose: (domain: Domain) => Value): Grants {
    return Grants.#each(catalogue, choose);
  }
}

/** Grants that name nothing: every quantity at its default, all else at its lowest. */
export function lowest(catalogue: Catalogue): Grants {
  return Grants.of(catalogue, new Map());
}

/** The least of all grants: as {@link lowest}, with every quantity at the least that it can be. */
export function bottom(catalogue: Catalogue): Grants {
  return Grants.everywhere(catalogue, lowestValue);
}

/** The most of all grants. */
export function top(catalogue: Catalogue): Grants {
  return Grants.everywhere(catalogue, topValue);
}

/**
 * The most that both allow: the lower level or amount of each domain, and of a set what both cover.
 *
 * @throws WritError GRANT_CATALOGUE when the two are of different catalogues
 */
export function meet(a: Grants, b: Grants): Grants {
  return Grants.combine(a, b, meetValues);
}

/**
 * The least that covers both: the higher level or amount of each domain, and of a set what either covers.
 *
 * @throws WritError GRANT_CATALOGUE when the two are of different catalogues
 */
export function join(a: Grants, b: Grants): Grants {
  return Grants.combine(a, b, joinValues);
}

/**
 * True iff no domain of `a` is above the same domain of `b`: the order of the lattice. An authority is compared
 * with {@link excess}, which counts voided domains too.
 *
 * @throws WritError GRANT_CATALOGUE when the two are of different catalogues
 */
export function leq(a: Grants, b: Grants): boolean {
  sameCatalogue(a, b);
  return [...a.catalogue.domains.values()].every(domain =>
    leqValues(domain, a.value(domain.name), b.value(domain.name)),
  );
}

/**
 * Where `asked` goes beyond `allowed`, in the order of the catalogue. What voids other domains asks for their top:
 * who may grant it must be allowed that.
 *
 * @throws WritError GRANT_CATALOGUE when the two are of different catalogues
 */
export function excess(asked: Grants, allowed: Grants): Excess[] {
  sameCatalogue(asked, allowed);
  const voids = voidedBy(asked);
  return [...asked.catalogue.domains.values()].flatMap(domain => {
    const { name } = domain;
    const cause = voids.get(name);
    const [own, limit] = [asked.value(name), allowed.value(name)];
    const value = cause === undefined ? own : topValue(domain);
    if (leqValues(domain, value, limit)) return [];
    const found = {
      domain: name,
      asked: valueWords(domain, surplus(domain, value, limit)),
      allowed: valueWords(domain, limit),
    };
    return cause === undefined || sameValue(own, value) ? [found] : [{ ...found, voidedBy: cause }];
  });
}

/** The domains that `grants` makes meaningless, and for each the first grant that does so. */
export function voidedBy(grants: Grants): Map<string, string> {
  const { domains } = grants.catalogue;
  const voids = new Map<string, string>();
  for (const domain of domains.values()) {
    for (const { name, voids: named } of voiding(domain, grants)) {
      const all = named.includes(EVERY) ? [...domains.keys()].filter(other => other !== domain.name) : named;
      for (const voided of all) if (!voids.has(voided)) voids.set(voided, `${domain.name}=${name}`);
    }
  }
  return voids;
}

/** What `voids` says for every other domain. */
const EVERY = '*';

/** The granted parts of a domain; of an open set or a quantity its top, when that is granted. */
function voiding(domain: Domain, grants: Grants): readonly { name: string; voids: readonly string[] }[] {
  if (domain.kind === 'ladder' || domain.kind === 'members') return grants.reached(domain.name);
  const top = topValue(domain);
  if (domain.notes.voids.length === 0 || !sameValue(grants.value(domain.name), top)) return [];
  return [{ name: valueWords(domain, top), voids: domain.notes.voids }];
}

function domainOf(catalogue: Catalogue, name: string): Domain {
  const domain = catalogue.domains.get(name);
  if (domain) return domain;
  const known = [...catalogue.domains.keys()];
  const near = suggest(name, known);
  throw new WritError(
    'GRANT_DOMAIN',
    `there is no domain ${quoted(name)} in catalogue ${catalogue.version}`,
    {
      hint: near === undefined ? `the domains are ${known.join(', ')}` : `did you mean ${near}?`,
      details: { domain: name, known },
    },
  );
}

function sameCatalogue(a: Grants, b: Grants): void {
  if (a.catalogue === b.catalogue) return;
  throw new WritError(
    'GRANT_CATALOGUE',
    `grants of catalogue ${a.catalogue.version} cannot be compared with grants of catalogue ${b.catalogue.version}`,
  );
}
