import { describe, expect, it } from 'vitest';
import { parseRoleName } from '../../src/tuf/role-name.js';
import { PolicySet } from '../../src/policy/policy-set.js';
import { vouchDigest } from '../../src/policy/vouch-digest.js';
import { grants } from './language.js';
import { both, digest, LATER, MemoryFinder, NOW, policy } from './world.js';

const A = digest('a');
const APP = 'registry.example/team/app';
const TOOL = 'registry.example/team/tool';
const wide = policy({ authority: grants({ network: 'serve', filesystem: 'writable' }) });

const ask = (
  targets: ReturnType<typeof both>,
  policies = [wide],
  expired: ConstructorParameters<typeof MemoryFinder>[1] = [],
) =>
  vouchDigest(A, 'prod', {
    policies: PolicySet.of(policies),
    finder: new MemoryFinder(targets, expired),
    now: NOW,
  });

describe('one digest under several names', () => {
  it('gives the meet, and lists every name', () => {
    const vouch = ask([
      ...both(APP, '1', A, grants({ network: 'serve' })),
      ...both(TOOL, '1', A, grants({ network: 'user', filesystem: 'writable' })),
    ]);
    if (vouch.kind !== 'vouched') throw new Error(vouch.reason);
    expect(vouch.effective.toString()).toBe('network=user');
    expect(vouch.vouches.map(({ pinned }) => pinned.toString())).toEqual([`${APP}@${A}`, `${TOOL}@${A}`]);
    expect(vouch).toMatchObject({ digest: A, validUntil: LATER });
  });

  it('a name that no policy or no trusted role speaks for neither helps nor harms', () => {
    const vouch = ask([
      ...both(APP, '1', A, grants({ network: 'user' })),
      ...both('evil.example/x', '1', A, grants({ filesystem: 'writable' })),
      ...both(TOOL, '1', A, grants(), 'interns'),
    ]);
    expect(vouch.kind === 'vouched' && vouch.effective.toString()).toBe('network=user');
    expect(vouch.kind === 'vouched' && vouch.vouches).toHaveLength(1);
  });

  it('a name below the threshold of roles does not count', () => {
    const two = policy({ name: 'two', images: [TOOL], roles: ['team', 'qa'], threshold: 2 });
    const vouch = ask([...both(APP, '1', A, grants()), ...both(TOOL, '1', A, grants())], [wide, two]);
    expect(vouch.kind === 'vouched' && vouch.vouches.map(({ pinned }) => pinned.toString())).toEqual([
      `${APP}@${A}`,
    ]);
  });

  it('a trusted name that is refused refuses all', () => {
    const vouch = ask([...both(APP, '1', A, grants()), ...both(TOOL, '1', A, grants({ network: 'admin' }))]);
    expect(vouch).toMatchObject({
      kind: 'refused',
      code: 'POLICY_EXCESS',
      digest: A,
      reason: expect.stringContaining(TOOL) as unknown,
      hint: expect.stringContaining('onExcess') as unknown,
      refusals: [{ code: 'POLICY_EXCESS' }],
    });
  });

  it('an expired role refuses', () => {
    const expired = [{ role: parseRoleName('team'), since: NOW }];
    expect(ask(both(APP, '1', A, grants()), [wide], expired)).toMatchObject({ code: 'TRUST_ROLE_EXPIRED' });
  });

  it('is decided again at the earliest expiry of all names', () => {
    const finder = new MemoryFinder([...both(APP, '1', A, grants()), ...both(TOOL, '1', A, grants())]);
    const early = new Date(LATER.getTime() - 1);
    for (const name of [APP, TOOL]) {
      const shifting = Object.assign(Object.create(finder) as MemoryFinder, {
        byDigest: finder.byDigest.bind(finder),
        find: (...args: Parameters<MemoryFinder['find']>) => ({
          ...finder.find(...args),
          validUntil: args[2].repository === name ? early : LATER,
        }),
      });
      const vouch = vouchDigest(A, 'prod', { policies: PolicySet.of([wide]), finder: shifting, now: NOW });
      expect(vouch.kind === 'vouched' && vouch.validUntil).toEqual(early);
    }
  });
});

describe('a digest that nobody vouches for', () => {
  it('under no name', () => {
    expect(ask([])).toEqual({
      kind: 'refused',
      digest: A,
      code: 'POLICY_UNSIGNED',
      reason: `${A} is not signed by a role that is trusted for it here`,
      hint: expect.stringContaining('writ sign') as unknown,
      refusals: [],
    });
  });

  it('under names that do not count here: each is told', () => {
    expect(ask(both('evil.example/x', '1', A, grants()))).toMatchObject({
      code: 'POLICY_UNSIGNED',
      refusals: [{ code: 'POLICY_NO_MATCH' }],
    });
  });

  it('ADMISSION 13: an error inside finding refuses', () => {
    const finder = new MemoryFinder([]);
    finder.byDigest = () => {
      throw new TypeError('gone');
    };
    expect(vouchDigest(A, 'prod', { policies: PolicySet.of([wide]), finder, now: NOW })).toMatchObject({
      kind: 'refused',
      code: 'INTERNAL',
      reason: 'unexpected failure: gone',
    });
  });
});
