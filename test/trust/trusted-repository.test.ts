import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseDigest, type Digest } from '../../src/image/digest.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import { ROOT, type RoleName } from '../../src/tuf/role-name.js';
import { utf8, type Simulator } from '../tuf/simulator.js';
import { ed25519 } from '../crypto/keys.js';
import { A, APP, ask, at, B, digest, image, organisation, role, sign, TEAM, trust } from './world.js';

async function fresh(simulator: Simulator, roles: readonly RoleName[] = TEAM) {
  const repository = trust(simulator, roles);
  await repository.refresh();
  return repository;
}

describe('what a role may speak for', () => {
  it('is given with its evidence, for tag and digest', async () => {
    const simulator = organisation();
    const custom = { writ: { v: 1, catalogue: '1', grants: {} } };
    sign(simulator, '1', A, 'team', custom);
    simulator.commit('team');
    const repository = await fresh(simulator);
    const common = { repository: 'example', role: 'team', version: 2, digest: A, length: 2 };
    const signedBy = [ed25519('team-key').key.id];
    const answer = repository.find(TEAM, image(`${APP}@${A}`), at(simulator));
    expect(answer.targets).toEqual([{ ...common, signedBy, path: `${APP}@${A}`, custom }]);
    expect(answer).toMatchObject({ expired: [], validUntil: new Date('2030-02-01T00:00:00Z') });
    const { targets } = repository.find(TEAM, image(`${APP}:1`), at(simulator));
    expect(targets).toEqual([{ ...common, signedBy, path: `${APP}:1`, custom: undefined }]);
    expect(ask(repository, simulator, `${APP}:2`)).toBe('none');
    expect(ask(repository, simulator, `${APP}@${B}`)).toBe('none');
  });

  it('ends at its delegated paths: a team cannot sign the images of another', async () => {
    const simulator = organisation();
    sign(simulator, '1', A, 'team', undefined, 'registry.example/other/app');
    sign(simulator, '1', A, 'team', undefined, 'registry.example/team/deep/app');
    simulator.commit('team');
    const repository = await fresh(simulator);
    expect(ask(repository, simulator, 'registry.example/other/app:1')).toBe('none');
    expect(ask(repository, simulator, 'registry.example/team/deep/app:1')).toBe('none');
  });

  it('ends where a terminating role stands before it', async () => {
    const simulator = organisation();
    simulator.delegate('targets', 'late', ['registry.example/*/*']);
    sign(simulator, '1', B, 'late');
    sign(simulator, '1', B, 'late', undefined, 'registry.example/other/app');
    simulator.commit('targets', 'late');
    const LATE = [role('late')];
    const repository = await fresh(simulator, LATE);
    expect(ask(repository, simulator, `${APP}:1`, LATE)).toBe('none');
    expect(ask(repository, simulator, 'registry.example/other/app:1', LATE)).toBe('late b');
    simulator.top().delegations!.roles.reverse();
    simulator.commit('targets');
    await repository.refresh();
    expect(ask(repository, simulator, `${APP}:1`, LATE)).toBe('late b');
  });

  it('needs every delegation on the way', async () => {
    const simulator = organisation();
    simulator.delegate('team', 'team/qa', ['registry.example/team/app*', 'registry.example/other/*']);
    sign(simulator, '1', A, 'team/qa');
    sign(simulator, '1', A, 'team/qa', undefined, 'registry.example/other/app');
    sign(simulator, '1', A, 'team/qa', undefined, 'registry.example/team/tool');
    simulator.commit('team', 'team/qa');
    const QA = [role('team/qa')];
    const repository = await fresh(simulator, QA);
    expect(ask(repository, simulator, `${APP}:1`, QA)).toBe('team/qa a');
    expect(ask(repository, simulator, 'registry.example/other/app:1', QA)).toBe('none');
    expect(ask(repository, simulator, 'registry.example/team/tool:1', QA)).toBe('none');
  });

  it('the top-level targets speak for everything', async () => {
    const simulator = organisation();
    sign(simulator, '1', A, 'targets');
    simulator.commit('targets');
    const TOP = [role('targets')];
    expect(ask(await fresh(simulator, TOP), simulator, `${APP}:1`, TOP)).toBe('targets a');
  });

  it('only roles asked for answer, in the order asked', async () => {
    const simulator = organisation();
    sign(simulator, '1', A);
    sign(simulator, '1', B, 'targets');
    simulator.commit('targets', 'team');
    const repository = await fresh(simulator, [role('targets'), role('team')]);
    expect(ask(repository, simulator, `${APP}:1`, [role('team'), role('targets')])).toBe('team a, targets b');
    expect(ask(repository, simulator, `${APP}:1`, [role('targets')])).toBe('targets b');
    expect(ask(repository, simulator, `${APP}:1`, [])).toBe('none');
  });

  it('a role that is not mirrored yet denies; one that nobody delegates to says nothing, until somebody does', async () => {
    const simulator = organisation();
    const repository = await fresh(simulator);
    expect(ask(repository, simulator, `${APP}:1`, [role('qa')])).toBe('TRUST_STALE');
    expect(() => repository.find([role('qa')], image(APP), at(simulator))).toThrow(
      'the role qa of the repository example was not fetched yet',
    );
    expect(repository.follow(new Set([role('qa')]))).toBe(true);
    expect(ask(repository, simulator, `${APP}:1`, [role('qa')])).toBe('TRUST_STALE');
    expect(await repository.refresh()).toBe(true);
    expect(repository.follow(new Set([role('qa')]))).toBe(false);
    expect(ask(repository, simulator, `${APP}:1`, [role('qa')])).toBe('none');
    expect(repository.status(at(simulator)).roles).toEqual([
      { name: 'qa', state: 'missing', version: 0, targets: 0 },
    ]);
    expect(await repository.refresh()).toBe(false);
    simulator.top().delegations!.roles.pop();
    simulator.delegate('targets', 'qa', ['registry.example/team/*']);
    sign(simulator, '1', A, 'qa');
    simulator.commit('targets', 'qa');
    await repository.refresh();
    expect(ask(repository, simulator, `${APP}:1`, [role('qa')])).toBe('qa a');
    expect(ask(repository, simulator, `${APP}:1`)).toBe('TRUST_STALE');
  });

  it('delegation cycles and diamonds end', async () => {
    const simulator = organisation();
    simulator.delegate('team', 'team/a', ['registry.example/*/*']);
    simulator.delegate('team/a', 'team', ['registry.example/*/*']);
    simulator.delegate('team/a', 'team/a', ['registry.example/*/*']);
    simulator.commit('team', 'team/a');
    const roles = [role('team/a/x')];
    expect(ask(await fresh(simulator, roles), simulator, `${APP}:1`, roles)).toBe('none');
  });

  it('a way of more than 32 delegations is refused', async () => {
    const simulator = organisation();
    let name = 'team';
    for (let i = 0; i < 32; i++) {
      simulator.delegate(name, `${name}/x`, ['registry.example/*/*']);
      name = `${name}/x`;
    }
    simulator.commit(...simulator.targets.keys());
    await expect(trust(simulator, [role(name)]).refresh()).rejects.toMatchObject({
      code: 'TUF_LIMIT',
      message: `the way to the role ${name} has more than 33 roles`,
    });
    const shorter = name.slice(0, -2);
    expect((await fresh(simulator, [role(shorter)])).status(at(simulator)).roles[0]?.state).toBe('fresh');
  });
});

describe('refreshing', () => {
  it('fetches and reads only what changed, and says whether anything did', async () => {
    const simulator = organisation();
    simulator.delegate('targets', 'qa', ['registry.example/qa/*']);
    simulator.commit('targets', 'team', 'qa');
    const repository = await fresh(simulator, [role('team'), role('qa')]);
    const { generation } = repository;
    simulator.requests.length = 0;
    expect(await repository.refresh()).toBe(false);
    expect(repository.generation).toBe(generation);
    expect(simulator.requests).toEqual(['2.root.json', 'timestamp.json']);
    sign(simulator, '1', A);
    simulator.commit('team');
    simulator.requests.length = 0;
    expect(await repository.refresh()).toBe(true);
    expect(repository.generation).toBeGreaterThan(generation);
    expect(simulator.requests).toEqual([
      '2.root.json',
      'timestamp.json',
      `${simulator.snapshot.version}.snapshot.json`,
      `${simulator.targets.get('team')!.version}.team.json`,
    ]);
    expect(repository.status(at(simulator)).roles).toEqual([
      { name: 'team', state: 'fresh', version: 3, targets: 2 },
      { name: 'qa', state: 'fresh', version: 2, targets: 0 },
    ]);
  });

  it('a new timestamp alone changes the generation: a stale answer must be asked again', async () => {
    const simulator = organisation();
    const repository = await fresh(simulator);
    const { generation } = repository;
    simulator.timestamp.version++;
    simulator.writeTimestamp();
    expect(await repository.refresh()).toBe(true);
    expect(repository.generation).toBeGreaterThan(generation);
  });

  it('a change of the delegation alone is seen', async () => {
    const simulator = organisation();
    sign(simulator, '1', A);
    simulator.commit('team');
    const repository = await fresh(simulator);
    simulator.top().delegations!.roles[0]!.paths = ['registry.example/elsewhere/*'];
    simulator.commit('targets');
    await repository.refresh();
    expect(ask(repository, simulator, `${APP}:1`)).toBe('none');
  });

  it('one after the other, also when asked for at once', async () => {
    const simulator = organisation();
    const repository = trust(simulator);
    const results = await Promise.all([repository.refresh(), repository.refresh(), repository.refresh()]);
    expect(results).toEqual([true, false, false]);
    simulator.files.set('timestamp.json', utf8('{'));
    const settled = await Promise.allSettled([repository.refresh(), repository.refresh()]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('a restart', () => {
  it('takes up what the store holds without asking the repository', async () => {
    const simulator = organisation();
    sign(simulator, '1', A);
    simulator.commit('team');
    const store = new MemoryMetadataStore();
    await trust(simulator, TEAM, { store }).refresh();
    simulator.files.clear();
    simulator.requests.length = 0;
    const root = (await store.load(ROOT))!;
    const again = trust(simulator, TEAM, { store, root });
    await again.open();
    expect(ask(again, simulator, `${APP}:1`)).toBe('team a');
    expect(simulator.requests).toEqual([]);
    expect(again.status(at(simulator))).toMatchObject({ state: 'fresh', lastSuccess: undefined });
    simulator.now = '2030-03-01T00:00:00Z';
    await expect(trust(simulator, TEAM, { store, root }).open()).rejects.toMatchObject({
      code: 'TUF_EXPIRED',
    });
  });

  it.each([
    ['before it has the snapshot', /^\d+\.snapshot\.json$/, 'TUF_HASH'],
    ['before it has the targets', /^\d+\.targets\.json$/, 'TUF_HASH'],
  ])('after a server stopped a refresh %s denies until a good one', async (_when, kept, code) => {
    const simulator = organisation();
    sign(simulator, '1', A);
    simulator.commit('team');
    const store = new MemoryMetadataStore();
    const repository = trust(simulator, TEAM, { store });
    await repository.refresh();

    sign(simulator, '1', B);
    simulator.commit('targets', 'team');
    const honest = new Map(simulator.files);
    for (const [name, bytes] of honest) {
      if (kept.test(name))
        simulator.files.set(name, utf8(Buffer.from(bytes).toString().replace('2030', '2031')));
    }
    await expect(repository.refresh()).rejects.toMatchObject({ code });
    // As long as it runs it has what was good, until that expires.
    expect(ask(repository, simulator, `${APP}:1`)).toBe('team a');

    // The newer timestamp is kept: nobody can take this client back to the older state any more.
    const again = trust(simulator, TEAM, { store });
    await expect(again.open()).rejects.toMatchObject({ code: 'TUF_MISSING' });
    await expect(again.refresh()).rejects.toMatchObject({ code });
    expect(ask(again, simulator, `${APP}:1`)).toBe('TRUST_STALE');

    for (const [name, bytes] of honest) simulator.files.set(name, bytes);
    await again.refresh();
    expect(ask(again, simulator, `${APP}:1`)).toBe('team b');
    const restarted = trust(simulator, TEAM, { store });
    await restarted.open();
    expect(ask(restarted, simulator, `${APP}:1`)).toBe('team b');
  });

  it('of a store without metadata has nothing, and says so', async () => {
    const simulator = organisation();
    await expect(trust(simulator).open()).rejects.toMatchObject({ code: 'TUF_MISSING' });
  });

  it('keeps a later root that the pinned one led to', async () => {
    const simulator = organisation();
    const root = simulator.files.get('1.root.json')!;
    simulator.commitRoot();
    const store = new MemoryMetadataStore();
    await trust(simulator, TEAM, { store, root }).refresh();
    simulator.requests.length = 0;
    await trust(simulator, TEAM, { store, root }).refresh();
    expect(simulator.requests[0]).toBe('3.root.json');
  });

  it('starts again from the pin when the stored root is older, or another of the same version', async () => {
    const simulator = organisation();
    const stranger = organisation();
    stranger.root.expires = '2031-01-01T00:00:00Z';
    stranger.writeRoot();
    stranger.timestamp.version = 100;
    stranger.writeTimestamp();
    const store = new MemoryMetadataStore();
    await trust(stranger, TEAM, { store }).refresh();
    await trust(simulator, TEAM, { store }).refresh();
    expect(Buffer.from((await store.load(ROOT))!)).toEqual(Buffer.from(simulator.files.get('1.root.json')!));

    simulator.commitRoot();
    const root = simulator.files.get('2.root.json')!;
    const newer = trust(simulator, TEAM, { store, root });
    await newer.refresh();
    expect(newer.status(at(simulator)).versions?.root).toBe(2);
  });
});

describe('found by a digest alone', () => {
  const blobs = new Map<Digest, Uint8Array>();
  const put = (json: object): Digest => {
    const bytes = utf8(JSON.stringify(json));
    const name = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
    blobs.set(name, bytes);
    return name;
  };
  const config = digest('c');
  const manifest = put({
    schemaVersion: 2,
    config: { digest: config, size: 1 },
    layers: [{ digest: digest('1') }],
  });
  const nested = put({ manifests: [{ digest: manifest }, { digest: 'sha512:x' }, 1] });
  const index = put({ manifests: [{ digest: nested }, { digest: digest('e') }] });
  const contents = (name: Digest) => Promise.resolve(blobs.get(name) ?? null);

  const names = (repository: ReturnType<typeof trust>, asked: Digest) =>
    repository.byDigest(asked).map(String);

  it('an index, a manifest in it, its configuration; not a layer', async () => {
    const simulator = organisation();
    sign(simulator, '1', index);
    sign(simulator, '1', index, 'team', undefined, 'registry.example/team/twin');
    sign(simulator, '2', A);
    simulator.commit('team');
    const repository = trust(simulator, TEAM, { contents });
    await repository.refresh();
    const both = [`${APP}@${index}`, `registry.example/team/twin@${index}`];
    for (const asked of [index, nested, manifest, config, digest('e')])
      expect(names(repository, asked)).toEqual(both);
    expect(names(repository, digest('1'))).toEqual([]);
    expect(names(repository, A)).toEqual([`${APP}@${A}`]);
    simulator.targets.get('team')!.targets = {};
    simulator.commit('team');
    await repository.refresh();
    expect(names(repository, config)).toEqual([]);
    expect(names(repository, index)).toEqual([]);
  });

  it('stored bytes that are not the digest, too long, or no manifest prove nothing', async () => {
    const simulator = organisation();
    const big = new Uint8Array(4 * 1024 * 1024 + 1);
    const bigName = parseDigest(`sha256:${createHash('sha256').update(big).digest('hex')}`);
    const list = put([1]);
    const bad = utf8('{');
    const badName = parseDigest(`sha256:${createHash('sha256').update(bad).digest('hex')}`);
    sign(simulator, '1', A);
    sign(simulator, '2', bigName);
    sign(simulator, '3', list);
    sign(simulator, '4', badName);
    simulator.commit('team');
    const served = new Map([...blobs, [A, blobs.get(manifest)!], [bigName, big], [badName, bad]]);
    const repository = trust(simulator, TEAM, {
      contents: name => Promise.resolve(served.get(name) ?? null),
    });
    await repository.refresh();
    expect(names(repository, config)).toEqual([]);
    for (const asked of [A, bigName, list, badName])
      expect(names(repository, asked)).toEqual([`${APP}@${asked}`]);
  });

  it('asks again for manifests that were not stored, once something changed', async () => {
    const simulator = organisation();
    sign(simulator, '1', index);
    simulator.commit('team');
    let stored = false;
    const repository = trust(simulator, TEAM, {
      contents: name => (stored ? contents(name) : Promise.resolve(null)),
    });
    await repository.refresh();
    expect(names(repository, config)).toEqual([]);
    stored = true;
    simulator.commit();
    await repository.refresh();
    expect(names(repository, config)).toEqual([`${APP}@${index}`]);
  });

  it('not under names that the role was not delegated', async () => {
    const simulator = organisation();
    sign(simulator, '1', A, 'team', undefined, 'registry.example/other/app');
    simulator.commit('team');
    expect(names(await fresh(simulator), A)).toEqual([]);
    sign(simulator, '1', A);
    simulator.commit('team');
    expect(names(await fresh(simulator), A)).toEqual([`${APP}@${A}`]);
  });

  it('without contents, by the signed digest alone; a path that is no reference names nothing', async () => {
    const simulator = organisation();
    sign(simulator, '1', index);
    sign(simulator, '1', index, 'team', undefined, 'registry.example/team/UPPER');
    sign(simulator, '1', index, 'targets', undefined, 'nginx');
    simulator.commit('targets');
    simulator.commit('team');
    const repository = await fresh(simulator, [...TEAM, role('targets')]);
    expect(names(repository, index)).toEqual([`${APP}@${index}`]);
    expect(names(repository, config)).toEqual([]);
  });
});
