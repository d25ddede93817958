import { describe, expect, it } from 'vitest';
import { describeMetadata, describeTarget } from '../../src/tuf/build/describe.js';
import { checkFileBytes, sameContent, verifyTargetBytes } from '../../src/tuf/file-bytes.js';
import type { TargetFile } from '../../src/tuf/model.js';
import { refusal } from './refusal.js';
import { sha256, utf8 } from './simulator.js';

const bytes = utf8('content');
const digest = sha256(bytes);
const SHA512 =
  'b2d1d285b5199c85f988d03649c37e44fd3dde01e5d69c50fef90651962f48110e9340b60d49a479c4c0b53f5f07d690686dd87d2481937a512e8b85ee7c617f';

describe('attack: length smaller or larger than served', () => {
  it.each([6, 8])('%d bytes stated of 7', length => {
    expect(() => {
      checkFileBytes('f', { length }, bytes);
    }).toThrowError(refusal('TUF_LENGTH', `f has 7 bytes, its metadata says ${length}`));
  });
});

describe('hashes', () => {
  const check = (hashes: [string, string][]) => () => {
    checkFileBytes('f', { hashes: new Map(hashes) }, bytes);
  };

  it('all known ones must fit, unknown ones are read over', () => {
    check([['sha256', digest]])();
    check([
      ['sha256', digest],
      ['sha512', SHA512],
      ['blake9', 'X'],
    ])();
    expect(
      check([
        ['sha256', digest],
        ['sha512', SHA512.replace('b', 'c')],
      ]),
    ).toThrowError(
      refusal('TUF_HASH', `f has the sha512 ${SHA512}, its metadata says ${SHA512.replace('b', 'c')}`),
    );
    expect(
      check([
        ['sha256', 'ab'.repeat(32)],
        ['sha512', SHA512],
      ]),
    ).toThrowError(refusal('TUF_HASH'));
  });

  it('attack: hashes of unknown kinds only prove nothing', () => {
    expect(
      check([
        ['blake9', 'X'],
        ['constructor', 'Y'],
      ]),
    ).toThrowError(refusal('TUF_HASH', 'f has only hashes of unknown kinds: blake9, constructor'));
  });

  it('may be absent where the specification lets them', () => {
    checkFileBytes('f', {}, bytes);
  });
});

describe('describing files', () => {
  it('gives what verifies them', () => {
    const target = describeTarget(bytes, { writ: { v: 1 } });
    expect(target).toEqual({ length: 7, hashes: new Map([['sha256', digest]]), custom: { writ: { v: 1 } } });
    verifyTargetBytes('f', target, bytes);
    expect(describeTarget(bytes)).toEqual({ length: 7, hashes: new Map([['sha256', digest]]) });
    expect(describeMetadata(3, bytes)).toEqual({
      version: 3,
      length: 7,
      hashes: new Map([['sha256', digest]]),
    });
  });
});

describe('the same content', () => {
  const file = (length: number, hashes: Record<string, string>): TargetFile => ({
    length,
    hashes: new Map(Object.entries(hashes)),
  });
  const one = file(1, { sha256: 'a', sha512: 'b' });

  it.each<[string, TargetFile, boolean]>([
    ['in another order', file(1, { sha512: 'b', sha256: 'a' }), true],
    ['with other custom data', { ...one, custom: { x: 1 } }, true],
    ['of another length', file(2, { sha256: 'a', sha512: 'b' }), false],
    ['with another hash', file(1, { sha256: 'a', sha512: 'c' }), false],
    ['with a hash less', file(1, { sha256: 'a' }), false],
    ['with a hash more', file(1, { sha256: 'a', sha512: 'b', md5: 'c' }), false],
    ['with hashes of other kinds', file(1, { sha256: 'a', md5: 'b' }), false],
  ])('%s', (_, other, same) => {
    expect(sameContent(one, other)).toBe(same);
    expect(sameContent(other, one)).toBe(same);
  });
});
