import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { ERROR_CATALOGUE } from '../../src/errors.js';

const PAGES = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name)),
];
const CODES = new Set(Object.keys(ERROR_CATALOGUE));
const PREFIXES = new Set([...CODES].map(code => code.split('_', 1)[0]));

/** GitHub's: lower case, no punctuation, hyphens for spaces. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-');

it.each(PAGES)('%s links to what is there', page => {
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => String(link));
  const broken = links
    .filter(link => !/^https?:/.test(link))
    .filter(link => {
      const [file = '', fragment] = link.split('#');
      const target = file === '' ? page : join(dirname(page), file);
      if (!existsSync(target)) return true;
      const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
        anchor(String(text)),
      );
      return fragment !== undefined && !headings.includes(fragment);
    });
  expect(broken).toEqual([]);
});

/** Variables of Notary's programs, which writ reads too. */
const VARIABLE = /^NOTARY_(AUTH|[A-Z]+_PASSPHRASE|SERVER_.*|SIGNER_.*|REMOTE_SERVER_.*|TRUST_.*)$/;

it.each(PAGES)('%s names only error codes that exist', page => {
  const named = [...readFileSync(page, 'utf8').matchAll(/`([A-Z0-9]+(?:_[A-Z0-9]+)+)`/g)].map(([, code]) =>
    String(code),
  );
  const codes = named.filter(name => !VARIABLE.test(name));
  expect(codes.filter(code => PREFIXES.has(code.split('_', 1)[0] ?? '') && !CODES.has(code))).toEqual([]);
});
