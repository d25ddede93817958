/** Stars in patterns of names: within a text, and over components. Bounded work, no backtracking. */

/** Stands for one or more whole components. */
export const ANY_DEPTH = '**';

/**
 * Components against components: {@link ANY_DEPTH} stands for one or more of them, `*` for characters within one.
 * `reach` holds how many components of the path the pattern so far can have consumed: no backtracking, so the cost is
 * bounded by the product of both lengths.
 */
export function matchComponents(pattern: readonly string[], path: readonly string[]): boolean {
  let reach = new Set([0]);
  for (const wanted of pattern) {
    reach = wanted === ANY_DEPTH ? deeper(reach, path.length) : oneMore(reach, wanted, path);
  }
  return reach.has(path.length);
}

function deeper(reach: ReadonlySet<number>, length: number): Set<number> {
  const next = new Set<number>();
  for (let i = Math.min(...reach) + 1; i <= length; i++) next.add(i);
  return next;
}

function oneMore(reach: ReadonlySet<number>, wanted: string, path: readonly string[]): Set<number> {
  const next = new Set<number>();
  for (const at of reach) {
    const component = path[at];
    if (component !== undefined && matchText(wanted, component)) next.add(at + 1);
  }
  return next;
}

/** `*` within one text: the pieces between the stars must appear in order, the outer ones at the ends. */
export function matchText(pattern: string, text: string): boolean {
  const [head = '', ...pieces] = pattern.split('*');
  const tail = pieces.pop();
  if (tail === undefined) return pattern === text;
  if (!text.startsWith(head) || !text.endsWith(tail)) return false;
  let from = head.length;
  for (const piece of pieces) {
    const found = text.indexOf(piece, from);
    if (found === -1) return false;
    from = found + piece.length;
  }
  return from <= text.length - tail.length;
}
