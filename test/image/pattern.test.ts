import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';

import { compareSpecificity, parseImagePattern } from '../../src/image/pattern.js';
import { parseImageReference } from '../../src/image/reference.js';

const matches = (pattern: string, image: string): boolean =>
  parseImagePattern(pattern).matches(parseImageReference(image));

describe('matching', () => {
  it.each([
    ['registry.example/team/**', 'registry.example/team/app', true],
    ['registry.example/team/**', 'registry.example/team/a/b/c:1', true],
    ['registry.example/team/**', 'registry.example/team', false],
    ['registry.example/team/*', 'registry.example/team/app', true],
    ['registry.example/team/*', 'registry.example/team/a/b', false],
    ['registry.example/**/app', 'registry.example/x/y/app', true],
    ['registry.example/**/app', 'registry.example/app', false],
    ['registry.example/**/app', 'registry.example/x/app/y', false],
    ['registry.example/**/b/**', 'registry.example/a/b/b/c', true],
    ['registry.example/**/b/**', 'registry.example/b/c', false],
    ['registry.example/**/**', 'registry.example/a', false],
    ['registry.example/**/**', 'registry.example/a/b', true],
    ['registry.example/app', 'registry.example/app', true],
    ['registry.example/app', 'registry.example/app2', false],
    ['registry.example/app-*', 'registry.example/app-1', true],
    ['registry.example/app-*', 'registry.example/app', false],
    ['registry.example/*-x-*', 'registry.example/a-x-b', true],
    ['registry.example/*-x-*', 'registry.example/a-y-b', false],
    ['registry.example/ab*ba', 'registry.example/aba', false],
    ['registry.example/ab*ba', 'registry.example/abba', true],
    ['registry.example/a*b*b', 'registry.example/ab', false],
    ['registry.example/a*b*b', 'registry.example/abb', true],
    ['registry.example/a*bc*cd', 'registry.example/abcd', false],
    ['registry.example/a*bc*cd', 'registry.example/abccd', true],
    ['nginx', 'nginx:1.27', true],
    ['nginx', 'docker.io/library/nginx', true],
    ['library/*', 'nginx', true],
    ['team/**', 'team/app', true],
    ['*.example/app', 'a.example/app', true],
    ['*.example/app', 'a.b.example/app', false],
    ['*.example/app', 'example.evil/app', false],
    ['*.example/app', 'a.example:5000/app', false],
    ['registry.example:5000/app', 'registry.example:5000/app', true],
    ['registry.example/app', 'registry.example:5000/app', false],
    ['registry.example:5000/app', 'registry.example/app', false],
    ['localhost/*', 'localhost/x', true],
    ['localhost/*', 'x', false],
    ['**', 'anything.example/a/b/c', true],
    ['**', 'nginx', true],
  ])('%s against %s is %s', (pattern, image, expected) => {
    expect(matches(pattern, image)).toBe(expected);
  });
});

describe('attack 6: a host embedded in a path, org against orgevil', () => {
  it.each([
    ['registry.example/**', 'evil.example/registry.example/app'],
    ['registry.example/**', 'registry.example.evil/app'],
    ['registry.example/**', 'evilregistry.example/app'],
    ['registry.example/**', 'REGISTRY.example/app'],
    ['docker.io/org/*', 'orgevil/app'],
    ['org/**', 'orgevil/app'],
    ['org/**', 'evil.example/org/app'],
    ['org', 'orgevil'],
    ['*.example/**', 'evil.com/a.example/app'],
    ['gcr.io/**', 'gcr-io/app'],
  ])('%s does not match %s', (pattern, image) => {
    expect(matches(pattern, image)).toBe(false);
  });
});

describe('refusals', () => {
  it.each([
    ['*/**', 'begins with a wildcard that could be a host or a path: name the host'],
    ['**/app', 'begins with a wildcard that could be a host or a path: name the host'],
    ['org*/app', 'begins with a wildcard that could be a host or a path: name the host'],
    ['**.example/app', 'has the malformed host "**.example"'],
    ['a_b.example/app', 'has the malformed host "a_b.example"'],
    ['', 'has the malformed component ""'],
    ['registry.example/', 'has the malformed component ""'],
    ['registry.example//app', 'has the malformed component ""'],
    ['registry.example/a**', 'has the malformed component "a**"'],
    ['registry.example/***', 'has the malformed component "***"'],
    ['registry.example/App', 'has the malformed component "App"'],
    ['registry.example/app:1', 'has the malformed component "app:1"'],
    ['registry.example/a[bc]', 'has the malformed component "a[bc]"'],
    ['registry.example/a?', 'has the malformed component "a?"'],
    ['registry.example/../a', 'has the malformed component ".."'],
  ])('%s', (text, what) => {
    expect(() => parseImagePattern(text)).toThrow(
      expect.objectContaining({ code: 'IMAGE_PATTERN', message: `the image pattern "${text}" ${what}` }),
    );
  });

  it('takes 16 stars and refuses 17', () => {
    expect(parseImagePattern(`a.b/${'x*'.repeat(16)}`).matches({ domain: 'a.b', path: 'x'.repeat(16) })).toBe(
      true,
    );
    expect(() => parseImagePattern(`a.b/${'x*'.repeat(17)}`)).toThrow(/has more than 16 stars$/);
  });

  it('takes 716 characters and refuses 717', () => {
    expect(parseImagePattern(`a.b/${'x'.repeat(712)}`).text).toHaveLength(716);
    expect(() => parseImagePattern(`a.b/${'x'.repeat(713)}`)).toThrow(/is longer than 716 characters$/);
  });
});

describe('specificity', () => {
  it.each([
    ['registry.example/team/app', 'registry.example/team/*'],
    ['registry.example/team/*', 'registry.example/team/**'],
    ['registry.example/team/**', 'registry.example/**'],
    ['registry.example/**', '*.example/**'],
    ['registry.example/team/app-*', 'registry.example/team/a*'],
    ['*.example/**', '**'],
  ])('%s is more specific than %s', (a, b) => {
    expect(compareSpecificity(parseImagePattern(a), parseImagePattern(b))).toBeGreaterThan(0);
    expect(compareSpecificity(parseImagePattern(b), parseImagePattern(a))).toBeLessThan(0);
  });

  it.each([
    ['a.b/team/app', [1, 2, 10, 0]],
    ['*.b/team/**/x*', [0, 1, 7, -1]],
    ['**', [0, 0, 0, -1]],
  ])('%s has %j', (text, expected) => {
    expect(parseImagePattern(text).specificity.map(n => n + 0)).toEqual(expected);
  });

  it('is equal for patterns of one shape', () => {
    expect(compareSpecificity(parseImagePattern('a.b/x*'), parseImagePattern('a.b/*x'))).toBe(0);
  });
});

describe('properties', () => {
  const part = fc.stringMatching(/^[a-z]{1,3}$/);
  const path = fc.array(part, { minLength: 1, maxLength: 5 });
  const patternParts = fc.array(fc.oneof(part, fc.constantFrom('*', '**', 'a*', '*b')), {
    minLength: 1,
    maxLength: 5,
  });

  it('agrees with a regular expression of the same meaning', () => {
    fc.assert(
      fc.property(patternParts, path, (wanted, parts) => {
        const source = wanted
          .map(p => (p === '**' ? '[a-z]+(?:/[a-z]+)*' : p.replaceAll('*', '[a-z]*')))
          .join('/');
        const expected = new RegExp(`^${source}$`).test(parts.join('/'));
        const pattern = parseImagePattern(`h.example/${wanted.join('/')}`);
        expect(pattern.matches({ domain: 'h.example', path: parts.join('/') })).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('a name without a star matches itself alone', () => {
    fc.assert(
      fc.property(path, path, (a, b) => {
        const pattern = parseImagePattern(`h.example/${a.join('/')}`);
        expect(pattern.matches({ domain: 'h.example', path: b.join('/') })).toBe(a.join('/') === b.join('/'));
      }),
    );
  });
});
