/** What one item covers of another, what an amount is, and what grants say of themselves: case by case. */
import { describe, expect, it } from 'vitest';
import type { WritError } from '../../src/errors.js';
import { excess, meet, voidedBy, type Grants } from '../../src/entitlements/grants.js';
import { ITEM_ORDERS } from '../../src/entitlements/items.js';
import type { ItemKind, Unit } from '../../src/entitlements/model.js';
import { parseCatalogue } from '../../src/entitlements/parse-catalogue.js';
import { parseGrants } from '../../src/entitlements/parse-grants.js';
import { isAmount, parseAmount, writeAmount } from '../../src/entitlements/quantities.js';
import type { JsonObject, JsonValue } from '../../src/json/types.js';
import { emptyCatalogue, level } from './small.js';

const named = (domain: string, more: JsonObject): JsonObject => ({ domain, summary: 's', ...more });
const member = (name: string): JsonObject => ({ member: name, summary: 's' });
const catalogue = parseCatalogue(
  emptyCatalogue({
    domains: [
      named('rights', { levels: [level('low'), level('all', { voids: ['*'] }), level('more')] }),
      named('members', { members: [member('vsock'), member('alg')] }),
      named('paths', { set: 'path' }),
      named('apis', { set: 'api' }),
      named('devices', { set: 'device' }),
      named('memory', { quantity: { unit: 'bytes', default: '1Gi', least: '1Mi' } }),
    ],
  }),
);
const grants = (...entries: string[]): Grants => parseGrants(catalogue, entries);
const errorOf = (run: () => unknown): WritError => {
  try {
    run();
  } catch (error) {
    return error as WritError;
  }
  throw new Error('it was accepted');
};

describe('an item covers another', () => {
  const covers = (of: ItemKind, wide: string, narrow: string): boolean =>
    ITEM_ORDERS[of].meet(narrow, wide) === narrow;

  it.each<[ItemKind, string, string]>([
    ['path', '/srv:rw', '/srv:ro'],
    ['path', '/:ro', '/srv/data:ro'],
    ['api', '*', 'engine:read'],
    ['api', 'engine:*', 'engine:read'],
    ['device', '*', '/dev/fuse:rw'],
    ['device', '*', 'acme.example/gpu=0'],
    ['device', '/dev/fuse:rwm', '/dev/fuse:r'],
    ['device', '/dev/fuse:rwm', '/dev/fuse:rm'],
    ['device', 'acme.example/gpu=*', 'acme.example/gpu=0'],
    ['device', '/dev/a=*:rw', '/dev/a=*:w'],
    ['port', '*', '80/tcp'],
    ['sysctl', '*', 'net.a=1'],
  ])('%s: %s covers %s, and not the other way round', (of, wide, narrow) => {
    expect([covers(of, wide, narrow), covers(of, narrow, wide)]).toEqual([true, false]);
    expect([ITEM_ORDERS[of].meet(wide, narrow), ITEM_ORDERS[of].meet(narrow, wide)]).toEqual([
      narrow,
      narrow,
    ]);
  });

  it.each<[ItemKind, string, string, string | undefined]>([
    ['api', 'engine:*', 'cluster:read', undefined],
    ['api', 'engine:*', 'cluster:*', undefined],
    ['api', 'engine:read', 'engine:write', undefined],
    ['device', '/dev/fuse:r', '/dev/fuse:w', undefined],
    ['device', '/dev/fuse:rw', '/dev/fuse:wm', '/dev/fuse:w'],
    ['device', '/dev/fuse:rw', '/dev/kvm:rw', undefined],
    ['device', '/dev/fuse:rwm', 'acme.example/gpu=0', undefined],
    ['device', 'acme.example/gpu=*', 'acme.example/nic=0', undefined],
    ['device', 'acme.example/gpu=0', 'acme.example/gpu=1', undefined],
    ['path', '/srv:rw', '/srv/data:ro', '/srv/data:ro'],
    ['path', '/srv:ro', '/srv/data:rw', '/srv/data:ro'],
    ['path', '/srv:ro', '/srv2:ro', undefined],
    ['port', '80/tcp', '80/udp', undefined],
  ])('%s: %s and %s have in common: %s', (of, a, b, common) => {
    expect([ITEM_ORDERS[of].meet(a, b), ITEM_ORDERS[of].meet(b, a)]).toEqual([common, common]);
  });

  it('within its bounds', () => {
    const path = (length: number): string => `/${'a'.repeat(length - 1)}`;
    expect(ITEM_ORDERS.path.parse(path(1024))).toBe(`${path(1024)}:ro`);
    expect(ITEM_ORDERS.path.parse(path(1025))).toBeUndefined();
    expect(ITEM_ORDERS.path.parse(`${path(1024)}/:rw`)).toBe(`${path(1024)}:rw`);
    expect(['65535', '65536'].map(ITEM_ORDERS.port.parse)).toEqual(['65535/tcp', undefined]);
  });

  it('with words of its own: only of APIs something is denied', () => {
    expect(() => grants('paths=/srv:deny')).toThrow('cannot hold "/srv:deny"');
    expect(() => grants('paths=/srv:allow')).toThrow('cannot hold "/srv:allow"');
    const odd = ['acme.example/gpu=a:allow', 'acme.example/gpu=b:deny'];
    expect(grants(`devices=${odd.join(',')}`).toJson()).toEqual({ devices: odd });
  });
});

describe('an amount', () => {
  it.each<[Unit, string, number | undefined]>([
    ['bytes', '0', 0],
    ['bytes', '9007199254740991', Number.MAX_SAFE_INTEGER],
    ['bytes', '9007199254740992', undefined],
    ['bytes', '8191Ti', 8191 * 2 ** 40],
    ['bytes', '8192Ti', undefined],
    ['bytes', '1ki', undefined],
    ['bytes', '1Kib', undefined],
    ['bytes', 'x1', undefined],
    ['bytes', '-1', undefined],
    ['bytes', '', undefined],
    ['cpus', '500m', 500],
    ['cpus', 'x500m', undefined],
    ['cpus', '500mx', undefined],
    ['cpus', '1000000', 1_000_000_000],
    ['cpus', '1000000001m', undefined],
    ['cpus', '0.001', 1],
    ['cpus', '0.0001', undefined],
    ['cpus', '1.', undefined],
    ['count', '7', 7],
    ['count', 'a7', undefined],
    ['count', '7a', undefined],
    ['count', '1k', undefined],
    ['count', 'unlimited', Infinity],
  ])('of %s: %s', (unit, text, amount) => {
    expect(parseAmount(text, unit)).toBe(amount);
  });

  it('is whole, not negative, and not beyond what there is', () => {
    expect([0, 1, Number.MAX_SAFE_INTEGER].map(amount => isAmount(amount, 'bytes'))).toEqual([
      true,
      true,
      true,
    ]);
    const none = [-1, 1.5, NaN, Infinity, 2 ** 53].map(amount => isAmount(amount, 'bytes'));
    expect(none).toEqual(none.map(() => false));
    expect([1e9, 1e9 + 1].map(amount => isAmount(amount, 'cpus'))).toEqual([true, false]);
  });

  it('is written in the shortest words', () => {
    const words = [0, 1, 1023, 1024, 1025, 2 ** 40].map(amount => writeAmount(amount, 'bytes'));
    expect(words).toEqual(['0', '1', '1023', '1Ki', '1025', '1Ti']);
    expect([0, 999, 1000, 1500].map(amount => writeAmount(amount, 'cpus'))).toEqual([
      '0',
      '999m',
      '1',
      '1500m',
    ]);
  });
});

describe('grants', () => {
  const given = grants('rights=all', 'members=alg', 'paths=/srv:ro', 'memory=2Gi');

  it('say ranks of ladders alone', () => {
    const ranks = ['rights', 'members', 'paths', 'memory', 'none.such'].map(name => given.rank(name));
    expect(ranks).toEqual([1, 0, 0, 0, 0]);
    expect(grants().rank('rights')).toBe(0);
  });

  it('say which levels and members they reach, and none of other domains', () => {
    const reached = (name: string): string[] => given.reached(name).map(part => part.name);
    expect(reached('rights')).toEqual(['low', 'all']);
    expect(reached('members')).toEqual(['alg']);
    expect([reached('paths'), reached('memory')]).toEqual([[], []]);
  });

  it('cover levels below and members, each as it is', () => {
    expect(['low', 'all', 'more'].map(name => given.covers('rights', name))).toEqual([true, true, false]);
    expect(['alg', 'vsock', 'alg,alg'].map(name => given.covers('members', name))).toEqual([
      true,
      false,
      false,
    ]);
    expect(['1Gi', '2Gi', '3Gi'].map(amount => given.covers('memory', amount))).toEqual([true, true, false]);
  });

  it('are said sorted by domain, empty sets as none', () => {
    expect(given.toString()).toBe('members=alg memory=2Gi paths=/srv:ro rights=all');
    expect([grants().get('members'), grants().get('paths')]).toEqual(['none', 'none']);
    expect(meet(grants('devices=/dev/fuse:r'), grants('devices=/dev/fuse:w')).toString()).toBe('nothing');
  });

  it('that void all void not themselves', () => {
    expect([...voidedBy(grants('rights=all')).keys()]).toEqual([
      'members',
      'paths',
      'apis',
      'devices',
      'memory',
    ]);
    expect(excess(grants('rights=all'), grants('rights=all')).map(({ domain }) => domain)).not.toContain(
      'rights',
    );
  });

  it('forget a set that is named as empty', () => {
    const before = grants('apis=engine:read');
    for (const none of ['none', []]) expect(before.with(new Map([['apis', none]])).toJson()).toEqual({});
  });
});

describe('a refusal', () => {
  it.each<[JsonObject, string, JsonObject]>([
    [
      { members: ['alk'] },
      'its members are alg, vsock; several are parted by commas; did you mean alg?',
      { domain: 'members', member: 'alk', known: ['alg', 'vsock'] },
    ],
    [
      { paths: ['srv'] },
      'an item of it is an absolute path, then :ro or :rw',
      { domain: 'paths', item: 'srv' },
    ],
    [{ memory: 5 }, 'write bytes such as 256Mi, or unlimited', { domain: 'memory', least: 1_048_576 }],
    [{ memory: -1 }, 'write bytes such as 256Mi, or unlimited', { domain: 'memory', least: 1_048_576 }],
  ])('of %j says what there is', (asked, hint, details) => {
    expect(errorOf(() => parseGrants(catalogue, asked))).toMatchObject({ hint, details });
  });

  it('of an amount says whether it is none or too little', () => {
    const said = (memory: JsonValue): string => errorOf(() => parseGrants(catalogue, { memory })).message;
    expect([-1, 1.5, 2 ** 53, true, null, 'x'].map(said)).toEqual(
      ['-1', '1.5', '9007199254740992', 'true', 'null', 'x'].map(
        text => `memory: "${text}" is not an amount`,
      ),
    );
    expect(said(5)).toBe('memory: "5" is less than 1Mi');
  });

  it('of what is denied and allowed says what to leave out', () => {
    expect(errorOf(() => grants('apis=engine:read:deny,engine:read')).hint).toBe(
      'what is not allowed is denied: leave one of the two out',
    );
  });
});
