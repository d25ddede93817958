import { expect, it, vi } from 'vitest';
import { JsonMap } from '../../src/tuf/format/json-map.js';
import type { JsonObject } from '../../src/json/types.js';

const json = JSON.parse('{"b":1,"a":2,"__proto__":3}') as JsonObject;
const make = () => {
  const read = vi.fn((value: unknown) => `<${String(value)}>`);
  return { read, map: new JsonMap(json, read) };
};

it('is the map of all members, in the order of the object', () => {
  const { map } = make();
  const expected = new Map([
    ['b', '<1>'],
    ['a', '<2>'],
    ['__proto__', '<3>'],
  ]);
  expect(new Map(map)).toEqual(expected);
  expect([...map.entries()]).toEqual([...expected]);
  expect([...map.keys()]).toEqual([...expected.keys()]);
  expect([...map.values()]).toEqual([...expected.values()]);
  expect(map.size).toBe(3);
  const visited: unknown[] = [];
  map.forEach((value, key, of) => visited.push([key, value, of]));
  expect(visited).toEqual([...expected].map(([key, value]) => [key, value, map]));
});

it('has no member that an object inherits', () => {
  const { map } = make();
  expect([map.has('a'), map.has('toString'), map.has('c')]).toEqual([true, false, false]);
  expect([map.get('a'), map.get('toString'), map.get('c')]).toEqual(['<2>', undefined, undefined]);
});

it('reads only what it is asked for', () => {
  const { map, read } = make();
  expect([map.size, [...map.keys()].length, map.has('a')]).toEqual([3, 3, true]);
  expect(read).not.toHaveBeenCalled();
  expect(map.get('b')).toBe('<1>');
  expect(read.mock.calls).toEqual([[1, 'b']]);
});
