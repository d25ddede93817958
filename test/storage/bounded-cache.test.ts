/** A cache forgets what was used least lately, and never costs more than its limit. */
import { describe, expect, it } from 'vitest';
import { BoundedCache } from '../../src/storage/bounded-cache.js';

const cache = (limit: number): BoundedCache<string, Uint8Array> =>
  new BoundedCache(limit, ({ length }) => length);
const bytes = (length: number): Uint8Array => new Uint8Array(length);

describe('a bounded cache', () => {
  it('keeps what fits, and forgets the oldest for what comes', () => {
    const kept = cache(10);
    const [a, b, c] = [bytes(4), bytes(4), bytes(4)];
    kept.set('a', a);
    kept.set('b', b);
    expect([kept.get('a'), kept.get('b')]).toEqual([a, b]);
    kept.set('c', c);
    expect([kept.get('a'), kept.get('b'), kept.get('c')]).toEqual([undefined, b, c]);
  });

  it('takes a use for young again', () => {
    const kept = cache(10);
    kept.set('a', bytes(4));
    kept.set('b', bytes(4));
    kept.get('a');
    kept.set('c', bytes(4));
    expect(kept.get('a')).toBeDefined();
    expect(kept.get('b')).toBeUndefined();
  });

  it('counts a value that replaces another once', () => {
    const kept = cache(10);
    for (let i = 0; i < 5; i++) kept.set('a', bytes(5));
    kept.set('b', bytes(5));
    expect([kept.get('a')?.length, kept.get('b')?.length]).toEqual([5, 5]);
  });

  it('does not keep what costs more than its limit, nor what it replaces', () => {
    const kept = cache(10);
    kept.set('a', bytes(5));
    kept.set('b', bytes(3));
    kept.set('a', bytes(11));
    expect([kept.get('a'), kept.get('b')?.length]).toEqual([undefined, 3]);
    kept.delete('b');
    kept.set('c', bytes(10));
    expect(kept.get('c')?.length).toBe(10);
  });
});
