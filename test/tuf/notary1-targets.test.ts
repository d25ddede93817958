/** Targets that are read later: what is taken without being read must be what the reader takes. */
import fc from '../support/property.js';
import { describe, expect, it, vi } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/json/types.js';
import { readTargetsLater } from '../../src/tuf/format/notary1-targets.js';
import { NOTARY1 } from '../../src/tuf/format/notary1.js';
import type { TargetFile } from '../../src/tuf/model.js';
import { refusal } from './refusal.js';

const base64 = (bytes: number): string => Buffer.alloc(bytes, 0xfb).toString('base64');
const [SHA256, SHA512] = [base64(32), base64(64)];
const file: TargetFile = { length: 0, hashes: new Map() };
const isReadAtOnce = (value: JsonValue): boolean => {
  const read = vi.fn(() => file);
  const map = readTargetsLater({ a: value }, read);
  expect(map.size).toBe(1);
  return read.mock.calls.length > 0;
};
const read = (targets: JsonObject) =>
  NOTARY1.readSigned('targets', { _type: 'Targets', version: 1, expires: '2030-01-31T23:59:59Z', targets });

describe('a target', () => {
  it.each<JsonValue>([
    { length: 0, hashes: { sha256: SHA256 } },
    { length: Number.MAX_SAFE_INTEGER, hashes: { sha512: SHA512, sha256: SHA256 }, custom: 1 },
  ])('as Notary writes it is read when it is asked for: %j', value => {
    expect(isReadAtOnce(value)).toBe(false);
    expect(read({ a: value }).targets.get('a')?.length).toBe((value as { length: number }).length);
  });

  it.each<JsonValue>([
    null,
    1,
    'x',
    [],
    {},
    { length: 1 },
    { hashes: { sha256: SHA256 } },
    { length: '1', hashes: { sha256: SHA256 } },
    { length: -1, hashes: { sha256: SHA256 } },
    { length: 0.5, hashes: { sha256: SHA256 } },
    { length: 1, hashes: {} },
    { length: 1, hashes: [] },
    { length: 1, hashes: null },
    { length: 1, hashes: { sha256: 1 } },
    { length: 1, hashes: { sha256: [SHA256] } },
    { length: [1], hashes: { sha256: SHA256 } },
    { length: 1, hashes: { sha256: `${SHA256} ` } },
    { length: 1, hashes: { sha256: ` ${SHA256}` } },
    { length: 1, hashes: { sha256: SHA512 } },
    { length: 1, hashes: { sha256: SHA256, sha512: SHA256 } },
    { length: 1, hashes: { sha512: `A${SHA512}` } },
    { length: 1, hashes: { sha512: `${SHA512}A` } },
    { length: 1, hashes: { sha256: SHA256.replace('=', '*') } },
    { length: 1, hashes: { md5: 'x', sha256: SHA256 } },
    { length: 1, hashes: { sha256: SHA256, md5: 'x' } },
  ])('of any other form is read at once: %j', value => {
    expect(isReadAtOnce(value)).toBe(true);
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'attack: a hash that is named like a member of every object: %s',
    name => {
      const hashes = JSON.parse(`{${JSON.stringify(name)}:"x"}`) as JsonObject;
      expect(() => read({ a: { length: 1, hashes } })).toThrow(
        refusal('TUF_FORMAT', 'signed.targets["a"].hashes must have a sha256 or a sha512'),
      );
      const beside = Object.fromEntries([...Object.entries(hashes), ['sha256', SHA256]]);
      expect(read({ a: { length: 1, hashes: beside } }).targets.get('a')?.hashes.size).toBe(2);
    },
  );

  it('is never one that cannot be read later', () => {
    const text = fc.oneof(
      fc.constantFrom(SHA256, SHA512, '', 'x'),
      fc.string({ unit: fc.constantFrom('A', '/', '+', '9', '=', '-'), minLength: 43, maxLength: 45 }),
    );
    const value = fc.record(
      {
        length: fc.constantFrom<JsonValue>(0, 7, -1, '7'),
        hashes: fc.dictionary(fc.constantFrom('sha256', 'sha512', 'md5'), text),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(value, one => {
        let targets: ReadonlyMap<string, TargetFile>;
        try {
          targets = read({ a: one as JsonObject }).targets;
        } catch {
          return;
        }
        expect(targets.get('a')?.length).toBe(one.length);
      }),
    );
  });
});

it('the map names each target to its reader', () => {
  const names: string[] = [];
  const map = readTargetsLater({ a: 1, b: 2 }, (_, name) => {
    names.push(name);
    return file;
  });
  expect(names.splice(0)).toEqual(['a', 'b']);
  expect([map.size, [...map.keys()]]).toEqual([2, ['a', 'b']]);
  expect([...map.values()]).toEqual([file, file]);
  expect([map.get('b'), map.get('c')]).toEqual([file, undefined]);
  expect(names).toEqual(['a', 'b', 'b']);
});
