/** Names on the Notary wire, and files by their digests. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { NotaryFile } from '../../src/tuf/format/notary1.js';
import { describeNotaryFile, sameHashes } from '../../src/tuf/notary/describe.js';
import {
  ancestorsOf,
  isDelegation,
  parentOf,
  parseGun,
  parseNotaryRole,
  shallowFirst,
} from '../../src/tuf/notary/names.js';
import { refusal } from './refusal.js';
import { utf8 } from './simulator.js';

describe('the name of a repository', () => {
  it.each(['a', 'registry.example/acme/app', '../x', 'ä ö', 'x'.repeat(255)])('may be %s', text => {
    expect(parseGun(text)).toBe(text);
  });

  it.each(['', 'x'.repeat(256), 'a*', '*', 'a\n', '\0', 'a\u007f', '\ud800', 'a\udc00b'])(
    'is not %j',
    text => {
      expect(() => parseGun(text)).toThrow(
        refusal(
          'NOTARY_GUN',
          /^a repository's name has 1 to 255 characters, no \* and no control characters; ".*" has not$/,
        ),
      );
    },
  );
});

describe('the name of a role', () => {
  const longest = `targets/${'x'.repeat(247)}`;
  it.each(['root', 'targets', 'snapshot', 'timestamp'])('may be %s, which is no delegation', text => {
    expect(parseNotaryRole(text)).toBe(text);
    expect(isDelegation(text)).toBe(false);
  });

  it.each(['targets/a', 'targets/a/b', 'targets/-_09az', 'targets/targets', longest])('may be %s', text => {
    expect(parseNotaryRole(text)).toBe(text);
    expect(isDelegation(text)).toBe(true);
  });

  it.each([
    '',
    'Root',
    'targets/',
    'targets//a',
    'targets/a/',
    'targets/A',
    'targets/a b',
    'targets/a\n',
    'x/a',
    'xtargets/a',
    `${longest}x`,
  ])('is not %j', text => {
    expect(isDelegation(text)).toBe(false);
    expect(() => parseNotaryRole(text)).toThrow(
      expect.objectContaining({ code: 'NOTARY_ROLE', details: { role: text } }),
    );
  });

  it('is cut in what a refusal tells', () => {
    expect(() => parseNotaryRole('x'.repeat(300))).toThrow(
      expect.objectContaining({
        message: `Notary has no role "${'x'.repeat(80)}..."`,
        details: { role: 'x'.repeat(256) },
      }),
    );
  });
});

describe('the tree of roles', () => {
  const role = parseNotaryRole;
  it('has parents and ancestors', () => {
    expect([role('targets'), role('targets/a'), role('targets/a/b')].map(parentOf)).toEqual([
      undefined,
      'targets',
      'targets/a',
    ]);
    expect(ancestorsOf(role('targets'))).toEqual([]);
    expect(ancestorsOf(role('targets/a/b/c'))).toEqual(['targets', 'targets/a', 'targets/a/b']);
  });

  it('is sorted by depth, then by name', () => {
    const names = ['targets/b/a', 'targets/c', 'targets', 'targets/a/z', 'targets/a'].map(role);
    expect(names.toSorted(shallowFirst)).toEqual([
      'targets',
      'targets/a',
      'targets/c',
      'targets/a/z',
      'targets/b/a',
    ]);
    expect([
      shallowFirst(role('root'), role('targets')),
      shallowFirst(role('targets'), role('root')),
    ]).toEqual([-1, 1]);
  });
});

describe('a file', () => {
  const bytes = utf8('abc');
  const actual = describeNotaryFile(bytes);
  const named = (change: Partial<NotaryFile>): NotaryFile => ({ ...actual, ...change });
  const hash = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex');

  it('is described by its length and two digests', () => {
    expect(actual).toEqual({
      length: 3,
      hashes: new Map([
        ['sha256', hash('sha256')],
        ['sha512', hash('sha512')],
      ]),
    });
  });

  it('is the one that is named where length and all known digests are the same', () => {
    const [sha256, sha512] = [hash('sha256'), hash('sha512')];
    expect(sameHashes(actual, actual)).toBe(true);
    expect(sameHashes(named({ hashes: new Map([['sha256', sha256]]) }), actual)).toBe(true);
    expect(sameHashes(named({ hashes: new Map([['sha512', sha512]]) }), actual)).toBe(true);
    expect(sameHashes(named({ hashes: new Map([...actual.hashes, ['md5', 'x']]) }), actual)).toBe(true);
    expect(sameHashes(named({ length: 4 }), actual)).toBe(false);
    expect(sameHashes(named({ hashes: new Map([['sha256', sha512]]) }), actual)).toBe(false);
    expect(sameHashes(named({ hashes: new Map([...actual.hashes, ['sha512', 'x']]) }), actual)).toBe(false);
  });
});
