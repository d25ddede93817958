import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { pointer, setMember, setMembers } from '../../src/admission/json-patch.js';
import type { JsonObject, JsonValue } from '../../src/json/types.js';
import { describeVectors } from '../support/vectors.js';
import { applyPatch } from './apply-patch.js';

describe('JSON pointers', () => {
  it('escape ~ before /', () => {
    expect(pointer('metadata', 'annotations', 'a/b~c~1', 0)).toBe('/metadata/annotations/a~1b~0c~01/0');
    expect(pointer()).toBe('');
  });
});

describe('patch operations', () => {
  it('add a member that is missing and replace one that is there', () => {
    expect(setMember({}, '/spec', 'image', 'a')).toEqual({ op: 'add', path: '/spec/image', value: 'a' });
    expect(setMember({ image: 'b' }, '/spec', 'image', 'a')).toEqual({
      op: 'replace',
      path: '/spec/image',
      value: 'a',
    });
  });

  it('create a parent that is missing or null with all its members, and leave equal members alone', () => {
    const members = new Map<string, JsonValue>([
      ['x', 1],
      ['y', 2],
    ]);
    expect(setMembers({}, '', 'm', members)).toEqual([{ op: 'add', path: '/m', value: { x: 1, y: 2 } }]);
    expect(setMembers({ m: null }, '', 'm', members)).toEqual([
      { op: 'replace', path: '/m', value: { x: 1, y: 2 } },
    ]);
    expect(setMembers({ m: { x: 1, z: 3 } }, '', 'm', members)).toEqual([
      { op: 'add', path: '/m/y', value: 2 },
    ]);
    expect(setMembers({}, '', 'm', new Map())).toEqual([]);
  });

  it('always apply, whatever the keys are, and have the effect that they say', () => {
    const key = fc.string({ maxLength: 8 });
    const value = fc.oneof(fc.constant(null), fc.integer(), fc.dictionary(key, fc.integer()));
    fc.assert(
      fc.property(
        fc.dictionary(key, value),
        key,
        fc.uniqueArray(fc.tuple(key, fc.integer()), { selector: ([name]) => name }),
        (parent, name, members) => {
          const wanted = new Map<string, JsonValue>(members);
          const done = applyPatch(parent, setMembers(parent, '', name, wanted)) as JsonObject;
          const before = Object.hasOwn(parent, name) ? parent[name] : undefined;
          const kept = typeof before === 'object' && before !== null ? Object.entries(before) : [];
          const expected = new Map<string, JsonValue>([...kept, ...wanted]);
          if (wanted.size > 0) expect(new Map(Object.entries(done[name] ?? {}))).toEqual(expected);
          else expect(done).toEqual(parent);
        },
      ),
    );
  });
});

interface Vector {
  readonly comment?: string;
  readonly doc: JsonValue;
  readonly patch: { op: string; path: string }[];
  readonly expected?: JsonValue;
  readonly error?: string;
  readonly disabled?: boolean;
}

describeVectors('json-patch', 'the applier of these tests, against json-patch-tests', folder => {
  for (const file of ['tests.json', 'spec_tests.json']) {
    const vectors = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Vector[];
    it(`${file}: applies what applies and refuses the rest`, () => {
      for (const vector of vectors.filter(({ disabled }) => disabled !== true)) {
        if (vector.error !== undefined) {
          expect(() => applyPatch(vector.doc, vector.patch), JSON.stringify(vector)).toThrow();
        } else if (vector.expected !== undefined) {
          expect(applyPatch(vector.doc, vector.patch), JSON.stringify(vector)).toEqual(vector.expected);
        }
      }
    });
  }
});
