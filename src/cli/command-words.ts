/** Commands of several words as a tree: which words may follow which. */

interface Named {
  /** `sign`, `profile compile`, `docker-trust key load`. */
  readonly name: string;
}

/** The words that may follow `parent`, each once; `''` asks for the first ones. */
export function nextWords(commands: readonly Named[], parent: string): string[] {
  const start = parent === '' ? '' : `${parent} `;
  const below = commands.filter(({ name }) => name.startsWith(start));
  return [...new Set(below.map(({ name }) => name.slice(start.length).split(' ', 1)[0] ?? ''))];
}

/** What is no command itself, but the beginning of some: `profile`, `docker-trust`, `docker-trust key`. */
export function commandGroups(commands: readonly Named[]): string[] {
  const groups = commands.flatMap(({ name }) => {
    const words = name.split(' ');
    return words.slice(1).map((_, i) => words.slice(0, i + 1).join(' '));
  });
  return [...new Set(groups)];
}
