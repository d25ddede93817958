import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { editDistance, suggest } from '../../src/entitlements/suggest.js';

describe('suggest', () => {
  const known = ['sign', 'serve', 'verify', 'profile', 'completion', 'list'];

  it.each([
    ['verfy', 'verify'],
    ['sing', 'sign'],
    ['lst', 'list'],
    ['comp', 'completion'],
    ['proflie', 'profile'],
    ['servee', 'serve'],
  ])('%s → %s', (typed, meant) => {
    expect(suggest(typed, known)).toBe(meant);
  });

  it.each(['x', '', 'destroy', 'banana', 'li', 'git'])('%s → nothing', typed => {
    expect(suggest(typed, known)).toBeUndefined();
  });

  it('prefers the nearest', () => {
    expect(suggest('cats', ['cast', 'cat', 'cats'])).toBe('cats');
  });
});

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['a', '', 1],
    ['ab', 'ba', 1],
    ['abc', 'axc', 1],
    ['abcd', 'acbd', 1],
    ['abc', 'xbz', 2],
    ['abcd', 'a', 3],
  ])('of %j and %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is symmetric, and 0 for equal words only', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});
