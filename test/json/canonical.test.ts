import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalText } from '../../src/json/canonical.js';
import { parseStrict } from '../../src/json/strict.js';
import type { JsonValue } from '../../src/json/types.js';

/** OLPC canonical JSON the slow way: keys compared code point by code point. */
function naive(value: JsonValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return BigInt(value).toString();
  if (typeof value === 'string') return `"${value.split('\\').join('\\\\').split('"').join('\\"')}"`;
  if (Array.isArray(value)) return `[${value.map(naive).join(',')}]`;
  const points = (text: string): number[] => Array.from(text, char => char.codePointAt(0)!);
  const entries = Object.entries(value).sort(([a], [b]) => {
    const [x, y] = [points(a), points(b)];
    for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i]! - y[i]!;
    return x.length - y.length;
  });
  return `{${entries.map(([key, item]) => `${naive(key)}:${naive(item)}`).join(',')}}`;
}

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '"', '\\', '\n', '\u0000', 'é', '\ue000', '\uffff', '😀', '𐀀'),
  maxLength: 4,
});
const valuesOf = (strings: fc.Arbitrary<string>): fc.Arbitrary<JsonValue> =>
  fc.letrec<{ value: JsonValue }>(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      strings,
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(strings, tie('value'), { maxKeys: 5 }),
    ),
  })).value;

describe('canonical JSON', () => {
  it.each<[JsonValue, string]>([
    [{}, '{}'],
    [[], '[]'],
    [[1, -1, 0, -0], '[1,-1,0,0]'],
    [[true, false, null], '[true,false,null]'],
    [{ b: 1, a: [{ d: 2, c: 3 }] }, '{"a":[{"c":3,"d":2}],"b":1}'],
    [{ 10: 0, 9: 0, A: 0, a: 0, '': 0 }, '{"":0,"10":0,"9":0,"A":0,"a":0}'],
    ['line\nbreak\ttab\u0000"\\/é', '"line\nbreak\ttab\u0000\\"\\\\/é"'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [[1, 'x', { b: 1, a: 2 }, [{ d: -0, c: 3 }]], '[1,"x",{"a":2,"b":1},[{"c":3,"d":0}]]'],
    [{ a: 1, b: { d: 2, c: 'x' }, e: [0] }, '{"a":1,"b":{"c":"x","d":2},"e":[0]}'],
    [{ a: { c: 1, b: 2 } }, '{"a":{"b":2,"c":1}}'],
  ])('%j', (value, expected) => {
    expect(canonicalText(value)).toBe(expected);
    expect(canonicalBytes(value)).toEqual(new TextEncoder().encode(expected));
  });

  it.each<[JsonValue, string]>([
    [{ '😀': 1, '\uffff': 2 }, '{"\uffff":2,"😀":1}'],
    [{ '\u{1f7ff}': 1, '\u{1f7fe}': 2 }, '{"\u{1f7fe}":2,"\u{1f7ff}":1}'],
    [{ 'x😀': 1, 'x\ue000': 2, x: 3 }, '{"x":3,"x\ue000":2,"x😀":1}'],
  ])('attack: keys beyond the basic plane: %j', (value, expected) => {
    expect(canonicalText(value)).toBe(expected);
  });

  it('keeps a member named __proto__', () => {
    expect(canonicalText(parseStrict(Buffer.from('{"a":1,"__proto__":{"b":2}}')))).toBe(
      '{"__proto__":{"b":2},"a":1}',
    );
  });

  it.each([0.5, 2 ** 53, -(2 ** 53), NaN, Infinity])('refuses the number %d', number => {
    expect(() => canonicalText({ a: [number] })).toThrowError(
      expect.objectContaining({
        code: 'JSON_NUMBER',
        message: `the number ${number} is not an integer within ±(2^53 − 1)`,
      }),
    );
  });

  it.each<JsonValue>(['\ud800', { '\udc00': 1 }])('refuses half a surrogate pair', value => {
    expect(() => canonicalText(value)).toThrowError(
      expect.objectContaining({
        code: 'JSON_SURROGATE',
        message: 'a string holds half of a surrogate pair',
      }),
    );
  });

  it.each([1, 4095, 4096, 4097, 20_000, 200_000])('writes documents of any size: %d', size => {
    for (const unit of ['a', 'é', '\uffff', '😀']) {
      const value = { b: unit.repeat(size), a: Array.from({ length: size / 100 }, (_, i) => `${unit}${i}`) };
      expect(canonicalText(value)).toBe(naive(value));
    }
  });

  it('gives bytes of their own, as many as there are', () => {
    const bytes = canonicalBytes([1]);
    expect(bytes.buffer.byteLength).toBe(3);
  });

  // The second kind has nothing that JSON.stringify writes otherwise: the quick way is taken.
  it.each([
    ['any strings', text],
    ['plain strings', fc.string({ unit: fc.constantFrom('a', 'b', 'c', '"', '\\', 'é'), maxLength: 2 })],
  ])('agrees with the naive writer: %s', (_, strings) => {
    fc.assert(
      fc.property(fc.array(valuesOf(strings), { maxLength: 4 }), value => {
        expect(canonicalText(value)).toBe(naive(value));
        expect(canonicalText({ x: value, a: 0 })).toBe(naive({ x: value, a: 0 }));
      }),
      { numRuns: 500 },
    );
  });
});
