import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import {
  bottom,
  excess,
  type Grants,
  join,
  leq,
  lowest,
  meet,
  top,
  voidedBy,
} from '../../src/entitlements/grants.js';
import { parseAuthority, parseGrants } from '../../src/entitlements/parse-grants.js';
import { parseCatalogue } from '../../src/entitlements/parse-catalogue.js';
import type { JsonObject, JsonValue } from '../../src/json/types.js';
import { anyGrantsOf } from './any-grants.js';
import { emptyCatalogue, level } from './small.js';

const member = (name: string): JsonObject => ({ member: name, summary: 's' });
const quantity = (unit: string, usual: string, least: string): JsonObject => ({
  quantity: { unit, default: usual, least },
});
const named = (domain: string, more: JsonObject): JsonObject => ({ domain, summary: 's', ...more });

/** Every kind of domain that there is. */
const catalogue = parseCatalogue(
  emptyCatalogue({
    domains: [
      named('ladder', { levels: [level('low'), level('mid'), level('high', { voids: ['*'] })] }),
      named('members', { members: [member('vsock'), member('alg'), member('can')] }),
      named('paths', { set: 'path', voids: ['ladder'] }),
      named('ports', { set: 'port' }),
      named('sysctls', { set: 'sysctl' }),
      named('apis', { set: 'api' }),
      named('devices', { set: 'device' }),
      named('memory', quantity('bytes', '1Gi', '1Mi')),
      named('cpu', quantity('cpus', 'unlimited', '10m')),
      named('pids', quantity('count', '100', '1')),
    ],
    aliases: { 'old=': { devices: '$', ladder: 'mid' }, sets: { members: ['can'], ports: '80' } },
  }),
);

const grants = (...entries: string[]): Grants => parseGrants(catalogue, entries);
const json = (entries: string | readonly string[]): JsonValue => grants(...[entries].flat()).toJson();
const same = (a: Grants, b: Grants): void => {
  expect(a.toJson()).toEqual(b.toJson());
};

describe('the lattice, over every kind of domain', () => {
  const any = anyGrantsOf(catalogue);

  it('meet and join are idempotent, commutative, associative, and absorb each other', () => {
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        same(meet(a, a), a);
        same(join(a, a), a);
        same(meet(a, b), meet(b, a));
        same(join(a, b), join(b, a));
        same(meet(a, meet(b, c)), meet(meet(a, b), c));
        same(join(a, join(b, c)), join(join(a, b), c));
        same(meet(a, join(a, b)), a);
        same(join(a, meet(a, b)), a);
        same(meet(a, join(b, c)), join(meet(a, b), meet(a, c)));
      }),
      { numRuns: 500 },
    );
  });

  it('leq is the order of meet and join, between bottom and top', () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(leq(a, b)).toBe(meet(a, b).toString() === a.toString());
        expect(leq(a, b)).toBe(join(a, b).toString() === b.toString());
        expect(leq(meet(a, b), a) && leq(a, join(a, b))).toBe(true);
        expect(leq(bottom(catalogue), a) && leq(a, top(catalogue))).toBe(true);
        expect(leq(a, b) && leq(b, a)).toBe(a.toString() === b.toString());
        expect(excess(a, b).some(({ voidedBy }) => voidedBy === undefined) || voidedBy(a).size > 0).toBe(
          !leq(a, b) || voidedBy(a).size > 0,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('is read back from its JSON and from its words', () => {
    fc.assert(
      fc.property(any, a => {
        same(parseGrants(catalogue, a.toJson()), a);
        const text = Object.keys(a.toJson()).map(domain => `${domain}=${a.get(domain)}`);
        same(grants(...text), a);
      }),
      { numRuns: 300 },
    );
  });
});

describe('sets', () => {
  it.each<[string | string[], JsonObject]>([
    ['members=vsock,alg', { members: ['alg', 'vsock'] }],
    [['members=vsock', 'members=alg'], { members: ['alg', 'vsock'] }],
    ['members=none', {}],
    ['members=*', { members: ['alg', 'can', 'vsock'] }],
    ['paths=/srv', { paths: ['/srv:ro'] }],
    ['paths=/srv/:rw,/srv/data:ro,/etc:ro', { paths: ['/etc:ro', '/srv:rw'] }],
    ['paths=/srv:ro,/srv/data:rw', { paths: ['/srv/data:rw', '/srv:ro'] }],
    ['paths=/srv:ro,/srv2:ro', { paths: ['/srv2:ro', '/srv:ro'] }],
    ['paths=*', { paths: ['/:rw'] }],
    ['paths=/,/etc', { paths: ['/:ro'] }],
    ['ports=443,80/tcp,80,53/udp', { ports: ['443/tcp', '53/udp', '80/tcp'] }],
    ['ports=*,80', { ports: ['*'] }],
    ['sysctls=net.a=1,2,net.b= 3  4 ', { sysctls: ['net.a=1,2', 'net.b=3 4'] }],
    ['apis=engine:read:allow,engine:read', { apis: ['engine:read'] }],
    ['apis=engine:*,engine:read', { apis: ['engine:*'] }],
    ['apis=engine:read:deny', {}],
    ['apis=engine:read:deny,engine:write', { apis: ['engine:write'] }],
    ['devices=/dev/fuse,/dev/kvm:r', { devices: ['/dev/fuse:rwm', '/dev/kvm:r'] }],
    ['old=acme.example/gpu=0', { devices: ['acme.example/gpu=0'], ladder: 'mid' }],
    ['sets', { members: ['can'], ports: ['80/tcp'] }],
  ])('%j', (entries, expected) => {
    expect(json(entries)).toEqual(expected);
  });

  it.each([
    ['members=vsok', 'GRANT_ITEM', 'the domain members has no member "vsok"'],
    ['members=vsock,', 'GRANT_ITEM', 'the domain members has no member ""'],
    ['members=alg,none', 'GRANT_ITEM', 'the domain members has no member "none"'],
    ...[
      'srv',
      '/srv/../etc',
      '/srv//data',
      '/srv/./x',
      '/srv:x',
      '/srv:',
      '',
      '//',
      '/a:b:ro',
      '/srv:RW',
    ].map(path => [
      `paths=/ok,${path}`,
      'GRANT_ITEM',
      `the domain paths cannot hold ${JSON.stringify(path)}`,
    ]),
    ...['0', '65536', '080', '80/', '80/icmp', '-1', '1e3', '80-90'].map(port => [
      `ports=${port}`,
      'GRANT_ITEM',
      `the domain ports cannot hold ${JSON.stringify(port)}`,
    ]),
    ...['net.a', 'net=1', 'kernel.hostname=x', 'vm.swappiness=1', 'net.a=', 'net.a= ', 'fs.file-max=1'].map(
      text => [`sysctls=${text}`, 'GRANT_ITEM', `the domain sysctls cannot hold ${JSON.stringify(text)}`],
    ),
    ['apis=engine', 'GRANT_ITEM', 'the domain apis cannot hold "engine"'],
    ['apis=*:read', 'GRANT_ITEM', 'the domain apis cannot hold "*:read"'],
    ['apis=engine:read:deny,engine:read', 'GRANT_CONFLICT', 'apis allows engine:read and denies it'],
    ['apis=engine:read:deny,engine:*', 'GRANT_CONFLICT', 'apis allows engine:read and denies it'],
    ['devices=/dev/fuse:wr', 'GRANT_ITEM', 'the domain devices cannot hold "/dev/fuse:wr"'],
    ['devices=/dev/fuse:', 'GRANT_ITEM', 'the domain devices cannot hold "/dev/fuse:"'],
    ['devices=/etc/passwd', 'GRANT_ITEM', 'the domain devices cannot hold "/etc/passwd"'],
    ['devices=/dev/../etc:r', 'GRANT_ITEM', 'the domain devices cannot hold "/dev/../etc:r"'],
  ])('%s is refused: %s', (entry, code, message) => {
    expect(() => grants(entry)).toThrow(expect.objectContaining({ code, message }));
  });

  it('refuses what is no list of texts, and lists without end', () => {
    const refuses = (value: JsonValue, message: string): void => {
      expect(() => parseGrants(catalogue, { ports: value })).toThrow(
        expect.objectContaining({ code: 'GRANT_ITEM', message }),
      );
    };
    refuses(80, 'the domain ports takes a list, not "80"');
    refuses({ 0: '80' }, 'the domain ports takes a list, not "{\\"0\\":\\"80\\"}"');
    refuses([80], 'the domain ports takes a list, not "[80]"');
    const many = Array.from({ length: 257 }, (_, i) => String(i + 1));
    refuses(many, 'the domain ports takes at most 256 items');
    expect(parseGrants(catalogue, { ports: many.slice(1) }).covers('ports', '257')).toBe(true);
  });

  it('a wider path covers narrower ones and no neighbour', () => {
    const held = grants('paths=/srv:rw,/etc:ro');
    for (const path of ['/srv', '/srv:rw', '/srv/data:rw', '/etc/passwd:ro']) {
      expect([path, held.covers('paths', path)]).toEqual([path, true]);
    }
    for (const path of ['/srv2:ro', '/', '/etc:rw', '/etc/passwd:rw', '/srv/../root:ro', 'srv', '']) {
      expect([path, held.covers('paths', path)]).toEqual([path, false]);
    }
  });

  it('attack: a comma in a path that is asked for does not part it', () => {
    expect(grants('paths=/srv:rw').covers('paths', '/srv:ro,/srv')).toBe(false);
    expect(grants('paths=/srv:rw').covers('paths', 'none')).toBe(false);
    expect(grants().covers('members', 'none')).toBe(false);
    expect(grants().covers('no.domain', 'x')).toBe(false);
  });

  it('a pair that is denied is taken away from what stands before', () => {
    const before = grants('apis=engine:read,engine:write');
    expect(before.with(new Map([['apis', 'engine:read:deny']])).toJson()).toEqual({ apis: ['engine:write'] });
    expect(before.with(new Map([['apis', 'engine:read:deny,a:b']])).toJson()).toEqual({ apis: ['a:b'] });
    expect(() => before.with(new Map([['other', 'x']]))).toThrow('there is no domain "other"');
  });
});

describe('quantities', () => {
  it.each<[string, JsonObject]>([
    ['memory=256Mi', { memory: 268435456 }],
    ['memory=1024Mi', {}],
    ['memory=2G', { memory: 2000000000 }],
    ['memory=unlimited', { memory: 'unlimited' }],
    ['memory=1048576', { memory: 1048576 }],
    ['cpu=500m', { cpu: 500 }],
    ['cpu=2', { cpu: 2000 }],
    ['cpu=0.25', { cpu: 250 }],
    ['cpu=1.5', { cpu: 1500 }],
    ['cpu=unlimited', {}],
    ['pids=7', { pids: 7 }],
  ])('%s', (entry, expected) => {
    expect(json(entry)).toEqual(expected);
    expect(parseGrants(catalogue, expected).toString()).toBe(grants(entry).toString());
  });

  it('says amounts in the shortest words', () => {
    const said = ['memory=2048Mi', 'memory=1500000000', 'cpu=2500m', 'cpu=3000m', 'memory=3Ti'];
    expect(said.map(entry => grants(entry).toString())).toEqual([
      'memory=2Gi',
      'memory=1500000000',
      'cpu=2500m',
      'cpu=3',
      'memory=3Ti',
    ]);
  });

  it.each([
    ['memory=1Ki', 'memory: "1Ki" is less than 1Mi'],
    ['memory=0', 'memory: "0" is less than 1Mi'],
    ['memory=9007199254740992', 'memory: "9007199254740992" is not an amount'],
    ['memory=9999999999Ti', 'memory: "9999999999Ti" is not an amount'],
    ['memory=-1', 'memory: "-1" is not an amount'],
    ['memory=1.5Gi', 'memory: "1.5Gi" is not an amount'],
    ['memory=1 Gi', 'memory: "1 Gi" is not an amount'],
    ['memory=lots', 'memory: "lots" is not an amount'],
    ['cpu=0.0001', 'cpu: "0.0001" is not an amount'],
    ['cpu=9m', 'cpu: "9m" is less than 10m'],
    ['pids=1k', 'pids: "1k" is not an amount'],
  ])('%s is refused', (entry, message) => {
    expect(() => grants(entry)).toThrow(expect.objectContaining({ code: 'GRANT_AMOUNT', message }));
  });

  it('refuses JSON that is no whole number', () => {
    for (const value of [1.5, 2 ** 60, true, null, ['1Gi']]) {
      expect(() => parseGrants(catalogue, { memory: value })).toThrow(
        expect.objectContaining({ code: 'GRANT_AMOUNT' }),
      );
    }
  });

  it('unset is the default in grants and unlimited in an authority, resolved before anything is compared', () => {
    const authority = parseAuthority(catalogue, { ladder: 'mid' });
    expect(authority.get('memory')).toBe('unlimited');
    expect(authority.toJson()).toEqual({ ladder: 'mid', memory: 'unlimited', pids: 'unlimited' });
    expect(excess(grants('memory=4Ti', 'ladder=mid'), authority)).toEqual([]);
    const small = parseAuthority(catalogue, { memory: '512Mi' });
    expect(excess(grants(), small)).toEqual([{ domain: 'memory', asked: '1Gi', allowed: '512Mi' }]);
    expect(meet(grants(), small).get('memory')).toBe('512Mi');
    expect(excess(grants('memory=256Mi'), small)).toEqual([]);
    expect(leq(lowest(catalogue), bottom(catalogue))).toBe(false);
  });

  it('two amounts that are one amount do not conflict', () => {
    expect(grants('memory=2048Mi', 'memory=2Gi').get('memory')).toBe('2Gi');
    expect(() => grants('memory=1Gi', 'memory=2Gi')).toThrow('the domain memory is given as 1Gi and as 2Gi');
  });
});

describe('excess over sets, quantities and what is voided', () => {
  it('names the items that are too much, and only them', () => {
    expect(
      excess(grants('ports=80,443', 'paths=/srv:rw'), grants('ports=80', 'paths=/srv:ro,/srv/data:rw')),
    ).toEqual([
      { domain: 'paths', asked: '/srv:rw', allowed: '/srv/data:rw,/srv:ro' },
      { domain: 'ports', asked: '443/tcp', allowed: '80/tcp' },
    ]);
  });

  it('a grant that voids every domain asks for the top of each: every member, every item, no limit', () => {
    const found = excess(grants('ladder=high'), grants('ladder=high'));
    expect(found.map(({ domain, asked }) => [domain, asked])).toEqual([
      ['members', 'alg,can,vsock'],
      ['paths', '/:rw'],
      ['ports', '*'],
      ['sysctls', '*'],
      ['apis', '*'],
      ['devices', '*'],
      ['memory', 'unlimited'],
      ['pids', 'unlimited'],
    ]);
    expect(found.every(({ voidedBy }) => voidedBy === 'ladder=high')).toBe(true);
    expect(excess(grants('ladder=high'), top(catalogue))).toEqual([]);
  });

  it('an open set voids others only where everything is granted', () => {
    expect([...voidedBy(grants('paths=/srv:rw'))]).toEqual([]);
    expect([...voidedBy(grants('paths=/:rw'))]).toEqual([['ladder', 'paths=/:rw']]);
  });
});
