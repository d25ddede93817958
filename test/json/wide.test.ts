/** Integers of 64 bits: none is rounded, and what is no JSON stays none. */
import { describe, expect, it } from 'vitest';
import { wideInteger, wideIntegerAt, parseWide, wideText, wideValue } from '../../src/json/wide.js';
import { isJsonObject, type JsonObject } from '../../src/json/types.js';

const MOST = 2n ** 64n - 1n;
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
/** The object `{"v": …}` with this text as its value. */
function read(text: string): JsonObject {
  const json = parseWide(encode(`{"v":${text}}`), { numbers: 'any' });
  if (!isJsonObject(json)) throw new Error('no object');
  return json;
}
const integer = (text: string): bigint => wideIntegerAt(read(text), 'v', 'it');
const refused = (code: string, message?: string): object =>
  expect.objectContaining({ code, ...(message !== undefined && { message }) });

describe('integers', () => {
  it.each([
    0n,
    7n,
    SAFE - 1n,
    SAFE,
    SAFE + 1n,
    SAFE + 2n,
    10n ** 16n,
    10n ** 19n,
    2n ** 63n,
    MOST - 1n,
    MOST,
  ])('%d is read and written as it is', value => {
    expect(integer(String(value))).toBe(value);
    expect(wideValue(read(String(value))['v'])).toBe(value);
    expect(wideText([wideInteger(value), 'x'])).toBe(`[${value},"x"]`);
    expect(wideText(read(String(value)))).toBe(`{"v":${value}}`);
  });

  it('are numbers as long as they are safe', () => {
    expect([wideInteger(SAFE), read(String(SAFE))['v']]).toEqual([Number(SAFE), Number(SAFE)]);
    expect(typeof wideInteger(SAFE + 1n)).toBe('string');
    expect(typeof read(String(SAFE + 1n))['v']).toBe('string');
  });

  it.each([String(MOST + 1n), '100000000000000000000', '1e20', '9007199254740993.5', '9007199254740993e0'])(
    '%s is too much',
    text => {
      expect(() => integer(text)).toThrow(refused('JSON_TYPE', 'it.v must be an integer of at most 64 bits'));
      expect(wideValue(read(text)['v'])).toBeUndefined();
    },
  );

  it.each(['-1', '"x"', 'null', '-9007199254740993', '"9007199254740993"', '1.5e-3', '[9007199254740993]'])(
    '%s is none from 0 on',
    text => {
      expect(() => integer(text)).toThrow(refused('JSON_TYPE'));
    },
  );

  it('may be negative where nobody minds, and are then safe ones', () => {
    expect(wideValue(read('-1')['v'])).toBe(-1n);
    expect(wideValue(read('-9007199254740993')['v'])).toBeUndefined();
    expect(['1.5', '"7"', 'true'].map(text => wideValue(read(text)['v']))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(wideValue(undefined)).toBeUndefined();
  });
});

describe('texts', () => {
  it('may hold them anywhere, and digits in strings stay digits', () => {
    const text =
      '{"9007199254740993":["9007199254740993","\\"9007199254740993",9007199254740993,{"a":18446744073709551615}]}';
    expect(wideText(parseWide(encode(text)))).toBe(text);
    expect(wideText(parseWide(encode(' [ 9007199254740993\n, 1 ] ')))).toBe('[9007199254740993,1]');
    expect(wideText(parseWide(encode('["é",9007199254740993]')))).toBe('["é",9007199254740993]');
  });

  it.each([
    '09007199254740993',
    '{9007199254740993:1}',
    '{9007199254740993 :1}',
    '+9007199254740993',
    '9007199254740993 9007199254740994',
    '"9007199254740993',
    '"a"9007199254740993',
    '0x9007199254740993',
  ])('%s is no JSON', text => {
    expect(() => parseWide(encode(text), { numbers: 'any' })).toThrow(refused('JSON_SYNTAX'));
  });

  it('hold no string that could stand for one', () => {
    for (const text of ['"\\u00009007199254740993"', '{"\\u0000":1}', '["a\\u0000"]'])
      expect(() => parseWide(encode(text))).toThrow(refused('JSON_NUMBER', 'a string holds U+0000'));
  });
});
