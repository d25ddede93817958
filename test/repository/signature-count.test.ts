/** What collected signatures are worth under the keys of now: a signature is of the key that made it, not of an id. */
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { parseKeyId } from '../../src/crypto/key-id.js';
import { countQuorum, isComplete, stillCounting } from '../../src/repository/signature-count.js';
import { newKey } from './publisher.js';

const keys = [newKey(), newKey(), newKey()].map(({ key }) => key);
const ids = ['a', 'b', 'c', 'd'].map(parseKeyId);

/** Up to four ids, each bound to one of three keys; some of the ids may sign, and some signed with a key of then. */
const worlds = fc.record({
  bound: fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }),
  allowed: fc.subarray([0, 1, 2, 3]),
  signed: fc.array(fc.record({ id: fc.nat(3), key: fc.nat(2) }), { maxLength: 6 }),
});

describe('countQuorum', () => {
  it('counts each key once, and only under an id that is allowed and names it still', () => {
    fc.assert(
      fc.property(worlds, ({ bound, allowed, signed }) => {
        const quorum = {
          keys: new Map(ids.map((id, i) => [id, keys[bound[i]!]!])),
          roleKeys: { keyIds: allowed.map(i => ids[i]!), threshold: 2 },
        };
        const collected = signed.map(({ id, key }) => ({
          keyId: ids[id]!,
          sig: '00',
          material: keys[key]!.material,
        }));
        const good = signed.filter(({ id, key }) => allowed.includes(id) && bound[id] === key);
        const expected = new Set(good.map(({ key }) => key)).size;
        const count = countQuorum(quorum, collected);
        expect(count).toMatchObject({ needed: 2 });
        expect(count.signatures).toHaveLength(expected);
        expect(isComplete([count])).toBe(expected >= 2);
        expect(stillCounting([quorum], collected)).toHaveLength(good.length);
      }),
    );
  });

  it('needs every quorum', () => {
    const whole = { signatures: ids.slice(0, 2), needed: 2 };
    expect(isComplete([whole, whole])).toBe(true);
    expect(isComplete([whole, { signatures: ids.slice(0, 1), needed: 2 }])).toBe(false);
  });
});
