/** Roles that must agree on a target. TAP 3. */
import { describe, expect, it } from 'vitest';
import { buildTargets } from '../../src/tuf/build/signed-part.js';
import { changeOfTargets, targetsStay } from '../../src/tuf/change/targets.js';
import { evidenceFor } from '../../src/tuf/client/evidence.js';
import { fetchTarget } from '../../src/tuf/client/fetch-target.js';
import { findRole, findTarget, type FoundTarget } from '../../src/tuf/client/find-target.js';
import type { JsonObject } from '../../src/json/types.js';
import { readSigned } from '../../src/tuf/format/tuf1.js';
import type { Targets } from '../../src/tuf/model.js';
import { parseRoleName } from '../../src/tuf/role-name.js';
import { ed25519 } from '../crypto/keys.js';
import { expectRefused, refusal } from './refusal.js';
import { Simulator, type TargetsDoc } from './simulator.js';

interface Group {
  name: string;
  paths: string[];
  terminating: boolean;
  min_roles_in_agreement: number;
  roleinfo: { rolename: string; keyids: string[]; threshold: number }[];
}

const pairOf = (role: string): ReturnType<typeof ed25519> => ed25519(`${role}-key`);

/** A simulator whose `from` delegates to these groups of roles, as the TAP writes it. */
function together(
  sim: Simulator,
  groups: [roles: string[], needed: number, more?: Partial<Group>][],
  from = 'targets',
): Simulator {
  const keys: Record<string, JsonObject> = {};
  const delegations = groups.map(([roles, needed, more], i): Group => {
    for (const role of roles) {
      const { key } = pairOf(role);
      keys[key.id] = key.toJson();
      if (sim.targets.has(role)) continue;
      sim.targets.set(role, { ...structuredClone(sim.top()), targets: {}, version: 1 });
      Reflect.deleteProperty(sim.targets.get(role)!, 'delegations');
      Reflect.deleteProperty(sim.targets.get(role)!, 'keys_for_delegations');
      sim.signers.set(role, [pairOf(role)]);
    }
    const roleinfo = roles.map(rolename => ({ rolename, keyids: [pairOf(rolename).key.id], threshold: 1 }));
    return {
      name: `delegation ${i}`,
      paths: ['*'],
      terminating: false,
      min_roles_in_agreement: needed,
      roleinfo,
      ...more,
    };
  });
  Object.assign(sim.targets.get(from)!, { keys_for_delegations: keys, delegations });
  return sim;
}

/** `owners`: which role lists which content as the target `x`. */
async function open(sim: Simulator, owners: Record<string, string>): ReturnType<typeof viewOf> {
  for (const [role, content] of Object.entries(owners)) sim.addTarget('x', content, role);
  sim.commit(...sim.targets.keys());
  return viewOf(sim);
}
const viewOf = async (sim: Simulator) => (await sim.client()).refresh();

type Owners = Record<string, string>;
const names = (found: FoundTarget | undefined): string[] =>
  found === undefined ? [] : [found.role, ...found.agreeing.map(({ role }) => role)];

describe('the search', () => {
  const ABCD = ['a', 'b', 'c', 'd'];
  it.each<[string, string[], number, Owners, string[]]>([
    ['both agree', ['a', 'b'], 2, { a: '1', b: '1' }, ['a', 'b']],
    ['two of three agree', ['a', 'b', 'c'], 2, { a: '1', c: '1' }, ['a', 'c']],
    ['one of three is enough: the first counts', ['a', 'b', 'c'], 1, { b: '2', c: '1' }, ['b']],
    [
      'the first role with which enough agree counts',
      ABCD,
      2,
      { a: '1', b: '2', c: '2', d: '1' },
      ['a', 'd'],
    ],
    ['nobody agrees with the first', ABCD, 2, { a: '1', b: '2', d: '2' }, ['b', 'd']],
    ['only one lists it', ['a', 'b'], 2, { b: '1' }, []],
    ['they say different things', ['a', 'b'], 2, { a: '1', b: '2' }, []],
    ['nobody lists it', ['a', 'b'], 2, {}, []],
    ['a group of one is a role', ['a'], 1, { a: '1' }, ['a']],
  ])('%s', async (_, roles, needed, owners, expected) => {
    const sim = together(new Simulator(), [[roles, needed]]);
    const view = await open(sim, owners);
    const found = await findTarget(view, 'x');
    expect(names(found)).toEqual(expected);
    if (found === undefined) return;
    const bytes = await fetchTarget(sim.fetcher, view, 'x', found.target, 100);
    expect(Buffer.from(bytes).toString()).toBe(owners[found.role]);
  });

  it('asks every role of the delegation: a withheld one must not choose the answer', async () => {
    const sim = together(new Simulator(), [[['a', 'b', 'c'], 2]]);
    const view = await open(sim, { b: '2', c: '2' });
    sim.files.delete('2.a.json');
    await expectRefused(findTarget(view, 'x'), 'TUF_MISSING');
  });

  it('goes on to the next delegation, unless the one that fails is terminating', async () => {
    const groups = (terminating: boolean): Parameters<typeof together>[1] => [
      [['a', 'b'], 2, { terminating }],
      [['c'], 1],
    ];
    const owners = { a: '1', c: '3' };
    expect(
      names(await findTarget(await open(together(new Simulator(), groups(false)), owners), 'x')),
    ).toEqual(['c']);
    await expectRefused(
      findTarget(await open(together(new Simulator(), groups(true)), owners), 'x'),
      'TUF_DISAGREEMENT',
      '2 of a, b must agree on x; listed by a',
    );
    expect(
      await findTarget(await open(together(new Simulator(), groups(true)), { c: '3' }), 'x'),
    ).toBeUndefined();
  });

  it('is for the paths of the delegation only', async () => {
    const sim = together(new Simulator(), [[['a', 'b'], 2, { paths: ['y'] }]]);
    expect(await findTarget(await open(sim, { a: '1', b: '1' }), 'x')).toBeUndefined();
  });

  it('lets each role speak through those below it, and through groups below groups', async () => {
    const sim = together(new Simulator(), [[['a', 'b'], 2]]);
    sim.delegate('a', 'a/sub', ['x']);
    together(sim, [[['c', 'd'], 2]], 'b');
    const found = await findTarget(await open(sim, { 'a/sub': '1', c: '1', d: '1' }), 'x');
    expect(names(found)).toEqual(['a/sub', 'c']);
    expect(found!.agreeing[0]!.trail.map(({ role }) => role)).toEqual(['targets', 'b', 'c']);
  });

  it('lets a role speak alone where it is delegated to alone, after others did not agree with it', async () => {
    const sim = together(new Simulator(), [
      [['a', 'b'], 2],
      [['a'], 1],
    ]);
    expect(names(await findTarget(await open(sim, { a: '1', b: '2' }), 'x'))).toEqual(['a']);
  });

  it('asks a role below each of those that lead to it', async () => {
    const sim = together(new Simulator(), [
      [['a', 'b'], 2],
      [['c', 'd'], 2],
    ]);
    sim.delegate('a', 'sub', ['x']);
    sim.delegate('c', 'sub', ['x']);
    expect(names(await findTarget(await open(sim, { sub: '1', d: '1' }), 'x'))).toEqual(['sub', 'd']);
  });

  it('attack: one role counts twice, by a cycle through the other', async () => {
    const sim = together(new Simulator(), [[['a', 'b'], 2]]);
    sim.delegate('b', 'a', ['x']);
    sim.signers.set('a', [pairOf('a')]);
    const view = await open(sim, { a: '1' });
    expect(await findTarget(view, 'x')).toBeUndefined();
    together(sim, [[['b', 'a'], 2]], 'a'); // a leads back to itself and to b
    Reflect.deleteProperty(sim.targets.get('a')!.targets, 'x');
    sim.commit('a');
    expect(await findTarget(await viewOf(sim), 'x')).toBeUndefined();
  });

  it('attack: groups below groups without end', async () => {
    const sim = new Simulator();
    together(sim, [[['r0', 's0'], 1]]);
    for (let i = 0; i < 12; i++) {
      for (const role of [`r${i}`, `s${i}`]) together(sim, [[[`r${i + 1}`, `s${i + 1}`], 1]], role);
    }
    const view = await open(sim, {});
    await expectRefused(
      findTarget(view, 'x'),
      'TUF_LIMIT',
      'the search visited 32 delegated roles and did not end',
    );
  });

  it('attack: a role of a group signed by strangers', async () => {
    const sim = together(new Simulator(), [[['a', 'b'], 1]]);
    sim.signers.set('b', [ed25519('stranger')]);
    await expectRefused(findTarget(await open(sim, { a: '1' }), 'x'), 'TUF_THRESHOLD', /^b version 2/);
  });

  it('attack: a role that may speak only with others is asked for alone, by its name', async () => {
    const sim = together(new Simulator(), [[['a', 'b'], 2]]);
    expect(await findRole(await open(sim, { a: '1' }), parseRoleName('a'))).toBeUndefined();
  });
});

describe('the evidence', () => {
  it('is every document behind the target, with its keys and the first expiry', async () => {
    const sim = together(new Simulator(), [[['a', 'b'], 2]]);
    sim.targets.get('b')!.expires = '2030-01-20T00:00:00Z';
    const view = await open(sim, { a: '1', b: '1' });
    const { parts, validUntil } = evidenceFor(view, (await findTarget(view, 'x'))!);
    expect(parts.map(({ role, version }) => `${role} ${version}`)).toEqual(
      ['root 1', 'timestamp 2', 'snapshot 2', 'targets 2', 'a 2', 'b 2'], // prettier-ignore
    );
    expect(parts.map(({ signedBy }) => signedBy.map(({ id }) => id))).toEqual(
      ['root', 'timestamp', 'snapshot', 'targets', 'a-key', 'b-key'].map(name => [ed25519(name).key.id]),
    );
    expect(validUntil).toEqual(new Date('2030-01-20T00:00:00Z'));
    expect(parts.at(-1)?.expires).toEqual(validUntil);
  });
});

describe('the format', () => {
  const doc = (): TargetsDoc & { delegations: Group[] } => {
    const sim = together(new Simulator(), [
      [['a', 'b'], 2],
      [['a'], 1, { terminating: true }],
    ]);
    return structuredClone(sim.top()) as unknown as TargetsDoc & { delegations: Group[] };
  };
  const read = (change: (groups: Group[], json: Record<string, unknown>) => unknown): Targets => {
    const json = doc();
    change(json.delegations, json);
    return readSigned('targets', json as unknown as JsonObject);
  };

  it('is read and written back, unknown members too', () => {
    const model = read(([group]) =>
      Object.assign(group!, {
        'x-a': 1,
        roleinfo: [{ ...group!.roleinfo[0], 'x-b': 2 }, group!.roleinfo[1]],
      }),
    );
    expect(model.delegations?.groups?.map(group => group.minRolesInAgreement)).toEqual([2, 1]);
    expect(model.unrecognized).toBeUndefined();
    const expected = doc();
    Object.assign(expected.delegations[0]!, { 'x-a': 1 });
    Object.assign(expected.delegations[0]!.roleinfo[0]!, { 'x-b': 2 });
    expect(buildTargets(model)).toEqual(expected);
  });

  it('keys_for_delegations is a member like any other where delegations are no list', () => {
    const model = read((_, json) => Object.assign(json, { delegations: { keys: {}, roles: [] } }));
    expect(Object.keys(model.unrecognized ?? {})).toEqual(['keys_for_delegations']);
  });

  it.each<
    [
      string,
      (groups: Group[], json: Record<string, unknown>) => unknown,
      'JSON_TYPE' | 'TUF_FORMAT' | 'TUF_ROLE_NAME',
    ]
  >([
    ['no role must agree', ([a]) => (a!.min_roles_in_agreement = 0), 'JSON_TYPE'],
    ['more must agree than there are', ([a]) => (a!.min_roles_in_agreement = 3), 'JSON_TYPE'],
    ['no min_roles_in_agreement', ([a]) => Reflect.deleteProperty(a!, 'min_roles_in_agreement'), 'JSON_TYPE'],
    ['no roles', ([a]) => (a!.roleinfo = []), 'JSON_TYPE'],
    ['one role twice in a delegation', ([a]) => (a!.roleinfo[1] = a!.roleinfo[0]!), 'TUF_FORMAT'],
    ['one role with other keys in the next', ([, b]) => (b!.roleinfo[0]!.keyids = []), 'TUF_FORMAT'],
    ['one role with another threshold in the next', ([, b]) => (b!.roleinfo[0]!.threshold = 2), 'TUF_FORMAT'],
    ['threshold 0', ([a]) => (a!.roleinfo[0]!.threshold = 0), 'JSON_TYPE'],
    ['a role named like a top-level one', ([a]) => (a!.roleinfo[0]!.rolename = 'root'), 'TUF_ROLE_NAME'],
    ['no keys', (_, json) => Reflect.deleteProperty(json, 'keys_for_delegations'), 'JSON_TYPE'],
    ['no paths', ([a]) => Reflect.deleteProperty(a!, 'paths'), 'JSON_TYPE'],
    ['no terminating', ([a]) => Reflect.deleteProperty(a!, 'terminating'), 'JSON_TYPE'],
    ['a delegation that is null', groups => groups.push(null as never), 'JSON_TYPE'],
  ])('attack: %s', (_, change, code) => {
    expect(() => read(change)).toThrowError(refusal(code));
  });

  it('does not mind the order of key ids', () => {
    const ids = ['k1', 'k2'];
    const model = read(([a, b]) => {
      a!.roleinfo[0]!.keyids = ids;
      b!.roleinfo[0]!.keyids = [...ids].reverse();
    });
    expect(model.delegations?.groups).toHaveLength(2);
  });

  it('is written for globs only, and not beside other delegations', () => {
    const { delegations: read1, ...rest } = read(() => undefined);
    const [group] = read1!.groups!;
    const byHash = { ...group!, scope: { kind: 'hashPrefixes', prefixes: ['00'] } as const };
    expect(() => buildTargets({ ...rest, delegations: { ...read1!, groups: [byHash] } })).toThrowError(
      refusal('TUF_FORMAT', 'roles that must agree are delegated to by globs only'),
    );

    const model = read(() => undefined);
    const delegations = {
      ...model.delegations!,
      succinct: { keyIds: [], threshold: 1, bitLength: 1, namePrefix: 'b' },
    };
    expect(() => buildTargets({ ...model, delegations })).toThrowError(refusal('TUF_FORMAT'));
  });

  it('attack: a change of the roles that must agree is not shown to who signs it', () => {
    const before = read(() => undefined);
    expect(targetsStay(changeOfTargets(before, before))).toBe(true);
    const after = read(([a]) => (a!.min_roles_in_agreement = 1));
    expect(changeOfTargets(before, after).other).toEqual(['delegations of roles that must agree']);
    expect(targetsStay(changeOfTargets(before, after))).toBe(false);
  });
});
