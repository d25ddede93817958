import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { examplesOf, matches } from './examples.js';

function page(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'writ-page-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  writeFileSync(join(folder, 'page.md'), text);
  return join(folder, 'page.md');
}

it('finds commands, what they print, and files', () => {
  const text =
    'A\n\n```console\n$ a \\\n    b # exit 2\none\ntwo\n$ c\n```\n\n```yaml x.yaml\nk: v\n```\n\n```sh\nno\n```\n';
  expect(examplesOf(page(text))).toEqual([
    { kind: 'command', text: 'a b # exit 2', exit: 2, output: 'one\ntwo', line: 4 },
    { kind: 'command', text: 'c', exit: 0, output: '', line: 8 },
    { kind: 'file', name: 'x.yaml', text: 'k: v\n' },
  ]);
});

it('refuses a block without an end and output of no command', () => {
  expect(() => examplesOf(page('```console\n$ a\n'))).toThrow('line 1 has no end');
  expect(() => examplesOf(page('```console\nx\n```\n'))).toThrow('line 2 is output of no command');
});

it.each([
  ['a', 'a', true],
  ['a', 'ab', false],
  ['a…', 'abc', true],
  ['a…d', 'abc', false],
  ['a.', 'ab', false],
  ['a…c', 'a\nc', false],
  ['a\n…\nc', 'a\nb\nb\nc', true],
  ['a\n…', 'a\nb', true],
  ['a\nb', 'a  \nb\n', true],
  ['…\na', 'a', true],
  ['a  b', 'a      b', true],
])('%j shows %j: %s', (shown, printed, answer) => {
  expect(matches(shown, printed)).toBe(answer);
});
