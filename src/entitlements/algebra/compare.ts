/** Two filters compared: exact, over every architecture, every number and all six arguments. */
import { mayPermit, surelyPermits } from './actions.js';
import { AFTER_NUMBER, bitsOf, callOf, type Call } from './call.js';
import type { Diagrams, Node } from './diagram.js';

/** Over what is permitted. */
export type Relation = 'equal' | 'subset' | 'superset' | 'incomparable';

/** A call that two filters answer differently. */
export interface Difference {
  readonly call: Call;
  /** SECCOMP_RET_* words. */
  readonly a: number;
  readonly b: number;
}

export interface Comparison {
  readonly relation: Relation;
  /** A call that `a` may permit and `b` does not surely; undefined when there is none. */
  readonly looser: Difference | undefined;
  /** A call that `b` may permit and `a` does not surely. */
  readonly stricter: Difference | undefined;
  /** A call that both permit or both refuse, with another answer. */
  readonly answersDiffer: Difference | undefined;
}

/**
 * What a tracer or a listener decides counts as permitted where it would make a filter looser, and as refused where it
 * would make it stricter; unless both filters leave it to the same one.
 *
 * @throws WritError PROFILE_TOO_LARGE
 */
export function compareFilters(diagrams: Diagrams, a: Node, b: Node): Comparison {
  const find = (differ: (x: number, y: number) => boolean): Difference | undefined => {
    const marked = diagrams.combine(a, b, (x, y) => (differ(x, y) ? 1 : 0));
    const path = diagrams.find(marked, answer => answer === 1);
    if (path === undefined) return undefined;
    const call = callOf(path);
    const bits = bitsOf(call);
    return { call, a: diagrams.evaluate(a, bits), b: diagrams.evaluate(b, bits) };
  };
  const looser = find((x, y) => isLooser(x, y));
  const stricter = find((x, y) => isLooser(y, x));
  const answersDiffer = find((x, y) => x !== y && mayPermit(x) === mayPermit(y));
  return {
    relation: relationOf(looser !== undefined, stricter !== undefined),
    looser,
    stricter,
    answersDiffer,
  };
}

const isLooser = (x: number, y: number): boolean => x !== y && mayPermit(x) && !surelyPermits(y);

/**
 * The calls of some numbers that two filters answer differently though both permit or both refuse them: one for each
 * number.
 *
 * @param numbers - by architecture (AUDIT_ARCH_*)
 */
export function answerDifferences(
  diagrams: Diagrams,
  a: Node,
  b: Node,
  numbers: ReadonlyMap<number, Iterable<number>>,
): Difference[] {
  const marked = diagrams.combine(a, b, (x, y) => (x !== y && mayPermit(x) === mayPermit(y) ? 1 : 0));
  const found: Difference[] = [];
  for (const [arch, all] of numbers) {
    for (const number of all) {
      const head = bitsOf({ arch, number, args: [] });
      const path = diagrams.find(diagrams.follow(marked, AFTER_NUMBER, head), answer => answer === 1);
      if (path === undefined) continue;
      const call = { arch, number, args: callOf(path).args };
      const bits = bitsOf(call);
      found.push({ call, a: diagrams.evaluate(a, bits), b: diagrams.evaluate(b, bits) });
    }
  }
  return found;
}

/** What holds under each of several loaders holds together. */
export function together(relations: readonly Relation[]): Relation {
  const looser = relations.some(one => one === 'superset' || one === 'incomparable');
  const stricter = relations.some(one => one === 'subset' || one === 'incomparable');
  return relationOf(looser, stricter);
}

export function relationOf(isLooser: boolean, isStricter: boolean): Relation {
  if (isLooser) return isStricter ? 'incomparable' : 'superset';
  return isStricter ? 'subset' : 'equal';
}
