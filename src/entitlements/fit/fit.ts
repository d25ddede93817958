/**
 * The least grants that cover what a file asks for: from the top of every domain down, step by step, as long as all of it is
 * still given. What is given only grows with grants, so no domain of the result can be lowered.
 *
 * Where several domains give the same right, those are kept that open nothing that was not asked for; of the others those go
 * first that open most.
 */
import { compile } from '../compile.js';
import { Grants } from '../grants.js';
import type { Baselines, Catalogue, Domain, Level } from '../model.js';
import { partsOf } from '../parts.js';
import { writeAmount } from '../quantities.js';
import { resolveTarget, type Target } from '../target.js';
import type { JsonValue } from '../../json/types.js';
import { describeRight, Given, Wanted, type Asked, type Beyond, type Want } from './wants.js';

export interface Fit {
  readonly grants: Grants;
  /** Domain → where in the file the first thing stands that needs it as high as it is. */
  readonly because: ReadonlyMap<string, string>;
  /** What no grant covers. */
  readonly beyond: readonly Beyond[];
}

/** Rank of a ladder, or the members of a closed set that are granted. */
type Steps = ReadonlyMap<string, number | readonly string[]>;

/** @throws WritError PROFILE_RUNTIME, PROFILE_ARCHITECTURE, PROFILE_LIBSECCOMP, PROFILE_KERNEL */
export function fit(asked: Asked, catalogue: Catalogue, target: Target, baselines: Baselines): Fit {
  const search = new Search(asked, catalogue, target, baselines);
  const steps = search.least();
  return {
    grants: search.grantsOf(steps),
    because: search.because(steps),
    beyond: [...asked.beyond, ...search.beyond],
  };
}

class Search {
  readonly #catalogue: Catalogue;
  readonly #target: Target;
  readonly #baselines: Baselines;
  /** Open sets and quantities: exactly what is wanted of them. */
  readonly #amounts: ReadonlyMap<string, JsonValue>;
  readonly #stepped: readonly Domain[];
  readonly #wants: readonly Want[];
  readonly #floor: Steps;
  readonly beyond: readonly Beyond[];

  constructor({ wants, filtered }: Asked, catalogue: Catalogue, target: Target, baselines: Baselines) {
    this.#catalogue = catalogue;
    this.#target = target;
    this.#baselines = baselines;
    this.#amounts = amountsOf(wants, catalogue);
    this.#stepped = [...catalogue.domains.values()]
      .filter(({ kind }) => kind === 'ladder' || kind === 'members')
      .sort((a, b) => weight(b) - weight(a));
    const most = this.#givenBy(topOf(this.#stepped));
    this.#wants = wants.filter(({ right }) => most.gives(right));
    this.beyond = beyondOf(wants.filter(({ right }) => !most.gives(right)));
    this.#floor = this.#fullyWanted(filtered);
  }

  least(): Steps {
    let steps = topOf(this.#stepped);
    const attempt = (domain: Domain, value: number | readonly string[]): boolean => {
      const lower = new Map([...steps, [domain.name, value]]);
      if (!this.#covered(lower)) return false;
      steps = lower;
      return true;
    };
    for (const domain of this.#stepped) attempt(domain, this.#floor.get(domain.name) ?? 0);
    for (const domain of this.#stepped) {
      for (let open = true; open;) {
        open = lowerings(steps.get(domain.name)).some(value => attempt(domain, value));
      }
    }
    return steps;
  }

  /** @param steps - of which no domain can be lowered */
  because(steps: Steps): Map<string, string> {
    const found = new Map<string, string>();
    for (const [domain, value] of steps) {
      const [lower] = lowerings(value);
      const missing = lower === undefined ? undefined : this.#missing(new Map([...steps, [domain, lower]]));
      if (missing !== undefined) found.set(domain, missing.from);
    }
    for (const { from, right } of this.#wants) {
      const domain = [...this.#catalogue.domains.values()].find(one => holdsAmount(one, right));
      if (domain !== undefined && !found.has(domain.name)) found.set(domain.name, from);
    }
    return found;
  }

  grantsOf(steps: Steps): Grants {
    const levels = [...steps].flatMap(([name, value]): [string, JsonValue][] => {
      if (typeof value !== 'number') return value.length > 0 ? [[name, value]] : [];
      const level = value > 0 ? partsOfNamed(this.#catalogue, name)[value]?.name : undefined;
      return level === undefined ? [] : [[name, level]];
    });
    return Grants.of(this.#catalogue, new Map([...levels, ...this.#amounts]));
  }

  #givenBy(steps: Steps): Given {
    return new Given(compile(this.grantsOf(steps), this.#target, this.#baselines));
  }

  #missing(steps: Steps): Want | undefined {
    const given = this.#givenBy(steps);
    return this.#wants.find(({ right }) => !given.gives(right));
  }

  #covered(steps: Steps): boolean {
    return this.#missing(steps) === undefined;
  }

  /** The most that opens nothing but what is wanted. */
  #fullyWanted(filtered: boolean): Steps {
    const { arch, highest } = resolveTarget(this.#baselines, this.#target);
    const numbers = this.#catalogue.tables.get(arch)?.numbers;
    const wanted = new Wanted(this.#wants, filtered, name => (numbers?.get(name) ?? Infinity) <= highest);
    return new Map(
      this.#stepped.map((domain): [string, number | readonly string[]] => {
        const parts = partsOf(domain);
        if (domain.kind === 'members')
          return [domain.name, parts.filter(({ effects }) => wanted.holds(effects)).map(({ name }) => name)];
        return [domain.name, highestWanted(parts, wanted)];
      }),
    );
  }
}

/** Levels between that a file like this cannot show do not stand in the way of one that it shows. */
function highestWanted(levels: readonly Level[], wanted: Wanted): number {
  let found = 0;
  for (const [rank, { effects }] of levels.entries()) {
    if (rank === 0) continue;
    if (!wanted.holds(effects)) break;
    if (wanted.shows(effects)) found = rank;
  }
  return found;
}

const partsOfNamed = (catalogue: Catalogue, name: string): readonly Level[] => {
  const domain = catalogue.domains.get(name);
  return domain === undefined ? [] : partsOf(domain);
};

const topOf = (domains: readonly Domain[]): Steps =>
  new Map(
    domains.map((domain): [string, number | readonly string[]] => {
      const parts = partsOf(domain);
      return [domain.name, domain.kind === 'members' ? parts.map(({ name }) => name) : parts.length - 1];
    }),
  );

/** One step below, in each way that there is. */
function lowerings(value: number | readonly string[] | undefined): (number | readonly string[])[] {
  if (typeof value === 'number') return value > 0 ? [value - 1] : [];
  return (value ?? []).map((_, i, all) => all.toSpliced(i, 1));
}

/** How much a domain opens at its top: what it voids counts most. */
const weight = (domain: Domain): number =>
  partsOf(domain).reduce((sum, { voids, opens }) => sum + VOID_WEIGHT * voids.length + opens.length, 0);
const VOID_WEIGHT = 10;

const holdsAmount = (domain: Domain, right: Want['right']): boolean =>
  (right.kind === 'item' && domain.kind === 'items' && domain.of === right.of) ||
  (right.kind === 'limit' && domain.kind === 'quantity' && domain.limits === right.of);

/** What is wanted of open sets and quantities; what has no canonical spelling is left out, and then not covered. */
function amountsOf(wants: readonly Want[], catalogue: Catalogue): Map<string, JsonValue> {
  const found = new Map<string, JsonValue>();
  for (const domain of catalogue.domains.values()) {
    const rights = wants.map(({ right }) => right).filter(right => holdsAmount(domain, right));
    const items = rights.flatMap(right => (right.kind === 'item' ? [right.text] : []));
    const limits = rights.flatMap(right => (right.kind === 'limit' ? [right.amount] : []));
    if (items.length > 0) found.set(domain.name, items);
    if (limits.length > 0 && domain.kind === 'quantity')
      found.set(domain.name, writeAmount(Math.max(domain.least, ...limits), domain.unit));
  }
  return found;
}

/** Calls are many: those of one place in the file make one entry. */
function beyondOf(wants: readonly Want[]): Beyond[] {
  const calls = new Map<string, string[]>();
  const others: Beyond[] = [];
  for (const { from, right } of wants) {
    if (right.kind === 'call') calls.set(from, [...(calls.get(from) ?? []), right.name]);
    else others.push({ from, why: `no grant stands for ${describeRight(right)}` });
  }
  const named = [...calls].map(([from, names]) => ({
    from,
    why: `no grant permits these calls as it does: ${names.sort().join(', ')}`,
  }));
  return [...others, ...named];
}
