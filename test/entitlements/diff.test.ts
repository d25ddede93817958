/** What a difference says against what the profiles are. */
import fc from '../support/property.js';
import { expect, it } from 'vitest';
import { diff } from '../../src/entitlements/diff.js';
import { leq, type Grants } from '../../src/entitlements/grants.js';
import { compile } from '../../src/entitlements/compile.js';
import { anyGrants, baselines, grants, NODE, profileOf } from './catalogue.js';

const compiled = (of: Grants) => compile(of, NODE, baselines);

it('of the same grants is nothing', () => {
  fc.assert(
    fc.property(anyGrants, one => {
      const found = diff(compiled(one), compiled(one));
      expect([found.relation, found.domains, found.lists.size]).toEqual(['equal', [], 0]);
      expect(Object.values(found.calls).flat()).toEqual([]);
    }),
    { numRuns: 30, seed: 1 },
  );
});

it('turned round is the same the other way, and more grants never take anything away', () => {
  fc.assert(
    fc.property(anyGrants, anyGrants, (a, b) => {
      const [there, back] = [diff(compiled(a), compiled(b)), diff(compiled(b), compiled(a))];
      expect([there.gained, there.lost]).toEqual([back.lost, back.gained]);
      const { opened, closed, widened, narrowed, changed } = there.calls;
      expect(back.calls).toEqual({
        opened: closed,
        closed: opened,
        widened: narrowed,
        narrowed: widened,
        changed,
      });
      if (!leq(a, b)) return;
      expect([closed, narrowed, changed, there.lost.attackClasses]).toEqual([[], [], [], []]);
      expect(there.lists.get('capabilities')?.removed ?? []).toEqual([]);
    }),
    { numRuns: 60, seed: 2 },
  );
});

it('tells raised from lowered and from neither', () => {
  const [a, b] = [grants('network=user', 'debug=ptrace'), grants('network=admin')];
  const { domains, relation } = diff(compiled(a), compiled(b));
  expect(relation).toBe('incomparable');
  expect(Object.fromEntries(domains.map(({ domain, change }) => [domain, change]))).toMatchObject({
    network: 'raised',
    debug: 'lowered',
  });
});

it('has what a profile has', () => {
  const { lists, calls } = diff(profileOf([]), profileOf(['host.processes=view', 'security=admin']));
  expect(lists.get('own namespaces')?.removed).toEqual(['pid']);
  expect(lists.get('capabilities')?.added).toContain('CAP_SYS_ADMIN');
  expect(calls.opened).toContain('mount');
});
