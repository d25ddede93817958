import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import type { TargetFile } from '../../src/tuf/model.js';
import { parseDigest } from '../../src/image/digest.js';
import { TargetTable } from '../../src/trust/target-table.js';
import { A, B, digest } from './world.js';

const file = (hex: string, more: Partial<TargetFile> = {}): TargetFile => ({
  length: 7,
  hashes: new Map([['sha256', hex]]),
  ...more,
});

describe('a table of targets', () => {
  it('gives back what was put in', () => {
    const custom = { writ: { v: 1 } };
    const table = new TargetTable(
      new Map([
        ['a:1', file('a'.repeat(64))],
        ['b:1', file('b'.repeat(64), { length: 5_000_000_000, custom })],
        ['__proto__', file('c'.repeat(64))],
      ]),
    );
    expect(table.size).toBe(3);
    expect(table.get('a:1')).toEqual({ digest: A, length: 7, custom: undefined });
    expect(table.get('b:1')).toEqual({ digest: B, length: 5_000_000_000, custom });
    expect(table.get('__proto__')?.digest).toBe(digest('c'));
    expect(table.get('constructor')).toBeUndefined();
    expect([...table.entries()]).toEqual([
      ['a:1', A],
      ['b:1', B],
      ['__proto__', digest('c')],
    ]);
  });

  it('keeps equal customs once', () => {
    const targets = new Map(
      ['a', 'b'].map(name => [name, file('a'.repeat(64), { custom: { writ: { v: 1 } } })]),
    );
    const table = new TargetTable(targets);
    expect(table.get('a')?.custom).toBe(table.get('b')?.custom);
  });

  it('leaves out what has no SHA-256, and does not shift the others', () => {
    const table = new TargetTable(
      new Map([
        ['odd', file('', { hashes: new Map([['sha512', 'f'.repeat(128)]]) })],
        ['a', file('a'.repeat(64))],
      ]),
    );
    expect(table.size).toBe(1);
    expect(table.get('odd')).toBeUndefined();
    expect(table.get('a')?.digest).toBe(A);
    expect(table.pathsOf(digest('0'))).toEqual([]);
  });

  it('finds every path of a digest, and of no other', () => {
    const hex = fc.string({ unit: fc.constantFrom('0', 'f'), minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(hex, { maxLength: 40 }), hex, (prefixes, asked) => {
        const full = (prefix: string): string => prefix.padEnd(64, prefix);
        const table = new TargetTable(new Map(prefixes.map((prefix, i) => [`p${i}`, file(full(prefix))])));
        const expected = prefixes.flatMap((prefix, i) => (prefix === asked ? [`p${i}`] : []));
        expect(table.pathsOf(parseDigest(`sha256:${full(asked)}`)).sort()).toEqual(expected.sort());
      }),
    );
  });
});
