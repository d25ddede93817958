import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FORMATS } from '../../src/entitlements/emit/index.js';
import { UNEXPRESSED } from '../../src/entitlements/emit/unexpressed.js';

it('docs/formats.md lists every format, and every name of what one cannot express', () => {
  const page = readFileSync('docs/formats.md', 'utf8');
  const listed = [...page.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
  expect(listed).toEqual([...FORMATS, ...Object.keys(UNEXPRESSED)]);
});
