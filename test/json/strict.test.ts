import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import type { WritError } from '../../src/errors.js';
import { parseStrict, type StrictOptions } from '../../src/json/strict.js';
import { naiveParse } from './oracle.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string, options?: StrictOptions): unknown => parseStrict(encode(text), options);

function refusal(text: string | Uint8Array, options?: StrictOptions): { code: string; message: string } {
  try {
    parseStrict(typeof text === 'string' ? encode(text) : text, options);
  } catch (error) {
    const { code, message } = error as WritError;
    return { code, message };
  }
  throw new Error('it was accepted');
}

describe('parseStrict', () => {
  it.each([
    ['null', null],
    [' true ', true],
    ['false', false],
    ['-12', -12],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['"a\\u00e9\\ud83d\\ude00\\n"', 'aé😀\n'],
    ['"e5 1.5 {[: \\" \\\\"', 'e5 1.5 {[: " \\'],
    ['[1,[2,{}],[]]', [1, [2, {}], []]],
    ['{"a":1,"b":{"a":2}}', { a: 1, b: { a: 2 } }],
    ['[{"a":1},{"a":1}]', [{ a: 1 }, { a: 1 }]],
    ['{"a:b":"c:d"}', { 'a:b': 'c:d' }],
  ])('reads %s', (text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it('attack: __proto__ and constructor are members like any other', () => {
    const value = parse('{"__proto__":{"x":1},"constructor":2}') as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect((value as { x?: number }).x).toBeUndefined();
  });

  describe('attack: duplicate JSON keys', () => {
    it.each([
      ['{"a":1,"a":2}', 'the key "a" appears twice, at offset 7'],
      ['{"a":1,"\\u0061":1}', 'the key "a" appears twice, at offset 7'],
      ['[{"b":{"c":1, "c" : {"c":1}}}]', 'the key "c" appears twice, at offset 14'],
      [
        '{"x":"x","y":["x","x"],"__proto__":1,"__proto__":2}',
        'the key "__proto__" appears twice, at offset 37',
      ],
      [`{"a":1,"a"${' '.repeat(70)}:2}`, 'an object names one key twice'],
      ['{"a":{"x":1},"a":1}', 'the key "a" appears twice, at offset 13'],
      ['{"a":[{"a":1}],"a":1}', 'the key "a" appears twice, at offset 15'],
      ['{"q\\"":1,"q\\"":{"z":0}}', 'the key "q\\"" appears twice, at offset 9'],
    ])('%s', (text, message) => {
      expect(refusal(text)).toEqual({ code: 'JSON_DUPLICATE_KEY', message });
      expect(refusal(text, { numbers: 'any' }).code).toBe('JSON_DUPLICATE_KEY');
    });
  });

  describe('attack: floats, exponents, integers over 2^53', () => {
    it.each([
      ['1.0', 'the number at offset 1 is not a plain integer'],
      ['[1,2.5]', 'the number at offset 4 is not a plain integer'],
      ['[1-2]', 'the number at offset 2 is not a plain integer'],
      ['1e3', 'the number at offset 1 is not a plain integer'],
      ['{"a":10E2}', 'the number at offset 7 is not a plain integer'],
      ['9007199254740992', 'the number 9007199254740992 is not an integer within ±(2^53 − 1)'],
      ['[-9007199254740992]', 'the number -9007199254740992 is not an integer within ±(2^53 − 1)'],
      ['{"a":[-0]}', 'the number -0 is not an integer within ±(2^53 − 1)'],
    ])('%s', (text, message) => {
      expect(refusal(text)).toEqual({ code: 'JSON_NUMBER', message });
    });

    it('passes where Kubernetes may write them, as long as they are finite', () => {
      expect(parse('[1.5,1e3,-0,9007199254740992]', { numbers: 'any' })).toEqual([1.5, 1000, -0, 2 ** 53]);
      expect(refusal('1e999', { numbers: 'any' }).code).toBe('JSON_NUMBER');
    });
  });

  it.each(['"\\ud800"', '"\\udc00\\ud800"', '{"\\udBff":1}', '[["a","\\uD800x"]]', '{"a":{"b":"\\udfff"}}'])(
    'attack: lone surrogates: %s',
    text => {
      expect(refusal(text)).toEqual({
        code: 'JSON_SURROGATE',
        message: 'a string holds half of a surrogate pair',
      });
    },
  );

  it('takes an escaped backslash before "ud800" for what it is', () => {
    expect(parse('"\\\\ud800"')).toBe('\\ud800');
  });

  it('attack: deep nesting: bounded on both sides', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(parse(nested(64))).toBeDefined();
    expect(refusal(nested(65))).toEqual({
      code: 'JSON_DEPTH',
      message: 'the document is nested deeper than 64 levels, at offset 64',
    });
    expect(parse('[[],[],{}]', { maxDepth: 2 })).toEqual([[], [], {}]);
    expect(refusal('{"a":{}}', { maxDepth: 1 }).code).toBe('JSON_DEPTH');
    expect(refusal(nested(1_000_000)).code).toBe('JSON_DEPTH');
  });

  it('attack: a huge document: bounded on both sides, before it is read', () => {
    expect(parse('[1]', { maxBytes: 3 })).toEqual([1]);
    expect(refusal('[1] ', { maxBytes: 3 })).toEqual({
      code: 'JSON_SIZE',
      message: 'the document has 4 bytes, more than 3',
    });
    expect(refusal(new Uint8Array(8 * 1024 * 1024 + 1)).code).toBe('JSON_SIZE');
  });

  it('refuses what is not UTF-8, and a byte order mark', () => {
    expect(refusal(Uint8Array.of(0x22, 0xff, 0x22))).toEqual({
      code: 'JSON_UTF8',
      message: 'the document is not UTF-8',
    });
    expect(refusal(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)).code).toBe('JSON_UTF8');
    expect(refusal('\ufeff{}').code).toBe('JSON_SYNTAX');
  });

  it('keeps what the platform said', () => {
    expect(() => parse('{')).toThrowError(expect.objectContaining({ cause: expect.any(SyntaxError) }));
    const bytes = Uint8Array.of(0xff);
    expect(() => parseStrict(bytes)).toThrowError(expect.objectContaining({ cause: expect.any(TypeError) }));
  });

  it.each(['', '{', '{"a":1,}', "{'a':1}", '[1,]', '01', 'nul', '"\t"', '"abc', '[1]x', ':', '{"a"}'])(
    'refuses what is not JSON: %j',
    text => {
      expect(refusal(text)).toMatchObject({
        code: 'JSON_SYNTAX',
        message: expect.stringMatching(/^not JSON: ./),
      });
    },
  );

  const broken = fc
    .array(
      fc.constantFrom(
        ...'{}[]:,"\\ ',
        '"a"',
        '"b"',
        '0',
        '1',
        '-',
        '.',
        'e',
        '12',
        'true',
        'null',
        '\\ud83d',
        '\\ude00',
        'é',
      ),
      { maxLength: 14 },
    )
    .map(parts => parts.join(''));
  const nearlyJson = fc
    .tuple(
      fc.json({ maxDepth: 4, noUnicodeString: false }),
      fc.nat(),
      fc.constantFrom('', '"', '}', ',"":1', '0', '.5', '\\'),
    )
    .map(
      ([text, at, insert]) =>
        text.slice(0, at % (text.length + 1)) + insert + text.slice(at % (text.length + 1)),
    );
  const members = fc
    .array(
      fc.tuple(
        fc.constantFrom('"a"', '"\\u0061"', '"b"', '"__proto__"'),
        fc.constantFrom('1', '{}', '{"a":1}', '[]'),
      ),
    )
    .map(list => `{${list.map(([key, value]) => `${key}:${value}`).join(',')}}`);

  it('agrees with the naive reader on everything', () => {
    fc.assert(
      fc.property(fc.oneof(broken, nearlyJson, members), text => {
        if (!text.isWellFormed()) return;
        const expected = naiveParse(text);
        if ('refused' in expected) expect(() => parse(text)).toThrow();
        else expect(parse(text)).toEqual(expected.value);
      }),
      { numRuns: 3000 },
    );
  });
});
