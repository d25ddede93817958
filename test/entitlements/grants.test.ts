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
  voidedBy,
} from '../../src/entitlements/grants.js';
import { parseCatalogue } from '../../src/entitlements/parse-catalogue.js';
import { anyGrants, catalogue, grants, top } from './catalogue.js';
import { emptyCatalogue } from './small.js';

const same = (a: Grants, b: Grants): void => {
  expect(a.toJson()).toEqual(b.toJson());
};

describe('the lattice of grants', () => {
  it('meet and join are idempotent, commutative, associative, and absorb each other', () => {
    fc.assert(
      fc.property(anyGrants, anyGrants, anyGrants, (a, b, c) => {
        same(meet(a, a), a);
        same(join(a, a), a);
        same(meet(a, b), meet(b, a));
        same(join(a, b), join(b, a));
        same(meet(a, meet(b, c)), meet(meet(a, b), c));
        same(join(a, join(b, c)), join(join(a, b), c));
        same(meet(a, join(a, b)), a);
        same(join(a, meet(a, b)), a);
      }),
    );
  });

  it('leq is the order of meet and join, with lowest and top as its ends', () => {
    fc.assert(
      fc.property(anyGrants, anyGrants, (a, b) => {
        expect(leq(a, b)).toBe(meet(a, b).toString() === a.toString());
        expect(leq(a, b)).toBe(join(a, b).toString() === b.toString());
        expect(leq(meet(a, b), a)).toBe(true);
        expect(leq(a, join(a, b))).toBe(true);
        expect(leq(bottom(catalogue), a)).toBe(true);
        expect(leq(a, top)).toBe(true);
      }),
    );
  });

  it('compares incomparable grants as neither', () => {
    expect(leq(grants('network=user'), grants('debug=perf'))).toBe(false);
    expect(leq(grants('debug=perf'), grants('network=user'))).toBe(false);
    expect(leq(grants('network=user'), grants('network=serve'))).toBe(true);
    expect(leq(grants('network=serve'), grants('network=user'))).toBe(false);
  });

  it('refuses to compare grants of two catalogues', () => {
    const other = lowest(parseCatalogue(emptyCatalogue()));
    for (const compare of [meet, join, leq, excess]) {
      expect(() => compare(lowest(catalogue), other)).toThrow(
        expect.objectContaining({
          code: 'GRANT_CATALOGUE',
          message: 'grants of catalogue 1 cannot be compared with grants of catalogue test',
        }),
      );
    }
  });
});

describe('Grants', () => {
  it('says only what is above the lowest level, sorted', () => {
    const given = grants('network=user', 'filesystem=read-only', 'debug=ptrace');
    expect(Object.entries(given.toJson())).toEqual([
      ['debug', 'ptrace'],
      ['network', 'user'],
    ]);
    expect(given.toString()).toBe('debug=ptrace network=user');
    expect(lowest(catalogue).toString()).toBe('nothing');
    expect(lowest(catalogue).toJson()).toEqual({});
  });

  it('gives the level of every domain of the catalogue, and refuses others', () => {
    expect(grants('network=user').get('network')).toBe('user');
    expect(grants().get('network')).toBe('none');
    expect(
      grants('network=serve')
        .reached('network')
        .map(level => level.name),
    ).toEqual(['none', 'user', 'serve']);
    expect(() => grants().get('netwrk')).toThrow('there is no domain "netwrk" in catalogue 1');
  });
});

describe('excess over an authority', () => {
  it('is empty exactly when nothing was asked beyond it', () => {
    expect(excess(grants('network=user'), grants('network=user'))).toEqual([]);
    expect(excess(grants('network=user'), grants('network=admin'))).toEqual([]);
    expect(excess(grants(), grants())).toEqual([]);
  });

  it('names the domain and both levels', () => {
    expect(excess(grants('network=proxy', 'debug=perf'), grants('network=user'))).toEqual([
      { domain: 'debug', asked: 'perf', allowed: 'none' },
      { domain: 'network', asked: 'proxy', allowed: 'user' },
    ]);
  });

  it('attack: a level that voids other domains asks for their top', () => {
    expect(excess(grants('security=admin'), grants('security=admin', 'filesystem=writable'))).toEqual([
      { domain: 'host.devices', asked: 'admin', allowed: 'none', voidedBy: 'security=admin' },
      { domain: 'host.paths', asked: '/:rw', allowed: 'none', voidedBy: 'security=admin' },
      { domain: 'host.processes', asked: 'admin', allowed: 'none', voidedBy: 'security=admin' },
      { domain: 'kernel.mount', asked: 'allow', allowed: 'none', voidedBy: 'security=admin' },
      { domain: 'proc-mount', asked: 'unmasked', allowed: 'default', voidedBy: 'security=admin' },
    ]);
    const whole = [
      'security=admin',
      'host.paths=/:rw',
      'filesystem=writable',
      'host.devices=admin',
      'host.processes=admin',
      'kernel.mount=allow',
      'proc-mount=unmasked',
    ];
    expect(excess(grants('security=admin'), grants(...whole))).toEqual([]);
  });

  it('names the grant that voids only where the domain itself was not asked for', () => {
    expect(excess(grants('security=admin', 'filesystem=writable'), grants('security=admin'))[0]).toEqual({
      domain: 'filesystem',
      asked: 'writable',
      allowed: 'read-only',
    });
  });

  it('voidedBy keeps the first grant that voids a domain', () => {
    expect([...voidedBy(grants('security=view'))]).toEqual([]);
    expect(voidedBy(grants('security=admin', 'host.devices=admin')).get('filesystem')).toBe(
      'host.devices=admin',
    );
  });
});
