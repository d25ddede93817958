/** The smallest change against every change that there is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/entitlements/explain.js';
import { Grants, join, leq, lowest } from '../../src/entitlements/grants.js';
import type { Domain, SyscallRule } from '../../src/entitlements/model.js';
import { partsOf } from '../../src/entitlements/parts.js';
import { parseCatalogue } from '../../src/entitlements/parse-catalogue.js';
import { compareCosts, costOf } from '../../src/entitlements/smallest-change.js';
import type { JsonValue } from '../../src/json/types.js';
import { anyGrants, baselines, catalogue } from './catalogue.js';
import { emptyCatalogue, level } from './small.js';

const domains = [...catalogue.domains.values()];
const rulesIn = (domain: Domain): SyscallRule[] => partsOf(domain).flatMap(({ effects }) => effects.syscalls);
const mentions = (domain: Domain, call: string): boolean =>
  rulesIn(domain).some(({ names }) => names.includes(call));

/** Whether grants permit one call with these arguments on amd64, rule by rule. */
function permits(grants: Grants, call: string, args: readonly number[]): boolean {
  return domains.some(domain =>
    grants
      .reached(domain.name)
      .some(({ effects }) =>
        effects.syscalls.some(
          ({ names, arches, when }) =>
            names.includes(call) &&
            (arches?.includes('amd64') ?? true) &&
            (when === undefined ||
              when.some(cube =>
                cube.every(({ index, mask, value }) => ((args[index] ?? 0) & mask) >>> 0 === value),
              )),
        ),
      ),
  );
}

/** Every value of a domain that can be granted, above what is granted. */
function valuesOf(domain: Domain): JsonValue[] {
  const names = partsOf(domain).map(({ name }) => name);
  if (domain.kind === 'ladder') return names;
  return names.reduce<string[][]>((sets, name) => [...sets, ...sets.map(set => [...set, name])], [[]]);
}

/** All grants above `base` that differ in these domains. */
function above(base: Grants, some: readonly Domain[]): Grants[] {
  return some.reduce<Grants[]>(
    (all, domain) =>
      all.flatMap(grants =>
        valuesOf(domain).map(value => join(grants, Grants.of(catalogue, new Map([[domain.name, value]])))),
      ),
    [base],
  );
}

const CALLS: readonly (readonly [string, readonly (readonly number[])[]])[] = [
  [
    'socket',
    [
      [1, 2, 10, 16, 17, 31, 38, 40],
      [1, 2, 3, 0x80003],
      [0, 1, 6, 12, 58, 255],
    ],
  ],
  ['unshare', [[0x10000000, 0x40000000, 0x50000000, 0x20000, 0]]],
  ['clone', [[17, 0x10000011, 0x7c020000]]],
  ['ioctl', [[3], [0x5412, 0x541c, 0x5401]]],
  ['setsockopt', [[3], [0, 1, 41], [64, 67, 96, 1]]],
  ['setns', [[3], [0, 0x10000000, 0x40000000]]],
  ['personality', [[0, 8, 0x40000]]],
  ['syslog', [[0, 3, 5, 10]]],
];
const plain = [...new Set(domains.flatMap(rulesIn).flatMap(({ names }) => names))].filter(
  name => !CALLS.some(([call]) => call === name) && catalogue.tables.get('amd64')?.numbers.has(name),
);
const anyCall: fc.Arbitrary<readonly [string, readonly number[]]> = fc.oneof(
  fc
    .constantFrom(...CALLS)
    .chain(([call, args]) =>
      fc.tuple(fc.constant(call), fc.tuple(...args.map(of => fc.constantFrom(...of)))),
    ),
  fc.tuple(fc.constantFrom(...plain), fc.constant([])),
);
const anyBase = fc.oneof(fc.constant(lowest(catalogue)), anyGrants);

describe('the smallest change', () => {
  it('is as small as any change that permits the call', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(anyBase, anyCall, (base, [call, args]) => {
        const text = args.length === 0 ? call : `${call}(${args.join(', ')})`;
        const { change, permitted } = explain(catalogue, baselines, text, { grants: base, arch: 'amd64' });
        expect(permitted.get('amd64') === 'all').toBe(permits(base, call, args));
        const relevant = domains.filter(domain => mentions(domain, call));
        const enough = above(base, relevant).filter(grants => permits(grants, call, args));
        if (permits(base, call, args) || enough.length === 0) {
          expect(change).toBeUndefined();
          return;
        }
        const result = change?.result ?? base;
        expect(permits(result, call, args)).toBe(true);
        expect(leq(base, result)).toBe(true);
        const costs = enough.map(grants => costOf(base, grants)).sort(compareCosts);
        expect(costOf(base, result)).toEqual(costs[0]);
        // nothing less would do
        for (const grants of enough) expect(leq(grants, result) && !leq(result, grants)).toBe(false);
        expect(join(base, Grants.of(catalogue, given(change?.grants ?? []))).toJson()).toEqual(
          result.toJson(),
        );
      }),
      { numRuns: 400, seed: 5 },
    );
  });

  const given = (written: readonly string[]): Map<string, string> =>
    new Map(written.map(one => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]));

  /** Some of one argument. */
  const some = (mask: number, value: number) => ({
    syscalls: [{ names: ['socket'], when: [{ domain: { mask, is: value } }] }],
  });
  const ALL = { syscalls: [{ names: ['socket'] }] };
  const made = (more: object[]) => parseCatalogue({ ...emptyCatalogue(), domains: more as JsonValue[] });
  const of = (domain: string, ...levels: object[]) => ({ domain, summary: 's', levels });

  it('may need several domains together', () => {
    const two = made([
      of('a', level('low'), level('half', some(1, 0))),
      of('b', level('low'), level('half', some(1, 1))),
    ]);
    const { change, partly } = explain(two, baselines, 'socket');
    expect(change?.grants).toEqual(['a=half', 'b=half']);
    expect(partly?.grants).toHaveLength(1);
  });

  it('makes no domain meaningless where another way opens more classes of attack', () => {
    const three = made([
      of('a', level('low'), level('all', { ...ALL, voids: ['c'] })),
      of('b', level('low'), level('all', { ...ALL, opens: ['x', 'y', 'z'] })),
      of('c', level('low')),
    ]);
    expect(explain(three, baselines, 'socket').change).toMatchObject({
      grants: ['b=all'],
      attackClasses: ['x', 'y', 'z'],
      voids: [],
    });
  });

  it('counts what is granted already as no cost', () => {
    const two = made([
      of('a', level('low'), level('mid', { opens: ['x'] }), level('top', { ...ALL, opens: ['y'] })),
      of('b', level('low'), level('all', { ...ALL, opens: ['z', 'w'] })),
    ]);
    const from = (value: string) =>
      explain(two, baselines, 'socket', { grants: Grants.of(two, new Map([['a', value]])) }).change?.grants;
    expect(from('mid')).toEqual(['a=top']);
    expect(from('low')).toEqual(['b=all']);
  });
});
