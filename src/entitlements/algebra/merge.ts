/** Two filters as one: what both permit, or what either does. */
import { WritError } from '../../errors.js';
import { describeAction, mayPermit, surelyPermits } from './actions.js';
import type { Diagrams, Node } from './diagram.js';

export type Operation = 'meet' | 'join';

/** No action has these bits. */
const CONFLICT = 0x7fffffff;

/** Whether somebody outside of the filter decides. */
const isAsked = (word: number): boolean => mayPermit(word) && !surelyPermits(word);

/**
 * As if both were loaded: the kernel takes the stricter action, which is the lesser word as a signed one (kernel/seccomp.c);
 * between two words of one action, the lower errno.
 */
const stricter = (x: number, y: number): number => Math.min(x | 0, y | 0) >>> 0;
const milder = (x: number, y: number): number => Math.max(x | 0, y | 0) >>> 0;

function meetAnswers(x: number, y: number): number {
  return x !== y && isAsked(x) && isAsked(y) ? CONFLICT : stricter(x, y);
}

/** What neither permits is refused as the stricter of both refuses it. */
function joinAnswers(x: number, y: number): number {
  if (x !== y && isAsked(x) && isAsked(y)) return CONFLICT;
  return mayPermit(x) || mayPermit(y) ? milder(x, y) : stricter(x, y);
}

/**
 * The filter that permits what both do (`meet`), or what either does (`join`).
 *
 * @throws WritError PROFILE_INEXPRESSIBLE where a tracer and a listener, or two tracers, are both asked; PROFILE_TOO_LARGE
 */
export function mergeFilters(diagrams: Diagrams, operation: Operation, a: Node, b: Node): Node {
  let asked: readonly [number, number] | undefined;
  const answers = operation === 'meet' ? meetAnswers : joinAnswers;
  const merged = diagrams.combine(a, b, (x, y) => {
    const answer = answers(x, y);
    if (answer === CONFLICT) asked ??= [x, y];
    return answer;
  });
  if (asked === undefined) return merged;
  const [x, y] = asked.map(describeAction);
  throw new WritError(
    'PROFILE_INEXPRESSIBLE',
    `one call is for ${x ?? ''} in one profile, for ${y ?? ''} in the other`,
  );
}
