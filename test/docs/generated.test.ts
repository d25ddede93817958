import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { GLOBAL_OPTIONS } from '../../src/cli/globals.js';
import { SETTINGS, type Setting } from '../../src/config/settings.js';
import { generatedDocuments } from '../tools/documents.js';

it.each([...generatedDocuments()])('%s is what `npm run docs` writes', (path, text) => {
  expect(readFileSync(path, 'utf8')).toBe(text);
});

it('every flag of a setting is an option of some command', async () => {
  const commands = await Promise.all(COMMANDS.map(async ({ load }) => (await load()).command));
  const options = new Set([GLOBAL_OPTIONS, ...commands.map(command => command.options)].flatMap(Object.keys));
  const flags = Object.values<Setting<unknown>>(SETTINGS).flatMap(({ flag }) => flag ?? []);
  expect(flags.filter(flag => !options.has(flag))).toEqual([]);
});
