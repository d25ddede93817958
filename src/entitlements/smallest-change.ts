/**
 * The smallest change of grants that opens a right. Found exactly: every combination of parts that matter is looked at,
 * and left where it already costs more than the best one.
 */
import { Grants, join } from './grants.js';
import { marksOf, since, type Marks, type NewMarks } from './marks.js';
import type { Architecture, Cube, Domain } from './model.js';
import { extentOf, type Extent, type Opening } from './openings.js';
import { partsOf } from './parts.js';
import type { Question } from './question.js';

export interface Change extends NewMarks {
  /** The domains that change, with their new values: `network=proxy`. */
  readonly grants: readonly string[];
  /** Everything after the change. */
  readonly result: Grants;
}

/** In this order: domains made meaningless, classes of attack opened, domains changed, steps; each as few as can be. */
export type Cost = readonly [voids: number, classes: number, domains: number, steps: number];

export interface Wanted {
  readonly question: Question;
  /** On each of these it must be permitted to that extent. */
  readonly arches: readonly Architecture[];
  readonly extent: Exclude<Extent, 'none'>;
  /** What of it is permitted whatever the grants. */
  readonly always: ReadonlyMap<Architecture, readonly Cube[]>;
}

/** A ladder, or one member of a set: what is decided at once. */
interface Slot {
  readonly domain: Domain;
  /** As it is first, then more and more. */
  readonly choices: readonly Choice[];
}

interface Choice {
  /** Undefined: as before. */
  readonly part: string | undefined;
  readonly openings: readonly Opening[];
}

/**
 * The change with the least {@link Cost}; between equal ones the one that changes what comes first in the catalogue.
 *
 * @param base - what is granted; a domain is never lowered
 * @param openings - of the question, on the architectures that are wanted
 * @returns undefined when it is permitted already, or no grants permit it
 */
export function smallestChange(
  base: Grants,
  openings: readonly Opening[],
  wanted: Wanted,
): Change | undefined {
  const domains = [...new Set(openings.map(({ domain }) => domain))];
  const slots = domains.flatMap(domain =>
    slotsOf(
      base,
      domain,
      openings.filter(opening => opening.domain === domain),
    ),
  );
  // What is decided last is changed first.
  return new Search(base, slots.reverse(), wanted).best();
}

class Search {
  readonly #base: Grants;
  readonly #slots: readonly Slot[];
  readonly #wanted: Wanted;
  readonly #before: Marks;
  #best: { readonly cost: Cost; readonly result: Grants } | undefined;

  constructor(base: Grants, slots: readonly Slot[], wanted: Wanted) {
    this.#base = base;
    this.#slots = slots;
    this.#wanted = wanted;
    this.#before = marksOf(base);
  }

  best(): Change | undefined {
    this.#look([]);
    const { result } = this.#best ?? {};
    if (result === undefined) return undefined;
    const names = [...new Set(this.#slots.map(({ domain }) => domain.name))].reverse();
    const changed = names.filter(name => result.get(name) !== this.#base.get(name));
    if (changed.length === 0) return undefined;
    return {
      grants: changed.map(name => `${name}=${result.get(name)}`),
      result,
      ...since(this.#before, marksOf(result)),
    };
  }

  #look(chosen: readonly Choice[]): void {
    // What is left may not be enough, even all of it.
    const rest = this.#slots.slice(chosen.length).flatMap(({ choices }) => choices.slice(-1));
    if (!this.#isEnough([...chosen, ...rest])) return;
    const result = this.#grantsOf(chosen);
    const cost = costOf(this.#base, result, this.#before);
    // More of anything never costs less.
    if (this.#best !== undefined && compareCosts(cost, this.#best.cost) >= 0) return;
    const slot = this.#slots[chosen.length];
    if (slot === undefined) this.#best = { cost, result };
    else for (const choice of slot.choices) this.#look([...chosen, choice]);
  }

  #isEnough(chosen: readonly Choice[]): boolean {
    const { question, arches, extent, always } = this.#wanted;
    return arches.every(arch => {
      const granted = chosen.flatMap(({ openings }) =>
        openings.flatMap(({ cubes }) => cubes.get(arch) ?? []),
      );
      const found = extentOf(question, [...(always.get(arch) ?? []), ...granted]);
      return found === 'all' || (extent === 'some' && found === 'some');
    });
  }

  #grantsOf(chosen: readonly Choice[]): Grants {
    const given = new Map<string, string>();
    for (const [i, { part }] of chosen.entries()) {
      const name = this.#slots[i]?.domain.name;
      if (name === undefined || part === undefined) continue;
      const before = given.get(name);
      given.set(name, before === undefined ? part : `${before},${part}`);
    }
    const { catalogue } = this.#base;
    return given.size === 0 ? this.#base : join(this.#base, Grants.of(catalogue, given));
  }
}

/** @param own - what the parts of the domain open */
function slotsOf(base: Grants, domain: Domain, own: readonly Opening[]): Slot[] {
  const reached = new Set(base.reached(domain.name));
  const granted = own.filter(({ part }) => reached.has(part));
  const more = own.filter(({ part }) => !reached.has(part));
  const asIs: Choice = { part: undefined, openings: granted };
  if (domain.kind !== 'ladder') {
    const members = more.map(opening => ({
      domain,
      choices: [
        { part: undefined, openings: [] },
        { part: opening.part.name, openings: [opening] },
      ],
    }));
    return [{ domain, choices: [asIs] }, ...members];
  }
  const raised = more.map(({ part, place }) => ({
    part: part.name,
    openings: own.filter(other => other.place <= place),
  }));
  return [{ domain, choices: [asIs, ...raised] }];
}

/** What it costs to come from `base` to `result`, which covers it. */
export function costOf(base: Grants, result: Grants, before: Marks = marksOf(base)): Cost {
  const { attackClasses, voids } = since(before, marksOf(result));
  const steps = [...base.catalogue.domains.values()]
    .filter(domain => partsOf(domain).length > 0)
    .map(({ name }) => result.reached(name).length - base.reached(name).length);
  return [
    voids.length,
    attackClasses.length,
    steps.filter(step => step > 0).length,
    steps.reduce((sum, step) => sum + step, 0),
  ];
}

export function compareCosts(a: Cost, b: Cost): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
