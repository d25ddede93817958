import { describe, expect, it } from 'vitest';
import {
  arrayAt,
  asArray,
  asBoolean,
  asInteger,
  asObject,
  asString,
  booleanAt,
  integerAt,
  objectAt,
  stringAt,
  stringsAt,
} from '../../src/json/read.js';
import { isEmpty, isJsonObject, member, type JsonObject } from '../../src/json/types.js';

const document = { o: { x: 1 }, a: ['s', 't'], s: 'text', b: false, n: 7, z: null };
const wrong = (message: string): object =>
  expect.objectContaining({ code: 'JSON_TYPE', message, details: { path: message.split(' ')[0] } });

describe('readers of members', () => {
  it('give what is there', () => {
    expect(objectAt(document, 'o', 'd')).toBe(document.o);
    expect(arrayAt(document, 'a', 'd')).toBe(document.a);
    expect(stringAt(document, 's', 'd')).toBe('text');
    expect(booleanAt(document, 'b', 'd')).toBe(false);
    expect(integerAt(document, 'n', 'd')).toBe(7);
    expect(stringsAt(document, 'a', 'd')).toEqual(['s', 't']);
    expect([asObject(document.o, 'd'), asArray(document.a, 'd')]).toEqual([document.o, document.a]);
    expect([true, false].map(value => asBoolean(value, 'd'))).toEqual([true, false]);
  });

  it.each<[() => unknown, string]>([
    [() => objectAt(document, 'a', 'd'), 'd.a must be an object'],
    [() => objectAt(document, 'z', 'd'), 'd.z must be an object'],
    [() => objectAt(document, 'none', 'd'), 'd.none must be an object'],
    [() => objectAt(document, 'toString', 'd'), 'd.toString must be an object'],
    [() => arrayAt(document, 'o', 'd'), 'd.o must be an array'],
    [() => stringAt(document, 'n', 'd'), 'd.n must be a string'],
    [() => booleanAt(document, 'z', 'd'), 'd.z must be a boolean'],
    [() => integerAt(document, 's', 'd'), 'd.s must be an integer from 0 to 9007199254740991'],
    [() => stringsAt({ a: ['s', 1] }, 'a', 'd'), 'd.a[1] must be a string'],
    [() => asObject(null, 'd'), 'd must be an object'],
    [() => asArray({}, 'd'), 'd must be an array'],
    [() => asString(undefined, 'd'), 'd must be a string'],
    [() => asBoolean('true', 'd'), 'd must be a boolean'],
  ])('name the member that is wrong: %#', (read, message) => {
    expect(read).toThrowError(wrong(message));
  });

  it.each([0.5, 1.5, NaN, 2 ** 53, 4, -1, '1', '2', null])(
    'take integers within the bounds only: not %s',
    value => {
      expect(() => asInteger(value, 'd', 1, 3)).toThrowError(wrong('d must be an integer from 1 to 3'));
    },
  );

  it.each([1, 2, 3])('take both bounds: %d', value => {
    expect(asInteger(value, 'd', 1, 3)).toBe(value);
    expect(integerAt({ value }, 'value', 'd', 1, 3)).toBe(value);
  });

  it('attack: a member that an object inherits is none', () => {
    expect(member({}, 'constructor')).toBeUndefined();
    expect(member({ constructor: 1 }, 'constructor')).toBe(1);
    expect([{}, [], null, 'x', undefined].map(isJsonObject)).toEqual([true, false, false, false, false]);
  });

  it('an object is empty that has no member of its own', () => {
    expect([{}, { a: null }, { constructor: 1 }].map(isEmpty)).toEqual([true, false, false]);
    expect(isEmpty(JSON.parse('{"__proto__":1}') as JsonObject)).toBe(false);
  });
});

it('a path that is a function is asked for only when something is wrong', () => {
  let asked = 0;
  const path = (): string => `d[${String(asked++)}]`;
  expect(objectAt(document, 'o', path)).toBe(document.o);
  expect([stringAt(document, 's', path), integerAt(document, 'n', path)]).toEqual(['text', 7]);
  expect([booleanAt(document, 'b', path), arrayAt(document, 'a', path), asked]).toEqual([
    false,
    document.a,
    0,
  ]);
  expect(() => stringAt(document, 'n', path)).toThrowError(wrong('d[0].n must be a string'));
  expect(() => asObject(null, path)).toThrowError(wrong('d[1] must be an object'));
});
