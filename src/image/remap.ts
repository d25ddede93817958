import { WritError } from '../errors.js';
import { GRAMMAR, isDomain, isHost } from './grammar.js';
import { quote } from '../json/quote.js';
import { parseImageReference, type ImageReference } from './reference.js';

/** Images under `from` are copies of those under `to`: both are a host and the beginning of a path. */
export interface RemapRule {
  readonly from: string;
  readonly to: string;
}

/**
 * A function from a reference to a mirror to the reference that was signed. The longest `from` that is a prefix by
 * whole components applies, once; other references stay as they are. Tag and digest are kept.
 *
 * @throws WritError IMAGE_PATTERN for a malformed or repeated rule; the function itself throws IMAGE_REFERENCE when
 *   what a rule makes is no reference
 */
export function parseRemap(rules: readonly RemapRule[]): (reference: ImageReference) => ImageReference {
  const seen = new Set<string>();
  for (const { from, to } of rules) {
    checkPlace(from);
    checkPlace(to);
    if (seen.has(from)) throw new WritError('IMAGE_PATTERN', `${quote(from)} is remapped twice`);
    seen.add(from);
  }
  const longestFirst = rules.toSorted((a, b) => b.from.length - a.from.length);
  return reference => {
    const rule = longestFirst.find(({ from }) => reference.repository.startsWith(`${from}/`));
    return rule === undefined ? reference : apply(rule, reference);
  };
}

function apply({ from, to }: RemapRule, reference: ImageReference): ImageReference {
  const tag = reference.writtenTag === undefined ? '' : `:${reference.writtenTag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return parseImageReference(`${to}${reference.repository.slice(from.length)}${tag}${digest}`);
}

function checkPlace(place: string): void {
  const slash = place.indexOf('/');
  const host = slash === -1 ? place : place.slice(0, slash);
  const pathFits = slash === -1 || GRAMMAR.path.test(place.slice(slash + 1));
  if (isHost(host) && isDomain(host) && pathFits) return;
  throw new WritError('IMAGE_PATTERN', `${quote(place)} is not a host and the beginning of a path`);
}
