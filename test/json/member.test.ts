/** The member that was signed: given as received exactly where it is canonical already. */
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../src/json/canonical.js';
import { parseStrictMember } from '../../src/json/strict.js';
import type { JsonObject, JsonValue } from '../../src/json/types.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string): string | undefined => {
  const { canonical } = parseStrictMember(encode(text), 'signed');
  return canonical && new TextDecoder().decode(canonical);
};

describe('parseStrictMember', () => {
  it.each([
    ['{"signed":{}}', '{}'],
    ['{"signatures":[{"sig":"00"}],"signed":{"a":1,"b":[true,null,-7]}}', '{"a":1,"b":[true,null,-7]}'],
    ['{"signed":{"a":{"signed":{}}},"signatures":[]}', '{"a":{"signed":{}}}'],
    [
      ' { "x" : [ 1 ] , "signed":{"é":"\u007f/","\uffff":0,"😀":"𐀀"} } ',
      '{"é":"\u007f/","\uffff":0,"😀":"𐀀"}',
    ],
    ['{"x":"\\n","signed":{"a":1}}', '{"a":1}'],
    ['{"b":0,"a":0,"signed":{"10":1,"9":2}}', '{"10":1,"9":2}'],
    // A quote comes after a space and an exclamation mark; a key ends before any of them.
    ['{"signed":{"a":1,"a ":2,"a!":3}}', '{"a":1,"a ":2,"a!":3}'],
    ['{"signed":{"\u{1f7fe}":1,"\u{1f7ff}":2}}', '{"\u{1f7fe}":1,"\u{1f7ff}":2}'],
  ])('%s: as it stands', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each([
    '{"signed":{"b":1,"a":2}}',
    '{"signed":{"aa":1,"a":2}}',
    '{"signed":{"a!":1,"a":2}}',
    '{"signed":{"\u{1f7ff}":1,"\u{1f7fe}":2}}',
    '{"signed":{"x":[{"b":1,"a":2}]}}',
    '{"signed": {"a":1}}',
    '{"signed" :{"a":1}}',
    '{"signed":{"a": 1}}',
    '{"signed":{"a":1\n}}',
    '{"signed":{"a":"\\n"}}',
    '{"signed":{"a":"\\""}}',
    '{"signed":{"\\u0061":1}}',
    '{"signed":{"😀":1,"\uffff":2}}',
    '{"signed":[1]}',
    '{"signed":"{}"}',
    '{"signed":1,"x":{}}',
    '{"x":{"signed":{}}}',
    '{"Signed":{},"signedx":{}}',
    '[{"signed":{}}]',
    '"signed"',
  ])('%s: to be written anew, or not there', text => {
    expect(read(text)).toBeUndefined();
    expect(parseStrictMember(encode(text), 'signed').value).toEqual(JSON.parse(text));
  });

  it('gives the whole document too, and refuses what parseStrict refuses', () => {
    expect(parseStrictMember(encode('{"signed":{"a":1},"x":[2]}'), 'signed').value).toEqual({
      signed: { a: 1 },
      x: [2],
    });
    for (const [text, code] of [
      ['{"signed":{},"signed":{}}', 'JSON_DUPLICATE_KEY'],
      ['{"signed":{"a":1.5}}', 'JSON_NUMBER'],
      ['{"signed":{}', 'JSON_SYNTAX'],
    ] as const) {
      expect(() => parseStrictMember(encode(text), 'signed')).toThrowError(expect.objectContaining({ code }));
    }
    expect(() => parseStrictMember(encode('{"signed":{}}'), 'signed', { maxBytes: 12 })).toThrowError(
      expect.objectContaining({ code: 'JSON_SIZE' }),
    );
  });

  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '"', '\\', '\n', 'é', '\uffff', '😀'),
    maxLength: 3,
  });
  const { value } = fc.letrec<{ value: JsonValue }>(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.constantFrom(null, true, 0, -1, Number.MAX_SAFE_INTEGER),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    ),
  }));
  const object = fc.dictionary(text, value, { maxKeys: 4 });
  const spaced = fc.constantFrom(0, 1);

  it('never gives other bytes than the canonical writer', () => {
    fc.assert(
      fc.property(object, spaced, (signed, space) => {
        const found = read(JSON.stringify({ a: 'x', signed, z: {} }, null, space));
        if (found !== undefined) expect(found).toBe(canonicalText(signed));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives canonical bytes back wherever they are JSON without escapes', () => {
    fc.assert(
      fc.property(object, signed => {
        const canonical = canonicalText(signed as JsonObject);
        if (/[\n\\]/.test(canonical)) return;
        expect(read(`{"signatures":[],"signed":${canonical}}`)).toBe(canonical);
      }),
      { numRuns: 1000 },
    );
  });
});
