/** The search through delegations. TUF specification §5.6.7. */
import { describe, expect, it } from 'vitest';
import { findRole, findTarget } from '../../src/tuf/client/find-target.js';
import type { RepositoryView } from '../../src/tuf/client/view.js';
import { parseRoleName, TARGETS } from '../../src/tuf/role-name.js';
import { ed25519 } from '../crypto/keys.js';
import { expectRefused } from './refusal.js';
import { sha256, Simulator, utf8 } from './simulator.js';

type Edge = [from: string, to: string, more?: { paths?: string[]; terminating?: boolean }];

/** A repository with these delegations, in this order; every role of `owners` lists the target `x`. */
async function open(edges: Edge[], owners: string[]): Promise<{ sim: Simulator; view: RepositoryView }> {
  const sim = new Simulator();
  for (const [from, to, more] of edges)
    sim.delegate(from, to, more?.paths ?? ['*'], { terminating: more?.terminating ?? false });
  for (const role of owners) sim.addTarget('x', `of ${role}`, role);
  sim.commit(...sim.targets.keys());
  const view = await (await sim.client()).refresh();
  sim.requests.length = 0;
  return { sim, view };
}

const visited = (sim: Simulator): string[] => sim.requests.map(name => name.replace(/^\d+\.|\.json$/g, ''));

describe('the order of the search', () => {
  it.each<[string, Edge[], string[], string | undefined, string[]]>([
    ['the top level comes first', [['targets', 'a']], ['targets', 'a'], 'targets', []],
    [
      'then in order of the list',
      [
        ['targets', 'a'],
        ['targets', 'b'],
      ],
      ['a', 'b'],
      'a',
      ['a'],
    ],
    [
      'depth before breadth',
      [
        ['targets', 'a'],
        ['targets', 'b'],
        ['a', 'c'],
      ],
      ['b', 'c'],
      'c',
      ['a', 'c'],
    ],
    [
      'back up when nothing is below',
      [
        ['targets', 'a'],
        ['targets', 'b'],
        ['a', 'c'],
      ],
      ['b'],
      'b',
      ['a', 'c', 'b'],
    ],
    [
      'paths that do not match are not followed',
      [
        ['targets', 'a', { paths: ['y'] }],
        ['targets', 'b'],
      ],
      ['a', 'b'],
      'b',
      ['b'],
    ],
    [
      'nor below a delegator that has the path itself',
      [
        ['targets', 'a'],
        ['a', 'c', { paths: ['y'] }],
      ],
      ['c'],
      undefined,
      ['a'],
    ],
    [
      'nobody has it',
      [
        ['targets', 'a'],
        ['a', 'b'],
      ],
      [],
      undefined,
      ['a', 'b'],
    ],
  ])('%s', async (_name, edges, owners, role, path) => {
    const { sim, view } = await open(edges, owners);
    const found = await findTarget(view, 'x');
    expect(found?.role).toBe(role);
    expect(visited(sim)).toEqual(path);
    if (found) {
      expect(found.target.hashes.get('sha256')).toBe(sha256(utf8(`of ${role}`)));
      expect(found.verified.role).toBe(role);
    }
  });
});

describe('attack: terminating delegations (CVE-2024-47534, CVE-2025-2886)', () => {
  const stop = { terminating: true };
  it.each<[string, Edge[], string[], string | undefined, string[]]>([
    [
      'end the search when the path matches',
      [
        ['targets', 'a', stop],
        ['targets', 'b'],
      ],
      ['b'],
      undefined,
      ['a'],
    ],
    [
      'but not when it does not',
      [
        ['targets', 'a', { ...stop, paths: ['y'] }],
        ['targets', 'b'],
      ],
      ['b'],
      'b',
      ['b'],
    ],
    [
      'are themselves searched to the bottom',
      [
        ['targets', 'a', stop],
        ['targets', 'b'],
        ['a', 'c'],
      ],
      ['b', 'c'],
      'c',
      ['a', 'c'],
    ],
    [
      'end the search for all that wait above',
      [
        ['targets', 'a'],
        ['targets', 'b'],
        ['a', 'c', stop],
        ['a', 'd'],
      ],
      ['b', 'd'],
      undefined,
      ['a', 'c'],
    ],
    [
      'let those before them speak',
      [
        ['targets', 'a'],
        ['targets', 'b', stop],
        ['targets', 'c'],
      ],
      ['c'],
      undefined,
      ['a', 'b'],
    ],
  ])('%s', async (_name, edges, owners, role, path) => {
    const { sim, view } = await open(edges, owners);
    expect((await findTarget(view, 'x'))?.role).toBe(role);
    expect(visited(sim)).toEqual(path);
  });
});

describe('attack: delegation cycles, diamonds, 10,000 delegations', () => {
  it('cycles end', async () => {
    const { sim, view } = await open(
      [
        ['targets', 'a'],
        ['a', 'b'],
        ['b', 'a'],
        ['b', 'b'],
      ],
      [],
    );
    expect(await findTarget(view, 'x')).toBeUndefined();
    expect(visited(sim)).toEqual(['a', 'b']);
  });

  it('a diamond visits the lower role once', async () => {
    const { sim, view } = await open(
      [
        ['targets', 'a'],
        ['targets', 'b'],
        ['a', 'c'],
        ['b', 'c'],
      ],
      [],
    );
    expect(await findTarget(view, 'x')).toBeUndefined();
    expect(visited(sim)).toEqual(['a', 'c', 'b']);
  });

  it('attack: a role that was reached before is verified again against the current delegator', async () => {
    const sim = new Simulator();
    sim.delegate('targets', 'a', ['1', '2']);
    sim.delegate('targets', 'b', ['2', '3']);
    sim.delegate('a', 'c', ['1']);
    sim.delegate('b', 'c', ['3']);
    const wrong = ed25519('wrong');
    sim.targets.get('b')!.delegations!.keys[wrong.key.id] = wrong.key.toJson();
    sim.targets.get('b')!.delegations!.roles[0]!.keyids = [wrong.key.id];
    for (const path of ['1', '3']) sim.addTarget(path, path, 'c');
    sim.commit(...sim.targets.keys());
    const client = await sim.client();
    const view = await client.refresh();
    expect((await findTarget(view, '1'))?.role).toBe('c');
    await expectRefused(findTarget(view, '3'), 'TUF_THRESHOLD', /^c version 2 is signed by 0 of the 1/);
    expect((await findTarget(view, '1'))?.role).toBe('c');
    // The copy on disk, good for one delegator, does not help the other.
    await expectRefused(findTarget(await client.refresh(), '3'), 'TUF_THRESHOLD');
  });

  it('visits at most 32 roles, and says that it did not look further', async () => {
    const chain = (length: number): Edge[] =>
      Array.from({ length }, (_, i) => [i === 0 ? 'targets' : `r${i - 1}`, `r${i}`]);
    const enough = await open(chain(32), ['r31']);
    expect((await findTarget(enough.view, 'x'))?.role).toBe('r31');
    const long = await open(chain(33), ['r32']);
    await expectRefused(
      findTarget(long.view, 'x'),
      'TUF_LIMIT',
      'the search visited 32 delegated roles and did not end',
    );
    expect(long.sim.requests).toHaveLength(32);
  });

  it('10,000 delegations of other paths cost one pass', async () => {
    const sim = new Simulator();
    sim.delegate('targets', 'r', ['x']);
    const [role] = sim.top().delegations!.roles;
    sim.top().delegations!.roles = Array.from({ length: 10_000 }, (_, i) => ({
      ...role!,
      name: `r${i}`,
      paths: [`p${i}/*`],
    }));
    sim.top().delegations!.roles.push(role!);
    sim.addTarget('x', 'x', 'r');
    sim.commit('targets');
    const view = await (await sim.client()).refresh();
    expect((await findTarget(view, 'x'))?.role).toBe('r');
  });
});

describe('path_hash_prefixes', () => {
  it('are prefixes of the SHA-256 of the path', async () => {
    const digest = sha256(utf8('x'));
    for (const [prefixes, role] of [
      [[digest.slice(0, 2)], 'a'],
      [['0', digest], 'a'],
      [[digest.slice(1)], undefined],
      [[], undefined],
    ] as const) {
      const sim = new Simulator();
      sim.delegate('targets', 'a', []);
      const [doc] = sim.top().delegations!.roles;
      delete doc!.paths;
      doc!.path_hash_prefixes = [...prefixes];
      sim.addTarget('x', 'x', 'a');
      sim.commit('targets', 'a');
      const view = await (await sim.client()).refresh();
      expect((await findTarget(view, 'x'))?.role).toBe(role);
    }
  });
});

describe('attack: role and target names as paths (CVE-2021-41131)', () => {
  const names = [
    '../x',
    '..',
    '/etc/passwd',
    '%2e%2e',
    'a?b#c',
    '__proto__',
    'constructor',
    'é😀',
    '2.root',
    'a/../../b',
  ];

  it.each(names)('the role %s is only a name', async name => {
    const { sim, view } = await open([['targets', name]], [name]);
    expect((await findTarget(view, 'x'))?.role).toBe(name);
    expect(sim.requests).toEqual([`2.${name}.json`]);
  });

  it.each(names)('the target %s is only a name', async path => {
    const sim = new Simulator();
    sim.addTarget(path, 'content');
    sim.commit('targets');
    const view = await (await sim.client()).refresh();
    expect((await findTarget(view, path))?.target.length).toBe(7);
    expect(await findTarget(view, `${path}x`)).toBeUndefined();
  });

  it('targets do not come from the prototype of objects', async () => {
    const { view } = await open([], []);
    for (const path of ['__proto__', 'constructor', 'toString'])
      expect(await findTarget(view, path)).toBeUndefined();
  });
});

describe('one view', () => {
  it('asks for each role once, also at the same time', async () => {
    const { sim, view } = await open([['targets', 'a']], ['a']);
    await Promise.all([findTarget(view, 'x'), findTarget(view, 'x')]);
    await findTarget(view, 'x');
    expect(sim.requests).toEqual(['2.a.json']);
  });

  it('attack: a refused document is kept, and the client is stuck (CVE-2025-2888)', async () => {
    const { sim, view } = await open([['targets', 'a']], ['a']);
    const good = sim.files.get('2.a.json')!;
    sim.files.delete('2.a.json');
    await expectRefused(findTarget(view, 'x'), 'TUF_MISSING', 'the repository has no 2.a.json');
    sim.files.set('2.a.json', good);
    expect((await findTarget(view, 'x'))?.role).toBe('a');
  });
});

describe('findRole', () => {
  const edges: Edge[] = [
    ['targets', 'other', { terminating: true }],
    ['targets', 'team', { terminating: true }],
    ['team', 'team/web'],
    ['team', 'teams'],
  ];

  it.each([
    ['targets', []],
    ['team', ['team']],
    ['team/web', ['team', 'team/web']],
  ])('finds %s without asking for roles aside', async (name, path) => {
    const { sim, view } = await open(edges, []);
    expect((await findRole(view, parseRoleName(name)))?.role).toBe(name);
    expect(visited(sim)).toEqual(path);
  });

  it.each(['nobody', 'teams', 'other/x'])('does not find %s', async name => {
    const { view } = await open(edges, []);
    expect(await findRole(view, parseRoleName(name))).toBeUndefined();
  });

  it('gives the top-level targets of the view itself', async () => {
    const { view } = await open(edges, []);
    expect(await findRole(view, TARGETS)).toBe(view.targets);
  });
});
