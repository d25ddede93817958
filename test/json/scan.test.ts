/** What the scan must find by itself, in objects of every size and order. */
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { parseStrict, parseStrictMember, type StrictOptions } from '../../src/json/strict.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string, options?: StrictOptions): unknown => parseStrict(encode(text), options);
const objectOf = (keys: readonly string[]): string => `{${keys.map(key => `"${key}":0`).join(',')}}`;
const refused = (code: string): object => expect.objectContaining({ code });

const sorted = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `k${String(i).padStart(3, '0')}`);

describe('keys that stand twice', () => {
  // 31, 32 and 33 are around the number of keys that are compared with each other.
  it.each([2, 3, 31, 32, 33, 100])('are found among %d, wherever they stand', count => {
    for (const keys of [sorted(count), sorted(count).reverse()]) {
      expect(Object.keys(parse(objectOf(keys)) as object)).toEqual(keys);
      for (const first of [0, count >> 1, count - 1]) {
        for (const at of [0, count >> 1, count]) {
          const twice = keys.toSpliced(at, 0, keys[first]!);
          expect(() => parse(objectOf(twice))).toThrowError(refused('JSON_DUPLICATE_KEY'));
          expect(() => parse(`[{"x":${objectOf(twice)}}]`)).toThrowError(refused('JSON_DUPLICATE_KEY'));
        }
      }
    }
  });

  it('are found again after an object inside, and in the second of two objects', () => {
    for (const text of [
      '{"b":{"a":0},"b":0}',
      '{"b":{"c":0,"a":0},"a":[{}],"b":0}',
      '[{"b":0},{"a":0,"a":0}]',
    ]) {
      expect(() => parse(text)).toThrowError(refused('JSON_DUPLICATE_KEY'));
    }
  });

  it('are told from keys that look alike', () => {
    for (const keys of [
      ['b', 'a', 'B', 'A', ''],
      ['bab', 'aab', 'caa', 'cac'],
      ['a\\"b', 'a', 'a\\"', 'a\\\\', '\\\\'],
      ['b', 'a\\u0062', 'a\\n'],
      ['ba', 'b', 'bab', 'a'],
    ]) {
      expect(Object.keys(parse(objectOf(keys)) as object)).toHaveLength(keys.length);
      expect(() => parse(objectOf([...keys, keys[1]!]))).toThrowError(refused('JSON_DUPLICATE_KEY'));
    }
  });

  it('are found like JSON.parse drops them, in any object', () => {
    const key = fc.constantFrom('a', 'b', 'ab', 'ba', '\\"', '\\\\', '\\u0061', '\\n', 'é', '😀', '');
    fc.assert(
      fc.property(fc.array(key, { maxLength: 40 }), keys => {
        const text = `{"x":[${objectOf(keys)}]}`;
        const kept = Object.keys((JSON.parse(text) as { x: [object] }).x[0]).length;
        if (kept === keys.length) expect(parse(text)).toEqual(JSON.parse(text));
        else expect(() => parse(text)).toThrowError(refused('JSON_DUPLICATE_KEY'));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('numbers', () => {
  it.each([
    '999999999999999',
    '-99999999999999',
    '9007199254740991',
    '-9007199254740991',
    '9007199254740992',
    '-9007199254740992',
    '10000000000000000',
    '-0',
    '0',
    '-1',
    '123456789012345678901234567890',
  ])('%s: as BigInt has it', text => {
    const isSafe = Number.isSafeInteger(Number(text)) && text !== '-0';
    for (const inside of [text, `[${text}]`, `{"a":${text},"b":1}`]) {
      if (isSafe) expect(parse(inside)).toEqual(JSON.parse(inside));
      else expect(() => parse(inside)).toThrowError(refused('JSON_NUMBER'));
    }
  });

  it.each(['1e308', '-1.5E+3', '0.1', '1E-400', '9'.repeat(308)])('any: %s passes', text => {
    expect(parse(`[${text}]`, { numbers: 'any' })).toEqual([Number(text)]);
    expect(() => parse(`[${text}]`)).toThrowError(refused('JSON_NUMBER'));
  });

  it.each(['1e309', '-1E+400', '9'.repeat(310)])('any: %s is no number that can be held', text => {
    expect(() => parse(`[${text}]`, { numbers: 'any' })).toThrowError(refused('JSON_NUMBER'));
  });

  it.each(['1-2', '1+', '--1', '-', '1e', '.5', '+1', '00', '-01'])('any: %s is no JSON', text => {
    expect(() => parse(`[${text}]`, { numbers: 'any' })).toThrowError(refused('JSON_SYNTAX'));
  });
});

describe('nesting', () => {
  it('is bounded by 64 whatever is asked for', () => {
    const nested = (depth: number): string => '{"a":'.repeat(depth) + '0' + '}'.repeat(depth);
    expect(parse(nested(64), { maxDepth: 1000 })).toBeDefined();
    expect(() => parse(nested(65), { maxDepth: 1000 })).toThrowError(refused('JSON_DEPTH'));
  });

  it.each([62, 63, 64])('is exact on level %d', depth => {
    const at = (inside: string): string => '['.repeat(depth - 1) + inside + ']'.repeat(depth - 1);
    expect(() => parse(at('{"b":0,"a":0,"b":0}'))).toThrowError(refused('JSON_DUPLICATE_KEY'));
    expect(parse(at('{"b":0,"a":0,"c":0}'))).toBeDefined();
    expect(parse(at('["a","a"]'))).toBeDefined();
    const within = (inside: string): string =>
      `{"signed":{"a":${'['.repeat(depth - 3)}${inside}${']'.repeat(depth - 3)}}}`;
    const given = (inside: string) => parseStrictMember(encode(within(inside)), 'signed').canonical?.length;
    for (const inside of ['{"a":0,"b":0}', '{"a":0,"aa":0}'])
      expect(given(inside)).toBe(within(inside).length - '{"signed":}'.length);
    for (const inside of ['{"b":0,"a":0}', '{"aa":0,"a":0}']) expect(given(inside)).toBeUndefined();
  });

  it('does not count what was closed, and survives what was never opened', () => {
    expect(parse(`[${'[{}],'.repeat(100)}0]`, { maxDepth: 3 })).toHaveLength(101);
    expect(() => parse(']'.repeat(100))).toThrowError(refused('JSON_SYNTAX'));
    expect(() => parse('}}{"a":1,"a":2}')).toThrowError(refused('JSON_SYNTAX'));
  });
});

it('one document leaves nothing behind for the next', () => {
  expect(() => parse('{"a":{"b":{"c":0,"b":1.5')).toThrowError(refused('JSON_NUMBER'));
  expect(parse('{"a":{"b":{"c":0,"b":1}}}')).toEqual({ a: { b: { c: 0, b: 1 } } });
  expect(() => parse(`${objectOf(sorted(40).reverse())}x`)).toThrowError(refused('JSON_SYNTAX'));
  expect(parse(objectOf(['b', 'a']))).toEqual({ b: 0, a: 0 });
});
