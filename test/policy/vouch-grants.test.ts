import { describe, expect, it } from 'vitest';
import fc from '../support/property.js';
import { excess, leq } from '../../src/entitlements/grants.js';
import type { Grants } from '../../src/entitlements/grants.js';
import { partsOf } from '../../src/entitlements/parts.js';
import type { JsonObject } from '../../src/json/types.js';
import { catalogue, grants, language } from './language.js';
import { both, decide, digest, policy, signed } from './world.js';

const NAME = 'registry.example/team/app';
const A = digest('a');
const serve = grants({ network: 'serve' });

const by = (carries: Grants | JsonObject | undefined, shape: Parameters<typeof policy>[0] = {}) =>
  decide(`${NAME}:1`, both(NAME, '1', A, carries), [policy(shape)]);
const effective = (...args: Parameters<typeof by>): string => {
  const vouch = by(...args);
  return vouch.kind === 'vouched' ? vouch.effective.toString() : vouch.code;
};

describe('signed grants and the authority', () => {
  it('signed within the authority is what it gets', () => {
    expect(effective(grants({ network: 'user' }))).toBe('network=user');
    expect(effective(serve)).toBe('network=serve');
    expect(effective(grants())).toBe('nothing');
  });

  it('above the authority is refused, naming each domain and both levels', () => {
    const vouch = by(grants({ network: 'admin', filesystem: 'writable' }));
    expect(vouch).toMatchObject({
      kind: 'refused',
      code: 'POLICY_EXCESS',
      reason:
        `${NAME}@${A} is signed with more than the policy p allows: network=admin is signed, network=serve is allowed; ` +
        'filesystem=writable is signed, filesystem=read-only is allowed',
      details: {
        policy: 'p',
        excess: [
          { domain: 'network', asked: 'admin', allowed: 'serve' },
          { domain: 'filesystem', asked: 'writable', allowed: 'read-only' },
        ],
      },
    });
  });

  it('clamped goes on with the meet and warns, naming each domain', () => {
    const vouch = by(grants({ network: 'admin', filesystem: 'writable' }), { onExcess: 'clamp' });
    expect(vouch).toMatchObject({
      kind: 'vouched',
      warnings: [
        `${NAME}@${A}: network=admin is signed, network=serve is allowed (policy p)`,
        `${NAME}@${A}: filesystem=writable is signed, filesystem=read-only is allowed (policy p)`,
      ],
      clamped: [{ domain: 'network' }, { domain: 'filesystem' }],
    });
    expect(vouch.kind === 'vouched' && vouch.effective.toString()).toBe('network=serve');
    expect(vouch.kind === 'vouched' && vouch.signed?.toString()).toBe(
      'network=admin filesystem=writable'.split(' ').sort().join(' '),
    );
  });

  it('a level that voids a domain asks for the top of it', () => {
    const authority = grants({ security: 'view', network: 'serve' });
    expect(by(grants({ security: 'admin' }), { authority })).toMatchObject({
      code: 'POLICY_EXCESS',
      reason: expect.stringContaining(
        'filesystem=writable comes with the signed security=admin, filesystem=read-only is allowed',
      ) as unknown,
    });
    expect(effective(grants({ security: 'admin' }), { authority, onExcess: 'clamp' })).toBe('security=view');
  });

  it('require.grants: policy gives the authority whatever was signed', () => {
    expect(effective(grants(), { ignoreSigned: true })).toBe('network=serve');
    expect(effective(grants({ network: 'admin' }), { ignoreSigned: true })).toBe('network=serve');
    expect(effective(undefined, { ignoreSigned: true })).toBe('network=serve');
  });
});

describe('unsigned grants', () => {
  it('are refused by default: absent is not empty', () => {
    expect(by(undefined)).toMatchObject({
      code: 'GRANTS_ABSENT',
      reason: `${NAME}@${A} is signed without grants, which the policy p does not accept`,
      hint: expect.stringContaining('writ sign --grant') as unknown,
    });
    expect(by({ other: 1 })).toMatchObject({ code: 'GRANTS_ABSENT' });
  });

  it('are a preset or the authority where the policy says so, and stay undefined in the evidence', () => {
    const preset = { kind: 'preset', name: 'web', grants: grants({ network: 'user' }) } as const;
    expect(effective(undefined, { unsignedGrants: preset })).toBe('network=user');
    expect(effective(undefined, { unsignedGrants: { kind: 'authority' } })).toBe('network=serve');
    const vouch = by(undefined, { unsignedGrants: preset });
    expect(vouch).toMatchObject({ signed: undefined, evidence: [{ grants: undefined }] });
  });

  it('of one role do not hide behind the signed grants of another', () => {
    const targets = [...both(NAME, '1', A, serve), ...both(NAME, '1', A, undefined, 'qa')];
    const shape = { roles: ['team', 'qa'] };
    expect(decide(`${NAME}:1`, targets, [policy(shape)])).toMatchObject({ code: 'GRANTS_ABSENT' });
    const preset = { kind: 'preset', name: 'x', grants: grants({ network: 'user' }) } as const;
    const vouch = decide(`${NAME}:1`, targets, [policy({ ...shape, unsignedGrants: preset })]);
    expect(vouch.kind === 'vouched' && vouch.effective.toString()).toBe('network=user');
    expect(vouch.kind === 'vouched' && vouch.signed?.toString()).toBe('network=serve');
  });
});

describe('grants that cannot be read deny', () => {
  const writ = { v: 1, catalogue: '1', grants: { network: 'user' } };
  const cases: [string, JsonObject, string][] = [
    ['an unknown version', { ...writ, v: 2 }, 'the signed grants have format 2, this release reads 1'],
    ['an unknown member', { ...writ, until: 1 }, 'the signed grants have the unknown member "until"'],
    [
      '__proto__',
      JSON.parse('{"v":1,"catalogue":"1","grants":{},"__proto__":{}}') as JsonObject,
      'the signed grants have the unknown member "__proto__"',
    ],
    [
      'another catalogue',
      { ...writ, catalogue: '2' },
      'the grants were signed for catalogue "2", this service has "1"',
    ],
    [
      'no version',
      { catalogue: '1', grants: {} },
      'the signed grants cannot be read: custom.writ.v must be an integer from 0 to 9007199254740991',
    ],
    [
      'no catalogue',
      { v: 1, grants: {} },
      'the signed grants cannot be read: custom.writ.catalogue must be a string',
    ],
    [
      'no grants',
      { v: 1, catalogue: '1' },
      'the signed grants cannot be read: custom.writ.grants must be an object',
    ],
    [
      'an unknown domain',
      { ...writ, grants: { teleport: 'allow' } },
      'the signed grants cannot be read: there is no domain "teleport" in catalogue 1',
    ],
    [
      'an unknown level',
      { ...writ, grants: { network: 'all' } },
      'the signed grants cannot be read: the domain network has no level "all"',
    ],
  ];
  it.each(cases)('%s', (_, json, reason) => {
    expect(by({ writ: json })).toMatchObject({ kind: 'refused', code: 'POLICY_GRANTS', reason });
    expect(by({ writ: json }, { ignoreSigned: true })).toMatchObject({ code: 'POLICY_GRANTS' });
  });

  it('a member writ that is no object', () => {
    for (const value of [null, 1, 'x', []]) {
      expect(by({ writ: value })).toMatchObject({
        code: 'POLICY_GRANTS',
        reason: 'the signed grants cannot be read: custom.writ must be an object',
      });
    }
  });

  it('also on the tag, which may say more than could be read', () => {
    const targets = [signed(`${NAME}:1`, A, { writ: { ...writ, v: 9 } }), signed(`${NAME}@${A}`, A, serve)];
    expect(decide(`${NAME}:1`, targets)).toMatchObject({ code: 'POLICY_GRANTS' });
  });

  it('what the tag carries does not change what the digest carries', () => {
    const targets = [signed(`${NAME}:1`, A, grants({ network: 'none' })), signed(`${NAME}@${A}`, A, serve)];
    const vouch = decide(`${NAME}:1`, targets);
    expect(vouch.kind === 'vouched' && vouch.effective.toString()).toBe('network=serve');
  });
});

describe('laws', () => {
  const levels = fc.record(
    Object.fromEntries(
      [...catalogue.domains].map(([name, domain]) => [
        name,
        fc.constantFrom(...partsOf(domain).map(level => level.name)),
      ]),
    ),
  );
  const any = levels.map(grants);
  const closed = any.filter(authority => excess(authority, authority).length === 0);

  it('effective never goes beyond the authority nor what was signed, voids counted', () => {
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 3 }), closed, (signedBy, authority) => {
        const roles = signedBy.map((_, i) => `r${i}`);
        const targets = signedBy.flatMap((carries, i) => both(NAME, '1', A, carries, roles[i]));
        const vouch = decide(`${NAME}:1`, targets, [policy({ roles, authority, onExcess: 'clamp' })]);
        if (vouch.kind !== 'vouched') throw new Error(vouch.reason);
        expect(excess(vouch.effective, authority)).toEqual([]);
        for (const carries of signedBy) expect(leq(vouch.effective, carries)).toBe(true);
      }),
    );
  });

  it('deny refuses exactly what clamp would warn about', () => {
    fc.assert(
      fc.property(any, closed, (carries, authority) => {
        const clamp = by(carries, { authority, onExcess: 'clamp' });
        const deny = by(carries, { authority, onExcess: 'deny' });
        expect(deny.kind === 'refused').toBe(clamp.kind === 'vouched' && clamp.warnings.length > 0);
      }),
    );
  });

  it('the presets of the tests are closed', () => {
    for (const { grants: preset } of language.presets.values()) expect(excess(preset, preset)).toEqual([]);
  });
});
