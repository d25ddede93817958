import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const ROWS = [
  ...readFileSync('docs/attacks.md', 'utf8').matchAll(
    /^\| *([^|]+?) *\| *([a-z]+(?:\/[a-z0-9-]+)+) *\| *([^|]+?) *\|$/gm,
  ),
].map(([, attack, file, name]) => [String(attack), String(file), String(name)] as const);

it('docs/attacks.md has its rows', () => {
  expect(ROWS.length).toBeGreaterThan(100);
});

it.each(ROWS)('%s: tried in test/%s.test.ts', (_, file, name) => {
  const titles = [...readFileSync(`test/${file}.test.ts`, 'utf8').matchAll(/(['"`])(.+?)\1/g)].map(
    ([, , text]) => String(text),
  );
  expect(titles.filter(title => title.startsWith(name) || title.startsWith(`it ${name}`))).not.toEqual([]);
});
