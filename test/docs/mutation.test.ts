/** docs/mutation.md speaks of code that is there. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** `| file | code | mutants |`, the first two as code; a bar in a table is written `\|`. */
const ROWS = [
  ...readFileSync('docs/mutation.md', 'utf8').matchAll(
    /^\| `([a-z0-9/.-]+\.ts)` +\| `((?:[^`|]|\\\|)+)` +\|.+\|$/gm,
  ),
].map(([, file, code]) => [String(file), String(code).replaceAll('\\|', '|')] as const);

it('docs/mutation.md has its rows', () => {
  const lines = readFileSync('docs/mutation.md', 'utf8').match(/^\| `[a-z0-9/.-]+\.ts`/gm) ?? [];
  expect(ROWS.length).toBe(lines.length);
  expect(ROWS.length).toBeGreaterThan(30);
});

it.each(ROWS)('src/%s still has: %s', (file, code) => {
  expect(existsSync(`src/${file}`)).toBe(true);
  const text = readFileSync(`src/${file}`, 'utf8').replace(/\s+/g, ' ');
  expect(text.includes(code), code).toBe(true);
});
