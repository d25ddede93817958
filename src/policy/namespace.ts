/** Patterns of Kubernetes namespaces: DNS labels (RFC 1123 §2.1) with `*` for any characters, also none. */
import { WritError } from '../errors.js';
import { quote } from '../json/quote.js';

export interface NamespacePattern {
  /** The pattern as written. */
  readonly text: string;
  /** What stands before the first star; all of it when there is none. */
  readonly prefix: string;
  readonly exact: boolean;
  /** Exact before pattern, then literal characters, then fewer stars. Compare with {@link compareTuples}. */
  readonly specificity: readonly [number, number, number];
  /** False for whatever is no DNS label, also for `*`. */
  matches(namespace: string): boolean;
}

const MAX_LABEL = 63;
const MAX_STARS = 8;
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** True iff `text` can be the name of a namespace. */
export function isNamespace(text: string): boolean {
  return text.length <= MAX_LABEL && LABEL.test(text);
}

/**
 * Parse `prod-*`.
 *
 * @throws WritError POLICY_INVALID
 */
export function parseNamespacePattern(text: string): NamespacePattern {
  const pieces = text.split('*');
  const stars = pieces.length - 1;
  if (text.length > MAX_LABEL || stars > MAX_STARS || !LABEL.test(pieces.join('x'))) {
    throw new WritError(
      'POLICY_INVALID',
      `the namespace pattern ${quote(text)} is not a DNS label with at most ${MAX_STARS} stars`,
    );
  }
  const exact = stars === 0;
  return {
    text,
    prefix: pieces[0] ?? '',
    exact,
    specificity: [exact ? 1 : 0, text.length - stars, -stars],
    matches: exact ? name => name === text : name => isNamespace(name) && matchPieces(pieces, name),
  };
}

/** Greater than zero iff `a` is the more specific of two tuples of one length; zero iff they are equal. */
export function compareTuples(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) {
    const difference = value - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The pieces between the stars must appear in order, the outer ones at the ends: leftmost is always enough. */
function matchPieces(pieces: readonly string[], name: string): boolean {
  const head = pieces[0] ?? '';
  const tail = pieces.at(-1) ?? '';
  if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail)) return false;
  let from = head.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, from);
    if (found === -1) return false;
    from = found + piece.length;
  }
  return from <= name.length - tail.length;
}
