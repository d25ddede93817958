/** The beginnings of target names of a delegation, in order; the empty one stands for all. */
export const shownPaths = (paths: readonly string[]): string[] =>
  [...paths].sort().map(path => (path === '' ? '"" <all paths>' : path));
