/**
 * Grants: one level per domain. A domain that is not named is at its lowest level, so grants never conflict
 * and form a lattice: `meet`, `join`, `leq`.
 */
import { WritError } from '../errors.js';
import { quoted } from './text.js';
import type { JsonObject } from '../json/types.js';
import type { Catalogue, Domain, Level } from './model.js';

/** One domain where more was asked than is allowed. */
export interface Excess {
  readonly domain: string;
  readonly asked: string;
  readonly allowed: string;
  /** The grant that makes the domain meaningless, where the domain itself was not asked for. */
  readonly voidedBy?: string;
}

/** One level per domain of one catalogue. Made by {@link parseGrants}, {@link lowest} and the lattice operations. */
export class Grants {
  readonly catalogue: Catalogue;
  readonly #ranks: ReadonlyMap<string, number>;

  private constructor(catalogue: Catalogue, ranks: ReadonlyMap<string, number>) {
    this.catalogue = catalogue;
    this.#ranks = ranks;
  }

  /**
   * @param levels - domain to level; every other domain is at its lowest
   * @throws WritError GRANT_DOMAIN, GRANT_LEVEL
   */
  static of(catalogue: Catalogue, levels: ReadonlyMap<string, string>): Grants {
    const ranks = new Map<string, number>();
    for (const [name, level] of levels) {
      const rank = rankOf(domainOf(catalogue, name), level);
      if (rank > 0) ranks.set(name, rank);
    }
    return new Grants(catalogue, ranks);
  }

  /** @throws WritError GRANT_DOMAIN when the catalogue has no such domain */
  get(domain: string): string {
    return this.level(domain).name;
  }

  /** @throws WritError GRANT_DOMAIN when the catalogue has no such domain */
  level(domain: string): Level {
    return levelAt(domainOf(this.catalogue, domain), this.rank(domain));
  }

  /** Steps above the lowest level; 0 for a domain that is not granted. */
  rank(domain: string): number {
    return this.#ranks.get(domain) ?? 0;
  }

  /** The levels of `domain` that are granted, lowest first: the level itself and all below it. */
  reached(domain: string): readonly Level[] {
    return domainOf(this.catalogue, domain).levels.slice(0, this.rank(domain) + 1);
  }

  /** The domains above their lowest level, sorted by name: what is signed and hashed. */
  toJson(): JsonObject {
    return Object.fromEntries([...this.#ranks.keys()].sort().map(name => [name, this.get(name)]));
  }

  /** `network=user security=view`, or `nothing` when every domain is at its lowest. */
  toString(): string {
    const words = Object.entries(this.toJson()).map(([domain, level]) => `${domain}=${String(level)}`);
    return words.length > 0 ? words.join(' ') : 'nothing';
  }

  /** Domain by domain, the rank that `choose` makes of both. */
  static combine(a: Grants, b: Grants, choose: (x: number, y: number) => number): Grants {
    sameCatalogue(a, b);
    const ranks = new Map<string, number>();
    for (const name of a.catalogue.domains.keys()) {
      const rank = choose(a.rank(name), b.rank(name));
      if (rank > 0) ranks.set(name, rank);
    }
    return new Grants(a.catalogue, ranks);
  }
}

/** Every domain at its lowest level. */
export function lowest(catalogue: Catalogue): Grants {
  return Grants.of(catalogue, new Map());
}

/**
 * The most that both allow: the lower level of each domain.
 *
 * @throws WritError GRANT_CATALOGUE when the two are of different catalogues
 */
export function meet(a: Grants, b: Grants): Grants {
  return Grants.combine(a, b, Math.min);
}

/**
 * The least that covers both: the higher level of each domain.
 *
 * @throws WritError GRANT_CATALOGUE when the two are of different catalogues
 */
export function join(a: Grants, b: Grants): Grants {
  return Grants.combine(a, b, Math.max);
}

/**
 * True iff no domain of `a` is above the same domain of `b`: the order of the lattice. An authority is compared
 * with {@link excess}, which counts voided domains too.
 *
 * @throws WritError GRANT_CATALOGUE when the two are of different catalogues
 */
export function leq(a: Grants, b: Grants): boolean {
  sameCatalogue(a, b);
  return [...a.catalogue.domains.keys()].every(name => a.rank(name) <= b.rank(name));
}

/**
 * Where `asked` goes beyond `allowed`, in the order of the catalogue. A level that voids other domains asks for
 * their top: who may grant it must be allowed that.
 *
 * @throws WritError GRANT_CATALOGUE when the two are of different catalogues
 */
export function excess(asked: Grants, allowed: Grants): Excess[] {
  sameCatalogue(asked, allowed);
  const voids = voidedBy(asked);
  return [...asked.catalogue.domains.values()].flatMap(domain => {
    const cause = voids.get(domain.name);
    const rank = cause === undefined ? asked.rank(domain.name) : domain.levels.length - 1;
    if (rank <= allowed.rank(domain.name)) return [];
    const found = {
      domain: domain.name,
      asked: levelAt(domain, rank).name,
      allowed: allowed.get(domain.name),
    };
    return asked.rank(domain.name) === rank || cause === undefined
      ? [found]
      : [{ ...found, voidedBy: cause }];
  });
}

/** The domains that `grants` makes meaningless, and for each the first grant that does so. */
export function voidedBy(grants: Grants): Map<string, string> {
  const voids = new Map<string, string>();
  for (const domain of grants.catalogue.domains.keys()) {
    for (const level of grants.reached(domain)) {
      for (const voided of level.voids) {
        if (!voids.has(voided)) voids.set(voided, `${domain}=${level.name}`);
      }
    }
  }
  return voids;
}

function domainOf(catalogue: Catalogue, name: string): Domain {
  const domain = catalogue.domains.get(name);
  if (domain) return domain;
  const known = [...catalogue.domains.keys()];
  throw new WritError(
    'GRANT_DOMAIN',
    `there is no domain ${quoted(name)} in catalogue ${catalogue.version}`,
    {
      hint: `the domains are ${known.join(', ')}`,
      details: { domain: name, known },
    },
  );
}

function rankOf(domain: Domain, name: string): number {
  const rank = domain.levels.findIndex(level => level.name === name);
  if (rank >= 0) return rank;
  const known = domain.levels.map(level => level.name);
  throw new WritError('GRANT_LEVEL', `the domain ${domain.name} has no level ${quoted(name)}`, {
    hint: `its levels are ${known.join(' < ')}`,
    details: { domain: domain.name, level: name, known },
  });
}

function levelAt(domain: Domain, rank: number): Level {
  const level = domain.levels[rank];
  if (!level) throw new WritError('INTERNAL', `the domain ${domain.name} has no level of rank ${rank}`);
  return level;
}

function sameCatalogue(a: Grants, b: Grants): void {
  if (a.catalogue === b.catalogue) return;
  throw new WritError(
    'GRANT_CATALOGUE',
    `grants of catalogue ${a.catalogue.version} cannot be compared with grants of catalogue ${b.catalogue.version}`,
  );
}
