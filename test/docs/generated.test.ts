import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatedDocuments } from '../tools/documents.js';

it.each([...generatedDocuments()])('%s is what `npm run docs` writes', (path, text) => {
  expect(readFileSync(path, 'utf8')).toBe(text);
});
