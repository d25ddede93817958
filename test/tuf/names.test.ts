import { runInNewContext } from 'node:vm';
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { isDelegated } from '../../src/tuf/delegation.js';
import { formatExpires, parseExpires } from '../../src/tuf/format/expires.js';
import { matchesGlob } from '../../src/tuf/glob.js';
import { patternsUnder } from '../../src/tuf/build/prefix-patterns.js';
import {
  metadataFileName,
  parseDelegatedRoleName,
  parseRoleName,
  ROOT,
  TARGETS,
  TOP_LEVEL_ROLES,
  typeOfRole,
} from '../../src/tuf/role-name.js';
import { targetFilePath } from '../../src/tuf/target-path.js';
import { refusal } from './refusal.js';

describe('role names', () => {
  it.each(['team', 'team/web', '../x', '..', '%2e%2e', '/abs', 'a?b#c', 'é😀', 'x'.repeat(256)])(
    '%s is one',
    text => {
      expect(parseRoleName(text)).toBe(text);
      expect(parseDelegatedRoleName(text)).toBe(text);
    },
  );

  it.each([
    ['', '""'],
    ['a\u0000b', '"a\\u0000b"'],
    ['a\n', '"a\\n"'],
    ['\u0085', '"\u0085"'],
    ['a\ud800', '"a\\ud800"'],
    ['x'.repeat(257), `"${'x'.repeat(64)}…"`],
  ])('attack: role names that are empty, very long or hold NUL: %j', (text, shown) => {
    expect(() => parseRoleName(text)).toThrowError(
      refusal(
        'TUF_ROLE_NAME',
        `a role name must have 1 to 256 characters and no control characters, ${shown} has not`,
      ),
    );
  });

  it.each(['root', 'timestamp', 'snapshot', 'targets', 'Root', 'TARGETS'])(
    'attack: role named like a top-level role: %s',
    text => {
      expect(parseRoleName(text)).toBe(text);
      expect(() => parseDelegatedRoleName(text)).toThrowError(
        refusal('TUF_ROLE_NAME', `a delegated role must not be named "${text}"`),
      );
    },
  );

  it('know their type and their file', () => {
    expect(TOP_LEVEL_ROLES.map(typeOfRole)).toEqual(['root', 'timestamp', 'snapshot', 'targets']);
    expect(typeOfRole(parseRoleName('team'))).toBe('targets');
    expect(metadataFileName(TARGETS)).toBe('targets.json');
    expect(metadataFileName(ROOT, 12)).toBe('12.root.json');
    expect(metadataFileName(parseRoleName('../x'), 1)).toBe('1.../x.json');
  });
});

describe('attack: globs with **, [, ?, {a,b}, a leading dot', () => {
  it.each([
    ['*', 'a', true],
    ['*', '', true],
    ['*', 'a/b', false],
    ['*/*', 'a/b', true],
    ['*/*', 'a/b/c', false],
    ['a/*', 'a/', true],
    ['a/*', 'a', false],
    ['a*c', 'abbc', true],
    ['a*c', 'ac', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a*/b*c', 'a1/bxc', true],
    ['*a/*b', 'xa/ya/b', false],
    ['?', 'a', true],
    ['?', '😀', true],
    ['??', '😀', false],
    ['?', '', false],
    ['?', '/', false],
    ['a?', 'a', false],
    ['', '', true],
    ['', 'a', false],
    ['a', '', false],
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['abc*', 'abc', true],
    ['ABC', 'abc', false],
    // globs with `**`, `[`, `?`, leading dot
    ['**', 'a/b', false],
    ['**', 'ab', true],
    ['a/**/b', 'a/b', false],
    ['a/**/b', 'a/x/b', true],
    ['[ab]', 'a', false],
    ['[ab]', '[ab]', true],
    ['[!a]*', '[!a]b', true],
    ['*', '.hidden', true],
    ['?hidden', '.hidden', true],
    // what other matchers take for more: {a,b}, !x, +(…)
    ['{a,b}', 'a', false],
    ['!x', 'a', false],
    ['+(a)', 'aa', false],
    ['a.c', 'abc', false],
    ['a\\*', 'a*', false],
    ['a\\*', 'a\\b', true],
    ['*', 'a\nb', true],
  ])('%j and %j: %s', (pattern, path, expected) => {
    expect(matchesGlob(pattern, path)).toBe(expected);
  });

  it('agree with a regular expression', () => {
    const alphabet = fc.constantFrom('a', 'b', '/', '*', '?', '.');
    const text = fc.array(alphabet, { maxLength: 9 }).map(parts => parts.join(''));
    fc.assert(
      fc.property(text, text, (pattern, path) => {
        const source = pattern.replace(/[.]/g, '\\.').replace(/\*+/g, '[^/]*').replace(/\?/g, '[^/]');
        expect(matchesGlob(pattern, path)).toBe(new RegExp(`^${source}$`, 's').test(path));
      }),
      { numRuns: 5000 },
    );
  });

  // Milliseconds as it is, and years where every star is tried again: no machine is slow enough to confuse them.
  it('do not try every way to divide a path among the stars', () => {
    const match = (): boolean => matchesGlob(`${'*a'.repeat(500)}b`, 'a'.repeat(20_000));
    expect(runInNewContext('match()', { match }, { timeout: 120_000 })).toBe(false);
  });
});

describe('patternsUnder', () => {
  it('reaches eight levels below the prefix, and not the prefix itself', () => {
    const patterns = patternsUnder('registry.example/team');
    expect(patterns).toHaveLength(8);
    expect(patterns.slice(0, 2)).toEqual(['registry.example/team/*', 'registry.example/team/*/*']);
    const role = {
      name: parseRoleName('team'),
      keyIds: [],
      threshold: 1,
      terminating: true,
      scope: { kind: 'paths', patterns },
    } as const;
    const below = (depth: number): string => `registry.example/team${'/x'.repeat(depth)}:tag`;
    expect([1, 2, 8, 9].map(depth => isDelegated(role, below(depth)))).toEqual([true, true, true, false]);
    expect(isDelegated(role, 'registry.example/team:tag')).toBe(false);
    expect(isDelegated(role, 'registry.example/teams/x')).toBe(false);
  });

  it.each(['', 'a/', 'a*', 'a?', 'a[b]', '{a}', '!a', 'a+', '(a)', 'a|b', 'a@b', 'a\\b'])(
    'refuses %j',
    prefix => {
      expect(() => patternsUnder(prefix)).toThrowError(
        refusal('TUF_FORMAT', `${JSON.stringify(prefix)} is not a prefix that can be delegated`),
      );
    },
  );
});

describe('target paths on the wire', () => {
  const digest = 'ab'.repeat(32);
  const target = {
    length: 1,
    hashes: new Map([
      ['blake9', 'X'],
      ['sha256', digest],
    ]),
  };

  it.each([
    ['file', `${digest}.file`],
    ['dir/sub/file', `dir/sub/${digest}.file`],
    ['dir/', `dir/${digest}.`],
    ['../x', `../${digest}.x`],
  ])('%s', (path, wire) => {
    expect(targetFilePath(path, target, true)).toBe(wire);
    expect(targetFilePath(path, target, false)).toBe(path);
  });

  it('need a hash of a known kind', () => {
    expect(() => targetFilePath('x', { length: 1, hashes: new Map([['blake9', 'X']]) }, true)).toThrowError(
      refusal('TUF_HASH', 'the target x has only hashes of unknown kinds'),
    );
  });
});

describe('expires', () => {
  it('is one form of time', () => {
    expect(parseExpires('2030-01-31T23:59:59Z', 'p')).toEqual(new Date(Date.UTC(2030, 0, 31, 23, 59, 59)));
    expect(parseExpires('2028-02-29T00:00:00Z', 'p').getUTCDate()).toBe(29);
  });

  // other time-zone forms, fractions, days that no calendar has, and what Date would take
  it.each([
    '2030-01-31T23:59:59+00:00',
    '2030-01-31T23:59:59',
    '2030-01-31T23:59:59z',
    '2030-01-31 23:59:59Z',
    '2030-01-31T23:59:59.000Z',
    '2030-01-31T23:59Z',
    '2030-01-31',
    '2030-02-30T00:00:00Z',
    '2029-02-29T00:00:00Z',
    '2030-13-01T00:00:00Z',
    '2030-01-01T24:00:00Z',
    '2030-01-01T00:60:00Z',
    '2030-01-01T23:59:60Z',
    '+12030-01-01T00:00:00Z',
    '+012030-01-01T00:00:00Z',
    '-000001-01-01T00:00:00Z',
    ' 2030-01-31T23:59:59Z',
    '2030-01-31T23:59:59Z\n',
    '1893456000',
    '',
  ])('attack: unparseable expires, other time-zone forms: %j never means never', text => {
    expect(() => parseExpires(text, 'signed.expires')).toThrowError(
      refusal('TUF_FORMAT', 'signed.expires must be a time like "2030-01-31T23:59:59Z"'),
    );
  });

  it('is written as it is read, fractions cut', () => {
    expect(formatExpires(new Date('2030-01-31T23:59:59.999Z'))).toBe('2030-01-31T23:59:59Z');
    for (const date of [new Date(NaN), new Date(Date.UTC(10_000, 0)), new Date(Date.UTC(-1, 0))]) {
      expect(() => formatExpires(date)).toThrowError(
        refusal('TUF_FORMAT', 'expires must be a date before the year 10000'),
      );
    }
  });
});
