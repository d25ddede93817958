/** What --path of a delegation means, and how lists show it again. */
import { patternsUnder } from '../../tuf/build/prefix-patterns.js';

const EVERYTHING_BELOW = /^(.*)\/\*{1,2}$/s;

/**
 * The patterns of TUF for what a person writes: `registry.example/team/*` is everything below, to depth 8;
 * `registry.example/app` is that one image, by tag and by digest; anything else is a pattern or a name as it is.
 *
 * @throws WritError TUF_FORMAT for a prefix that a client could read as a pattern
 */
export function patternsFor(path: string): readonly string[] {
  const prefix = EVERYTHING_BELOW.exec(path)?.[1];
  if (prefix !== undefined) return patternsUnder(prefix);
  const [last = ''] = path.split('/').slice(-1);
  return /[*?:@]/.test(last) ? [path] : [`${path}:*`, `${path}@*`];
}

/** The other way: what {@link patternsFor} made of one path becomes that path again. */
export function shortPatterns(patterns: readonly string[]): string[] {
  const left = [...patterns];
  const short: string[] = [];
  while (left.length > 0) {
    const [first = ''] = left;
    const path = [first.replace(/:\*$/, ''), first].find(one => isFirstOf(one, left)) ?? first;
    left.splice(0, isFirstOf(path, left) ? patternsFor(path).length : 1);
    short.push(path);
  }
  return short;
}

function isFirstOf(path: string, patterns: readonly string[]): boolean {
  try {
    const whole = patternsFor(path);
    return whole.every((pattern, i) => patterns[i] === pattern);
  } catch {
    return false; // others may write prefixes that we do not
  }
}
