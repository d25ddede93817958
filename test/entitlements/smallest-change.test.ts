/** The smallest change against every change that there is. */
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/entitlements/explain.js';
import { Grants, join, leq, lowest } from '../../src/entitlements/grants.js';
import type { Domain, SyscallRule } from '../../src/entitlements/model.js';
import { partsOf } from '../../src/entitlements/parts.js';
import { parseCatalogue } from '../../src/entitlements/parse-catalogue.js';
import { compareCosts, costOf, type Change } from '../../src/entitlements/smallest-change.js';
import type { JsonValue } from '../../src/json/types.js';
import { anyGrants, baselines, catalogue } from './catalogue.js';
import { emptyCatalogue, level } from './small.js';

const domainsOf = ({ catalogue: of }: Grants): Domain[] => [...of.domains.values()];
const rulesIn = (domain: Domain): SyscallRule[] => partsOf(domain).flatMap(({ effects }) => effects.syscalls);
const mentions = (domain: Domain, call: string): boolean =>
  rulesIn(domain).some(({ names }) => names.includes(call));

/** Whether grants permit one call with these arguments on amd64, rule by rule. */
const permits = (grants: Grants, call: string, args: readonly number[]): boolean =>
  domainsOf(grants).some(domain =>
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

/** @param most - members of a set; no vector of arguments needs more than one, so more are only wanted for several */
function valuesOf(domain: Domain, most: number): JsonValue[] {
  const names = partsOf(domain).map(({ name }) => name);
  if (domain.kind === 'ladder') return names;
  return names.reduce<string[][]>(
    (sets, name) => [...sets, ...sets.filter(({ length }) => length < most).map(set => [...set, name])],
    [[]],
  );
}

/** All grants above `base` that differ in domains which mention the call. */
const above = (base: Grants, call: string, most: number): Grants[] =>
  domainsOf(base)
    .filter(domain => mentions(domain, call))
    .reduce<Grants[]>(
      (all, domain) =>
        all.flatMap(grants =>
          valuesOf(domain, most).map(value =>
            join(grants, Grants.of(grants.catalogue, new Map([[domain.name, value]]))),
          ),
        ),
      [base],
    );

const given = (written: readonly string[]): Map<string, string> =>
  new Map(written.map(one => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]));

/** What explain says must be the best of `all`. */
function hold(base: Grants, change: Change | undefined, enough: readonly Grants[]): void {
  if (enough.length === 0 || enough.includes(base)) {
    expect(change).toBeUndefined();
    return;
  }
  const result = change?.result ?? base;
  expect(enough.some(grants => grants.toString() === result.toString())).toBe(true);
  const costs = enough.map(grants => costOf(base, grants)).sort(compareCosts);
  expect(costOf(base, result)).toEqual(costs[0]);
  // nothing less would do
  for (const grants of enough) expect(leq(grants, result) && !leq(result, grants)).toBe(false);
  const written = Grants.of(base.catalogue, given(change?.grants ?? []));
  expect(join(base, written).toJson()).toEqual(result.toJson());
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
const plain = [
  ...new Set(
    [...catalogue.domains.values()]
      .flatMap(rulesIn)
      .filter(({ when }) => when === undefined)
      .flatMap(({ names }) => names),
  ),
].filter(
  name => !CALLS.some(([call]) => call === name) && catalogue.tables.get('amd64')?.numbers.has(name) === true,
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

/** Some of one argument. */
const some = (mask: number, value: number) => ({
  syscalls: [{ names: ['socket'], when: [{ domain: { mask, is: value } }] }],
});
const ALL = { syscalls: [{ names: ['socket'] }] };
const made = (more: object[]) => parseCatalogue({ ...emptyCatalogue(), domains: more as JsonValue[] });
const of = (domain: string, ...levels: object[]) => ({ domain, summary: 's', levels });

/** What opens some of the low two bits of the first argument, with marks on it. */
const anyPart = fc
  .record({
    open: fc.constantFrom<object>({}, {}, some(1, 0), some(1, 1), some(2, 0), some(3, 1), some(3, 2), ALL),
    opens: fc.subarray(['x', 'y', 'z']),
    voids: fc.subarray(['d0', 'd1', 'd2', 'd3'], { maxLength: 2 }),
  })
  .map(({ open, ...marks }) => ({ ...open, ...marks }));
const anyLadder = fc.array(anyPart, { minLength: 1, maxLength: 3 }).map(parts => ({
  levels: [level('low'), ...parts.map((part, i) => level(`l${i}`, part))],
}));
const anySet = fc.array(anyPart, { minLength: 1, maxLength: 3 }).map(parts => ({
  members: parts.map((part, i) => ({ member: `m${i}`, summary: 's', ...part })),
}));
const smallCatalogue = fc.array(fc.oneof(anyLadder, anySet), { minLength: 4, maxLength: 4 }).map(domains =>
  domains.map((one, i) => {
    const domain = `d${i}`;
    const others = (key: string, value: unknown): unknown =>
      key === 'voids' ? (value as string[]).filter(name => name !== domain) : value;
    return { domain, summary: 's', ...(JSON.parse(JSON.stringify(one, others)) as object) };
  }),
);

describe('the smallest change', () => {
  it('is as small as any change that permits the call, in the catalogue', () => {
    fc.assert(
      fc.property(anyBase, anyCall, (base, [call, args]) => {
        const text = args.length === 0 ? call : `${call}(${args.join(', ')})`;
        const { change, permitted } = explain(catalogue, baselines, text, { grants: base, arch: 'amd64' });
        const isPermitted = permits(base, call, args);
        expect(permitted.get('amd64') === 'all').toBe(isPermitted);
        const enough = isPermitted ? [base] : above(base, call, 1).filter(all => permits(all, call, args));
        hold(base, change, enough);
      }),
      { numRuns: 100, seed: 5 },
    );
  });

  it('is as small as any change that permits several calls, in catalogues of any kind', () => {
    fc.assert(
      fc.property(smallCatalogue, fc.context(), (domains, log) => {
        const small = made(domains);
        log.log(JSON.stringify(domains));
        const base = lowest(small);
        const { change, partly, permitted } = explain(small, baselines, 'socket');
        const vectors = [0, 1, 2, 3];
        const count = (all: Grants): number =>
          vectors.filter(value => permits(all, 'socket', [value])).length;
        expect(permitted.get('amd64')).toBe(['none', 'some', 'some', 'some', 'all'][count(base)]);
        const all = above(base, 'socket', 3);
        const whole = all.filter(grants => count(grants) === 4);
        hold(base, change, count(base) === 4 ? [base] : whole);
        const some = all.filter(grants => count(grants) > 0);
        if (count(base) === 0) hold(base, partly ?? change, some);
      }),
      { numRuns: 250, seed: 6 },
    );
  });

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
