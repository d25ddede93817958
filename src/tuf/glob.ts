/**
 * The globs of `paths` in delegations: `*` is any run of characters but `/`, `?` any one character but `/`,
 * everything else is itself, `[`, `{`, `**` and a leading dot included. TUF specification §4.5.
 */

/**
 * True iff `path` matches `pattern`; case counts. Takes at most |pattern| · |path| steps: a `*` never has to be
 * tried again once a later `/` is reached, because segments match one to one.
 */
export function matchesGlob(pattern: string, path: string): boolean {
  const p = [...pattern];
  const t = [...path];
  let i = 0;
  let j = 0;
  /** Where to take up again: after the last star, and the end of what it has swallowed. */
  let star = -1;
  let swallowed = 0;
  while (j < t.length) {
    if (p[i] === '*') {
      star = i++;
      swallowed = j;
    } else if (p[i] === t[j] || (p[i] === '?' && t[j] !== '/')) {
      i++;
      j++;
    } else if (star !== -1 && t[swallowed] !== '/') {
      i = star + 1;
      j = ++swallowed;
    } else {
      return false;
    }
  }
  while (p[i] === '*') i++;
  return i === p.length;
}
