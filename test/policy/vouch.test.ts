import { describe, expect, it } from 'vitest';
import { parseImageReference } from '../../src/image/reference.js';
import { parseRoleName } from '../../src/tuf/role-name.js';
import { PolicySet } from '../../src/policy/policy-set.js';
import { vouchImage } from '../../src/policy/vouch.js';
import type { Vouched } from '../../src/policy/vouch-types.js';
import { grants } from './language.js';
import { both, decide, digest, LATER, MemoryFinder, NOW, policy, signed } from './world.js';

const NAME = 'registry.example/team/app';
const A = digest('a');
const B = digest('b');
const USER = grants({ network: 'user' });

const vouched = (...args: Parameters<typeof decide>): Vouched => {
  const vouch = decide(...args);
  if (vouch.kind !== 'vouched') throw new Error(`refused: ${vouch.code} ${vouch.reason}`);
  return vouch;
};

describe('an image that a trusted role signed', () => {
  it('is vouched for by its tag, pinned to the signed digest, with its evidence', () => {
    const policies = [policy()];
    const vouch = vouched(`${NAME}:1`, both(NAME, '1', A, USER), policies);
    expect(vouch.reference.toString()).toBe(`${NAME}:1`);
    expect(vouch.pinned.toString()).toBe(`${NAME}@${A}`);
    expect(vouch).toMatchObject({
      digest: A,
      namespace: 'prod',
      policy: policies[0],
      clamped: [],
      warnings: [],
    });
    expect(vouch.evidence).toHaveLength(1);
    expect(vouch.evidence[0]).toMatchObject({
      role: 'team',
      path: `${NAME}@${A}`,
      version: 3,
      signedBy: ['k1'],
    });
    expect(vouch.evidence[0]?.grants?.toString()).toBe('network=user');
    expect(vouch.signed?.toString()).toBe('network=user');
    expect(vouch.authority.toString()).toBe('network=serve');
    expect(vouch.effective.toString()).toBe('network=user');
    expect(vouch.validUntil).toEqual(LATER);
  });

  it('gets the same answer by tag and by digest', () => {
    const targets = both(NAME, '1', A, USER);
    const { reference: byTag, ...tagged } = vouched(`${NAME}:1`, targets);
    const { reference: byDigest, ...pinned } = vouched(`${NAME}@${A}`, targets);
    expect([byTag.toString(), byDigest.toString()]).toEqual([`${NAME}:1`, `${NAME}@${A}`]);
    expect({ ...tagged, policy: undefined }).toEqual({ ...pinned, policy: undefined });
  });

  it('asks only the repository and the roles that the policy trusts', () => {
    const finder = new MemoryFinder(both(NAME, '1', A, USER));
    const policies = PolicySet.of([policy({ roles: ['team', 'qa'] })]);
    vouchImage(
      { reference: parseImageReference(`${NAME}:1`), namespace: 'prod' },
      { policies, finder, now: NOW },
    );
    expect(finder.asked).toEqual([`example team,qa ${NAME}:1`, `example team,qa ${NAME}@${A}`]);
  });

  it('is decided again at the earlier of both expiries', () => {
    const finder = new MemoryFinder(both(NAME, '1', A, USER));
    const dates = [LATER, new Date(LATER.getTime() - 1000)];
    for (const order of [dates, dates.toReversed()]) {
      const [...left] = order;
      const shifting = Object.assign(Object.create(finder) as MemoryFinder, {
        find: (...args: Parameters<MemoryFinder['find']>) => ({
          ...finder.find(...args),
          validUntil: left.shift() ?? NOW,
        }),
      });
      const sources = { policies: PolicySet.of([policy()]), finder: shifting, now: NOW };
      const vouch = vouchImage({ reference: parseImageReference(`${NAME}:1`), namespace: 'prod' }, sources);
      expect(vouch.validUntil).toEqual(dates[1]);
    }
  });
});

describe('refusals', () => {
  const refused = (code: string, reason: string) =>
    expect.objectContaining({ kind: 'refused', code, reason }) as unknown;

  it('no policy matches the namespace or the image', () => {
    const vouch = decide('registry.example/other/app:1', []);
    expect(vouch).toEqual(
      refused(
        'POLICY_NO_MATCH',
        'no admission policy matches registry.example/other/app:1 in the namespace "prod"',
      ),
    );
    expect(vouch).toMatchObject({ policy: undefined, validUntil: undefined, namespace: 'prod' });
    expect(vouch.kind === 'refused' && vouch.hint).toMatch(/^ask the operator/);
  });

  it('ADMISSION 14: an empty match list matches nothing, never everything', () => {
    const targets = both(NAME, '1', A, USER);
    expect(decide(`${NAME}:1`, targets, [policy({ images: [] })])).toMatchObject({ code: 'POLICY_NO_MATCH' });
    expect(decide(`${NAME}:1`, targets, [policy({ namespaces: [] })])).toMatchObject({
      code: 'POLICY_NO_MATCH',
    });
    expect(decide(`${NAME}:1`, targets, [])).toMatchObject({ code: 'POLICY_NO_MATCH' });
  });

  it('ADMISSION 14: an empty list of roles is not satisfied by nobody, whatever the threshold', () => {
    const targets = both(NAME, '1', A, USER);
    for (const threshold of [0, 1]) {
      expect(decide(`${NAME}:1`, targets, [policy({ roles: [], threshold })])).toMatchObject({
        code: 'POLICY_UNSIGNED',
      });
    }
  });

  it('an image that nobody signed', () => {
    expect(decide(`${NAME}:1`, [], [policy({ roles: ['team', 'qa'] })])).toEqual(
      refused('POLICY_UNSIGNED', `${NAME}:1 is not signed by team or qa of example (policy p)`),
    );
  });

  it('ADMISSION 15: a valid signature of the wrong role does not count', () => {
    expect(decide(`${NAME}:1`, both(NAME, '1', A, USER, 'interns'))).toMatchObject({
      code: 'POLICY_UNSIGNED',
    });
  });

  it('ADMISSION 15: a valid signature in the wrong repository does not count', () => {
    const vouch = decide(`${NAME}:1`, both(NAME, '1', A, USER), [policy({ repository: 'another' })]);
    expect(vouch).toMatchObject({ code: 'POLICY_UNSIGNED' });
  });

  it('a tag whose digest is not signed itself, as after a revocation', () => {
    expect(decide(`${NAME}:1`, [signed(`${NAME}:1`, A, USER)])).toEqual(
      refused('POLICY_UNSIGNED', `${NAME}@${A} is not signed by team of example (policy p)`),
    );
  });

  it('ADMISSION 8: name:tag@digest that disagree is decided by the digest, which must be signed itself', () => {
    const targets = both(NAME, '1', A, USER);
    expect(decide(`${NAME}:1@${B}`, targets)).toMatchObject({ code: 'POLICY_UNSIGNED' });
    expect(vouched(`${NAME}:1@${A}`, targets).digest).toBe(A);
    expect(vouched(`${NAME}:unsigned@${A}`, targets).digest).toBe(A);
  });

  it('ADMISSION 8: a digest signed under another name is not signed under this one', () => {
    const vouch = decide(`${NAME}@${A}`, both('registry.example/team/other', '1', A, USER));
    expect(vouch).toMatchObject({ code: 'POLICY_UNSIGNED' });
  });

  it('a target named after one digest that describes another', () => {
    const vouch = decide(`${NAME}@${A}`, [signed(`${NAME}@${A}`, B, USER)]);
    expect(vouch).toEqual(
      refused('POLICY_DIGEST_MISMATCH', `the role team of example signs ${B} under the name ${NAME}@${A}`),
    );
    expect(vouch).toMatchObject({ details: { role: 'team', signed: B } });
  });

  it('an expired role that speaks for the image, also beside another one that is not', () => {
    const since = new Date('2026-11-20T00:00:00Z');
    const expired = [{ role: parseRoleName('qa'), since }];
    const policies = [policy({ roles: ['team', 'qa'] })];
    const vouch = decide(`${NAME}:1`, both(NAME, '1', A, USER), policies, expired);
    expect(vouch).toEqual(
      refused(
        'TRUST_ROLE_EXPIRED',
        `the role qa of example, which speaks for ${NAME}:1, expired on 2026-11-20T00:00:00.000Z`,
      ),
    );
    expect(vouch).toMatchObject({
      policy: policies[0],
      validUntil: LATER,
      details: { repository: 'example', role: 'qa', expired: since.toISOString() },
    });
    expect(vouched(`${NAME}:1`, both(NAME, '1', A, USER), [policy()], expired).digest).toBe(A);
  });

  it('ADMISSION 13: an error inside matching denies', () => {
    const broken = policy();
    const pattern = {
      ...broken.images[0]!,
      matches: () => {
        throw new RangeError('out of stack');
      },
    };
    expect(decide(`${NAME}:1`, both(NAME, '1', A, USER), [{ ...broken, images: [pattern] }])).toEqual(
      refused('INTERNAL', 'unexpected failure: out of stack'),
    );
  });

  it('ADMISSION 13: an error inside finding denies, and the refusal names the policy', () => {
    const finder = new MemoryFinder([]);
    finder.find = () => {
      throw new TypeError('gone');
    };
    const sources = { policies: PolicySet.of([policy()]), finder, now: NOW };
    const vouch = vouchImage({ reference: parseImageReference(`${NAME}:1`), namespace: 'prod' }, sources);
    expect(vouch).toMatchObject({
      kind: 'refused',
      code: 'INTERNAL',
      policy: { name: 'p' },
      validUntil: undefined,
    });
  });
});

describe('several roles', () => {
  const policies = [policy({ roles: ['team', 'qa', 'lab'], threshold: 2 })];
  const by = (role: string, named = A, carries = USER) => both(NAME, '1', named, carries, role);

  it('fewer than the threshold refuse', () => {
    const vouch = decide(`${NAME}:1`, by('team'), policies);
    expect(vouch).toMatchObject({
      code: 'POLICY_THRESHOLD',
      reason: `${NAME}:1 is signed by 1 of the 2 roles that the policy p asks for`,
      details: { needed: 2, counted: 1, roles: ['team', 'qa', 'lab'] },
    });
  });

  it('one role does not count twice', () => {
    expect(decide(`${NAME}:1`, [...by('team'), ...by('team')], policies)).toMatchObject({
      code: 'POLICY_THRESHOLD',
    });
  });

  it('exactly the threshold vouches, and the evidence lists all', () => {
    const vouch = vouched(`${NAME}:1`, [...by('team'), ...by('qa')], policies);
    expect(vouch.evidence.map(({ role }) => role)).toEqual(['team', 'qa']);
  });

  it('the digest needs the threshold as the tag does', () => {
    const targets = [...by('team'), signed(`${NAME}:1`, A, undefined, 'qa')];
    expect(decide(`${NAME}:1`, targets, policies)).toMatchObject({
      code: 'POLICY_THRESHOLD',
      reason: `${NAME}@${A} is signed by 1 of the 2 roles that the policy p asks for`,
    });
  });

  it('ADMISSION 22: one digest signed by several roles with different grants gives the meet', () => {
    const carries = (role: string, levels: Record<string, string>) => by(role, A, grants(levels));
    const wide = policy({
      roles: ['team', 'qa'],
      authority: grants({ network: 'serve', filesystem: 'writable' }),
    });
    const targets = [
      ...carries('team', { network: 'serve' }),
      ...carries('qa', { network: 'user', filesystem: 'writable' }),
    ];
    const vouch = vouched(`${NAME}:1`, targets, [wide]);
    expect(vouch.effective.toString()).toBe('network=user');
    expect(vouch.signed?.toString()).toBe('network=user');
    expect(vouch.evidence).toHaveLength(2);
  });

  it('ADMISSION 22: what an untrusted role signed for the same digest changes nothing', () => {
    const targets = [...by('team'), ...by('interns', A, grants({}))];
    expect(vouched(`${NAME}:1`, targets).effective.toString()).toBe('network=user');
  });

  it('two digests that both reach the threshold are none', () => {
    const vouch = decide(`${NAME}:1`, [...by('team'), ...by('qa', B)], [policy({ roles: ['team', 'qa'] })]);
    expect(vouch).toMatchObject({
      code: 'POLICY_DIGESTS',
      reason: `the roles team and qa sign different digests of ${NAME}:1`,
      details: {
        signed: [
          { role: 'team', digest: A },
          { role: 'qa', digest: B },
        ],
      },
    });
  });

  it('a digest that reaches the threshold wins over one that does not', () => {
    const targets = [...by('team', B), ...by('qa'), ...by('lab')];
    expect(vouched(`${NAME}:1`, targets, policies).digest).toBe(A);
  });

  it('no digest reaches the threshold though enough roles signed the tag', () => {
    expect(decide(`${NAME}:1`, [...by('team'), ...by('qa', B)], policies)).toMatchObject({
      code: 'POLICY_DIGESTS',
    });
  });
});
