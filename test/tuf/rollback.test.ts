/** Rollback, at every role; and that a refusal leaves no trace (CVE-2020-15163, CVE-2022-29173, CVE-2025-2888). */
import { describe, expect, it } from 'vitest';
import { findTarget } from '../../src/tuf/client/find-target.js';
import { ROOT, SNAPSHOT, TARGETS, TIMESTAMP, parseRoleName } from '../../src/tuf/role-name.js';
import { ed25519 } from '../crypto/keys.js';
import { expectRefused } from './refusal.js';
import { signDoc, Simulator, utf8, type Client } from './simulator.js';

const ROLES = [ROOT, TIMESTAMP, SNAPSHOT, TARGETS, parseRoleName('team')];
const contents = (client: Client): Promise<unknown> =>
  Promise.all(ROLES.map(role => client.store.load(role)));

async function ahead(): Promise<{ sim: Simulator; client: Client }> {
  const sim = new Simulator();
  sim.delegate('targets', 'team', ['team/*']);
  sim.addTarget('team/app', 'app', 'team');
  sim.commit('targets', 'team');
  sim.commit('targets', 'team');
  const client = await sim.client();
  await findTarget(await client.refresh(), 'team/app');
  return { sim, client };
}

/** After a refusal nothing stored has changed, and the next good metadata works. */
async function refusedWithoutTrace(
  { sim, client }: { sim: Simulator; client: Client },
  message: string,
  code: 'TUF_ROLLBACK' | 'TUF_THRESHOLD' | 'TUF_VERSION' = 'TUF_ROLLBACK',
): Promise<void> {
  const before = await contents(client);
  await expectRefused(client.refresh(), code, message);
  await expectRefused(client.refresh(), code, message);
  expect((await contents(client)) as unknown[]).toEqual(before);
  sim.files.delete('2.root.json');
  Object.assign(sim.timestamp, { version: 20 });
  sim.snapshot.version = 20;
  sim.top().version = 20;
  sim.targets.get('team')!.version = 20;
  sim.write('targets', 'team');
  expect((await client.refresh()).targets.value.version).toBe(20);
}

describe('attack: rollback of the timestamp', () => {
  it('is refused', async () => {
    const world = await ahead();
    world.sim.timestamp.version = 2;
    world.sim.writeTimestamp();
    await refusedWithoutTrace(world, 'the timestamp went back from version 3 to 2');
  });
});

describe('attack: rollback of the snapshot', () => {
  it('by a newer timestamp', async () => {
    const world = await ahead();
    world.sim.timestamp.version = 4;
    world.sim.snapshot.version = 2;
    world.sim.writeSnapshot();
    await refusedWithoutTrace(world, 'the timestamp takes the snapshot back from version 3 to 2');
  });
});

describe.each([
  ['targets', 'the snapshot takes targets.json back from version 3 to 2'],
  ['team', 'the snapshot takes team.json back from version 3 to 2'],
])('attack: rollback of %s (CVE-2025-2887)', (role, message) => {
  it('by a newer snapshot', async () => {
    const world = await ahead();
    const { sim, client } = world;
    sim.targets.get(role)!.version = 2;
    sim.timestamp.version = 4;
    sim.snapshot.version = 4;
    sim.write(role);
    const before = await client.store.load(SNAPSHOT);
    await expectRefused(client.refresh(), 'TUF_ROLLBACK', message);
    await expectRefused(client.refresh(), 'TUF_ROLLBACK', message);
    expect(await client.store.load(SNAPSHOT)).toEqual(before);
    sim.targets.get(role)!.version = 3;
    sim.timestamp.version = 5;
    sim.snapshot.version = 5;
    sim.write(role);
    expect((await client.refresh()).snapshot.value.version).toBe(5);
  });

  it('by a newer snapshot that lists it no more', async () => {
    const { sim, client } = await ahead();
    sim.timestamp.version = 4;
    sim.snapshot.version = 4;
    const { [`${role}.json`]: entry, ...rest } = sim.snapshot.meta;
    expect(entry).toBeDefined();
    sim.snapshot.meta = rest;
    sim.writeSnapshot();
    await expectRefused(client.refresh(), 'TUF_ROLLBACK', `the snapshot does not list ${role}.json any more`);
  });
});

describe('attack: rollback of the root', () => {
  it('is not asked for: only the next version is', async () => {
    const sim = new Simulator();
    sim.commitRoot();
    const client = await sim.client(2);
    await client.refresh();
    expect(sim.requests[0]).toBe('3.root.json');
  });

  it.each([1, 3])('version %d in the place of 2 (CVE-2025-2885)', async version => {
    const world = await ahead();
    world.sim.files.set('2.root.json', signDoc({ ...world.sim.root, version }, [ed25519('root')]));
    await refusedWithoutTrace(world, `the next root has version ${version}, it must have 2`, 'TUF_VERSION');
  });
});

describe('attack: a root that failed does not become trusted (CVE-2020-15163)', () => {
  it.each([
    ['old', 'root'],
    ['new', 'new root'],
  ])('signed by the %s keys only', async (_, signer) => {
    const world = await ahead();
    const next = structuredClone(world.sim.root);
    const { key } = ed25519('new root');
    next.version = 2;
    next.keys[key.id] = key.toJson();
    next.roles['root'] = { keyids: [key.id], threshold: 1 };
    world.sim.files.set('2.root.json', signDoc(next, [ed25519(signer)]));
    await refusedWithoutTrace(
      world,
      'root version 2 is signed by 0 of the 1 keys that it needs',
      'TUF_THRESHOLD',
    );
  });

  it('its own threshold counts', async () => {
    const world = await ahead();
    const next = structuredClone(world.sim.root);
    next.version = 2;
    next.roles['root']!.threshold = 2;
    world.sim.files.set('2.root.json', signDoc(next, [ed25519('root')]));
    await refusedWithoutTrace(
      world,
      'root version 2 is signed by 1 of the 2 keys that it needs',
      'TUF_THRESHOLD',
    );
  });
});

describe('attack: crash on malformed JSON before any signature check (CVE-2026-23991)', () => {
  it.each([
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"signed":{}}',
    '{"signed":1,"signatures":[]}',
    '{"signatures":[]}',
    '{"signatures":[],"signed":null}',
    '{"signatures":[],"signed":{}}',
  ])('%j is a coded refusal at every role', async text => {
    for (const name of ['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json']) {
      const sim = new Simulator();
      sim.hashes = false;
      sim.write('targets');
      const client = await sim.client();
      sim.files.set(name, utf8(text));
      await expect(client.refresh()).rejects.toMatchObject({
        name: 'WritError',
        code: expect.stringMatching(/^JSON_(SYNTAX|TYPE)$/),
      });
    }
  });
});
