/** The laws of profiles, checked on the programs that are made of them: thousands of grants, every call there is. */
import { mayPermit } from '../../src/entitlements/algebra/actions.js';
import type { Instruction } from '../../src/entitlements/algebra/bpf-program.js';
import { programDiagram } from '../../src/entitlements/algebra/bpf.js';
import { callOf, type Call } from '../../src/entitlements/algebra/call.js';
import { Diagrams, NO, YES, type Node } from '../../src/entitlements/algebra/diagram.js';
import { join, type Grants } from '../../src/entitlements/grants.js';
import type { Catalogue } from '../../src/entitlements/model.js';
import { parseGrants } from '../../src/entitlements/parse-grants.js';
import type { JsonObject } from '../../src/json/types.js';
import { EXCEPTIONS } from './laws-exceptions.js';

/** What is granted in one domain alone. */
export interface Step {
  readonly domain: string;
  readonly level: string;
  readonly grants: Grants;
}

/** Every level above the lowest, and every member of a set; other domains open no calls. */
export function stepsOf(catalogue: Catalogue): Step[] {
  return [...catalogue.domains.values()].flatMap(domain => {
    const levels =
      domain.kind === 'ladder' ? domain.levels.slice(1) : domain.kind === 'members' ? domain.members : [];
    return levels.map(({ name }) => ({
      domain: domain.name,
      level: name,
      grants: parseGrants(catalogue, { [domain.name]: domain.kind === 'ladder' ? name : [name] }),
    }));
  });
}

export type Pair = readonly [Grants, Grants];

/** Every two steps of different domains. */
export const stepPairs = (steps: readonly Step[]): Pair[] =>
  steps.flatMap((a, i) =>
    steps.slice(i + 1).flatMap(b => (a.domain === b.domain ? [] : [[a.grants, b.grants] as const])),
  );

/** A generator of numbers below its argument: the same ones for the same seed (mulberry32). */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** A level of every ladder and some members of every set. */
export function fullPoint(catalogue: Catalogue, next: (below: number) => number): Grants {
  const levels: Record<string, string | string[]> = {};
  for (const domain of catalogue.domains.values()) {
    if (domain.kind === 'ladder') levels[domain.name] = domain.levels[next(domain.levels.length)]?.name ?? '';
    if (domain.kind === 'members')
      levels[domain.name] = domain.members.filter(() => next(2) === 1).map(({ name }) => name);
  }
  return parseGrants(catalogue, levels);
}

/** All joins of some of `points`. */
export const joinsOf = (points: readonly Grants[]): Grants[] =>
  points.reduce<Grants[]>((all, point) => [...all, point, ...all.map(other => join(other, point))], []);

/** Every two of `points`. */
export const pairsOf = (points: readonly Grants[]): Pair[] =>
  points.flatMap((a, i) => points.slice(i + 1).map(b => [a, b] as const));

export interface Violation {
  readonly law: 'monotone' | 'join';
  readonly a: string;
  readonly b: string;
  /** Which is answered as it should not be. */
  readonly call: Call;
}

/** There is room for the nodes of some nine hundred. */
const FILTERS_PER_ARENA = 500;

/** What loads a seccomp object. */
export type Make = (seccomp: JsonObject) => Promise<readonly Instruction[]>;

interface Made {
  readonly key: string;
  readonly program: readonly Instruction[];
}

/** What grants come to, as somebody loads it; each different object once. */
export class Laws {
  readonly #make: Make;
  readonly #seccompOf: (grants: Grants) => JsonObject;
  readonly #programs = new Map<string, Promise<readonly Instruction[]>>();
  /** By the grants: compiling takes longer than anything else that is done for a pair. */
  readonly #made = new Map<string, Promise<Made>>();
  #diagrams = new Diagrams(Infinity);
  #nodes = new Map<string, Node>();

  constructor(make: Make, seccompOf: (grants: Grants) => JsonObject) {
    this.#make = make;
    this.#seccompOf = seccompOf;
  }

  /** How many different filters there were. */
  get filters(): number {
    return this.#programs.size;
  }

  /** Where `filter(a ⊔ b)` is not `filter(a) ⊔ filter(b)`, or does not permit what the filter of `a` or of `b` does. */
  async check(pairs: readonly Pair[]): Promise<Violation[]> {
    const found: Violation[] = [];
    for (let from = 0; from < pairs.length; from += BATCH) {
      const batch = pairs.slice(from, from + BATCH).map(([a, b]) => {
        const points = [a, b, join(a, b), ...exceptedAlike([a, b])];
        // Asked for before any is awaited: libseccomp works while diagrams are made.
        return { a, b, programs: points.map(grants => this.#program(grants)) };
      });
      for (const { a, b, programs } of batch) {
        const [x = 0, y = 0, both = 0, alikeX = 0, alikeY = 0] = this.#permits(await Promise.all(programs));
        const names = { a: a.toString(), b: b.toString() };
        const together = this.#diagrams.combine(alikeX, alikeY, Math.max);
        for (const [law, wrong] of [
          ['monotone', this.#where(x, both, (one, all) => one === YES && all === NO)],
          ['monotone', this.#where(y, both, (one, all) => one === YES && all === NO)],
          ['join', this.#where(together, both, (one, all) => one !== all)],
        ] as const)
          if (wrong !== undefined) found.push({ law, ...names, call: wrong });
      }
    }
    return found;
  }

  #permits(programs: readonly Made[]): Node[] {
    if (this.#nodes.size > FILTERS_PER_ARENA) {
      this.#diagrams = new Diagrams(Infinity);
      this.#nodes = new Map();
    }
    return programs.map(({ key, program }) => {
      const known = this.#nodes.get(key);
      if (known !== undefined) return known;
      const answers = programDiagram(this.#diagrams, program);
      const node = this.#diagrams.map(answers, answer => (mayPermit(answer) ? YES : NO));
      this.#nodes.set(key, node);
      return node;
    });
  }

  #where(a: Node, b: Node, wrong: (x: number, y: number) => boolean): Call | undefined {
    if (a === b) return undefined;
    const marked = this.#diagrams.combine(a, b, (x, y) => (wrong(x, y) ? YES : NO));
    const path = this.#diagrams.find(marked, answer => answer === YES);
    return path && callOf(path);
  }

  #program(grants: Grants): Promise<Made> {
    const name = grants.toString();
    const made = this.#made.get(name) ?? this.#compile(grants);
    this.#made.set(name, made);
    return made;
  }

  async #compile(grants: Grants): Promise<Made> {
    const seccomp = this.#seccompOf(grants);
    const key = JSON.stringify(seccomp);
    const program = this.#programs.get(key) ?? this.#make(seccomp);
    this.#programs.set(key, program);
    return { key, program: await program };
  }
}

/** The exceptions are the same on both sides. */
const exceptedAlike = ([a, b]: Pair): Pair =>
  EXCEPTIONS.reduce<Pair>(
    ([one, other], { domain, level }) => {
      if (one.covers(domain, level) === other.covers(domain, level)) return [one, other];
      const granted = new Map([[domain, level]]);
      return [one.with(granted), other.with(granted)];
    },
    [a, b],
  );

const BATCH = 200;
