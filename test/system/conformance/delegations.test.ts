/** `test_updater_delegation_graphs.py` of the public suite. */
import { describe, expect } from 'vitest';
import { ed25519 } from '../../crypto/keys.js';
import { it } from './client.js';
import { inDays, type Repository } from './repository.js';

type Edge = [from: string, to: string, more?: { paths?: string[]; terminating?: boolean }];

/** What was asked for after the top level, as names of roles. */
const visited = (repo: Repository): string[] =>
  repo.asked.slice(4).map(name => name.replace(/^\d+\.|\.json$/g, ''));

function publish(repo: Repository, edges: readonly Edge[]): void {
  for (const [from, to, more] of edges) repo.addDelegation(from, to, more?.paths ?? ['*'], more?.terminating);
  const roles = new Set(edges.flatMap(([from, to]) => [from, to]));
  roles.delete('targets');
  repo.publish(...roles, 'targets', 'snapshot', 'timestamp');
}

const STOP = { terminating: true };
const PY = { paths: ['*.py'] };
// prettier-ignore
const GRAPHS: [name: string, edges: Edge[], visited: string[]][] = [
  ['basic-delegation', [['targets', 'A']], ['A']],
  ['single-level-delegations', [['targets', 'A'], ['targets', 'B']], ['A', 'B']],
  ['two-level-delegations', [['targets', 'A'], ['targets', 'B'], ['B', 'C']], ['A', 'B', 'C']],
  ['two-level-test-DFS-order-of-traversal', [['targets', 'A'], ['targets', 'B'], ['A', 'C'], ['A', 'D']], ['A', 'C', 'D', 'B']],
  ['three-level-delegation-test-DFS-order-of-traversal', [['targets', 'A'], ['targets', 'B'], ['A', 'C'], ['C', 'D']], ['A', 'C', 'D', 'B']],
  ['two-level-terminating-ignores-all-but-roles-descendants', [['targets', 'A'], ['targets', 'B'], ['A', 'C', STOP], ['A', 'D']], ['A', 'C']],
  ['three-level-terminating-ignores-all-but-roles-descendants', [['targets', 'A'], ['targets', 'B'], ['A', 'C', STOP], ['C', 'D']], ['A', 'C', 'D']],
  ['two-level-ignores-all-branches-not-matching-paths', [['targets', 'A', PY], ['targets', 'B'], ['A', 'C']], ['B']],
  ['three-level-ignores-all-branches-not-matching-paths', [['targets', 'A'], ['targets', 'B'], ['A', 'C', PY], ['C', 'D']], ['A', 'B']],
  ['cyclic-graph', [['targets', 'A'], ['targets', 'B'], ['B', 'C'], ['C', 'D'], ['D', 'B']], ['A', 'B', 'C', 'D']],
  ['two-roles-delegating-to-a-third', [['targets', 'A'], ['targets', 'B'], ['B', 'C'], ['A', 'C']], ['A', 'C', 'B']],
  ['two-roles-delegating-to-a-third-different-paths', [['targets', 'A'], ['targets', 'B'], ['B', 'C'], ['A', 'C', PY]], ['A', 'B', 'C']],
];

describe.concurrent('test_graph_traversal', () => {
  it.for(GRAPHS)('test_graph_traversal[%s]', async ([, edges, expected], { repo, client }) => {
    await client.init(repo.latest('root'));
    publish(repo, edges);
    expect(await client.download('missingpath')).toBe(1);
    expect(visited(repo)).toEqual(expected);
    for (const role of expected) expect(client.bytes(role)).toEqual(repo.latest(role));
  });
});

const TREE: Edge[] = [
  ['targets', 'A', { paths: ['*.doc', '*.md'] }],
  ['targets', 'B', { paths: ['releases/*/*'] }],
  ['B', 'C', { paths: ['releases/x/*'] }],
  ['B', 'D', { paths: ['releases/y/*.zip'] }],
];
const OWNERS: [path: string, role: string][] = [
  ['targetfile', 'targets'],
  ['README.md', 'A'],
  ['releases/x/x_v1', 'C'],
  ['releases/y/y_v1.zip', 'D'],
  ['releases/z/z_v1.zip', 'D'],
];
const SEARCHES: [name: string, path: string, found: boolean, visited: string[]][] = [
  ['no delegations', 'targetfile', true, []],
  ['targetpath matches wildcard', 'README.md', true, ['A']],
  ['targetpath with separators x', 'releases/x/x_v1', true, ['B', 'C']],
  ['targetpath with separators y', 'releases/y/y_v1.zip', true, ['B', 'D']],
  ['targetpath is not delegated by all roles in the chain', 'releases/z/z_v1.zip', false, ['B']],
];

describe.concurrent('test_targetfile_search', () => {
  it.for(SEARCHES)('test_targetfile_search[%s]', async ([, path, found, expected], { repo, client }) => {
    await client.init(repo.latest('root'));
    for (const [from, to, more] of TREE) repo.addDelegation(from, to, more!.paths!);
    for (const [target, role] of OWNERS) repo.addTarget(target, `${target} by ${role}`, role);
    repo.publish('A', 'B', 'C', 'D', 'targets', 'snapshot', 'timestamp');
    expect(await client.download(path)).toBe(found ? 0 : 1);
    expect(client.downloads()).toEqual(
      found ? [`${path} by ${OWNERS.find(([target]) => target === path)![1]}`] : [],
    );
    expect(visited(repo)).toEqual(expected);
  });
});

const BINS: [bits: number, path: string, bin: string][] = [
  [1, 'boo', 'bin-0'],
  [1, 'too', 'bin-1'],
  [2, 'foo', 'bin-0'],
  [2, 'doo', 'bin-1'],
  [2, 'too', 'bin-2'],
  [2, 'bar', 'bin-3'],
  [8, 'bar', 'bin-fc'],
];

describe.concurrent('test_succinct_roles_graph_traversal', () => {
  it.for(BINS)(
    'test_succinct_roles_graph_traversal[%i bits, %s in %s]',
    async ([bits, path, bin], { repo, client }) => {
      await client.init(repo.latest('root'));
      repo.delegateBins('targets', 'bin', bits);
      const bins = [...repo.targets.keys()].filter(name => name.startsWith('bin-'));
      for (const name of bins) repo.doc(name).expires = inDays(30);
      repo.publish(...bins, 'targets', 'snapshot', 'timestamp');
      expect(await client.refresh()).toBe(0);
      repo.asked.length = 0;
      expect(await client.download(path)).toBe(1);
      expect(repo.asked).toEqual(['2.root.json', 'timestamp.json', `1.${bin}.json`]);
      expect(client.trusted().map(([role]) => role)).toEqual([
        bin,
        'root',
        'snapshot',
        'targets',
        'timestamp',
      ]);
    },
  );
});

/** targets → A → C and targets → B → C: each delegates its own paths to C, with its own key. */
function diamond(repo: Repository, signers: readonly string[]): void {
  for (const name of ['A', 'B']) {
    repo.addDelegation('targets', name, [`${name}/*`]);
    repo.addDelegation(name, 'C', [`${name}/*`]);
    const pair = ed25519(`C of ${name}`);
    const { keys, roles } = repo.targets.get(name)!.delegations!;
    keys[pair.key.id] = pair.key.toJson();
    roles[0]!.keyids = [pair.key.id];
    repo.addTarget(`${name}/file`, `for ${name}`, 'C');
  }
  repo.signers.set('C', signers.map(name => ed25519(`C of ${name}`))); // prettier-ignore
  repo.publish('C', 'A', 'B', 'targets', 'snapshot', 'timestamp');
}

describe.concurrent('test_cached_role_is_verified_against_current_delegator', () => {
  it('test_cached_role_is_verified_against_current_delegator', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    diamond(repo, ['A']);
    expect(await client.download('A/file', 'B/file')).toBe(1); // one process, one client
    expect(client.downloads()).toEqual(['for A']);
    expect(client.stderr).toMatch(/TUF_THRESHOLD: C version 1 is signed by 0 of the 1 keys/);
    expect(await client.download('B/file')).toBe(1); // another process, with what the first one stored
    expect(await client.download('A/file')).toBe(0);
    expect(client.downloads()).toEqual(['for A']);
  });

  it('test_shared_delegation_signed_for_both_delegators', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    diamond(repo, ['A', 'B']);
    expect(await client.download('A/file', 'B/file')).toBe(0);
    expect(client.downloads()).toEqual(['for A', 'for B']);
    expect(visited(repo)).toEqual(['A', 'C', 'B']); // stored, verified anew, not fetched anew
  });

  it('test_role_is_verified_after_its_delegator_rotated_keys', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    diamond(repo, ['A', 'B']);
    expect(await client.download('A/file')).toBe(0);
    const pair = ed25519('C, another key');
    const { keys, roles } = repo.targets.get('A')!.delegations!;
    keys[pair.key.id] = pair.key.toJson();
    roles[0]!.keyids = [pair.key.id];
    repo.addTarget('A/other', 'other', 'C');
    repo.publish('A', 'snapshot', 'timestamp');
    expect(await client.download('A/other')).toBe(1);
    expect(client.downloads()).toEqual(['for A']);
  });
});
