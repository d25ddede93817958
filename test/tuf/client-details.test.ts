/** The client, where one detail decides: what is stored, what is asked for, what a refusal tells. */
import { describe, expect, it } from 'vitest';
import type { WritError } from '../../src/errors.js';
import type { JsonObject } from '../../src/json/types.js';
import { findInRepositories } from '../../src/tuf/client/find-in-repositories.js';
import { findTarget } from '../../src/tuf/client/find-target.js';
import { loadTrustedRoot } from '../../src/tuf/client/load-root.js';
import { parseMapFile, type MapFile } from '../../src/tuf/client/map-file.js';
import { dropsOnlineKey } from '../../src/tuf/client/rotation.js';
import { startSession } from '../../src/tuf/client/session.js';
import { loadTrusted } from '../../src/tuf/client/trusted.js';
import { parseDocument } from '../../src/tuf/document.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import type { Root } from '../../src/tuf/model.js';
import { ROOT, TARGETS, type RoleName } from '../../src/tuf/role-name.js';
import { ed25519 } from '../crypto/keys.js';
import { expectRefused, refusal } from './refusal.js';
import { Simulator, utf8, type TargetsDoc } from './simulator.js';

async function errorOf(promise: Promise<unknown>): Promise<WritError> {
  return promise.then(
    () => {
      throw new Error('it was accepted');
    },
    (error: unknown) => error as WritError,
  );
}

describe('what the store holds', () => {
  it('is fetched anew when only its version is another', async () => {
    const sim = new Simulator();
    sim.hashes = false;
    sim.commit('targets');
    const client = await sim.client();
    await client.refresh();
    sim.addTarget('new', 'new');
    sim.commit('targets');
    const view = await client.refresh();
    expect([view.snapshot.value.version, view.targets.value.version]).toEqual([3, 3]);
    expect(view.targets.value.targets.has('new')).toBe(true);
    sim.timestamp.version++;
    sim.writeTimestamp();
    sim.requests.length = 0;
    await client.refresh();
    expect(sim.requests).toEqual(['2.root.json', 'timestamp.json']);
  });

  it('is not written while the repository does not change', async () => {
    const saved: RoleName[] = [];
    class Counting extends MemoryMetadataStore {
      override save(role: RoleName, bytes: Uint8Array): Promise<void> {
        saved.push(role);
        return super.save(role, bytes);
      }
    }
    const sim = new Simulator();
    const store = new Counting();
    const client = await sim.client();
    await store.save(ROOT, (await client.store.load(ROOT))!);
    Object.assign(client, { store });
    await client.refresh();
    expect(saved.splice(0)).toEqual(['root', 'timestamp', 'snapshot', 'targets']);
    await client.refresh();
    expect(saved).toEqual([]);
  });

  const broken = (): never => {
    throw new RangeError('a mistake of ours');
  };
  const sessionOf = async (bytes: Uint8Array) => {
    const store = new MemoryMetadataStore();
    await store.save(ROOT, bytes);
    await store.save(TARGETS, bytes);
    const { fetcher } = new Simulator();
    return startSession({ store, fetcher, clock: { now: () => new Date(0) } });
  };

  it('that is damaged is said to be so, with the reason and what to do', async () => {
    const error = await errorOf(loadTrustedRoot(await sessionOf(utf8('{}'))));
    expect(error).toMatchObject({
      code: 'JSON_TYPE',
      message: 'the stored root is damaged: document.signed must be an object',
      hint: 'remove the stored metadata of this repository: it begins again from the pinned root',
      cause: { code: 'JSON_TYPE' },
    });
  });

  it('is not blamed for a mistake of the program', async () => {
    const session = await sessionOf(utf8('{}'));
    await expect(loadTrusted(session, TARGETS, broken)).rejects.toThrow(new RangeError('a mistake of ours'));
    const limits = Object.defineProperty({ ...session.limits }, 'root', { get: broken });
    await expect(loadTrustedRoot({ ...session, limits })).rejects.toThrow(
      new RangeError('a mistake of ours'),
    );
  });
});

describe('a key that is taken back', () => {
  const rootWith = (keyids: string[], listed: string[]): Root => {
    const sim = new Simulator();
    sim.root.keys = Object.fromEntries(listed.map(name => [name, ed25519(name).key.toJson()]));
    for (const role of Object.values(sim.root.roles)) role.keyids = keyids;
    return parseDocument(utf8(JSON.stringify({ signatures: [], signed: sim.root })), 'root').signed;
  };

  it('is one that could sign: an id that no key is listed under is none', () => {
    const [both, one] = [rootWith(['a', 'b'], ['a']), rootWith(['a'], ['a'])];
    expect(dropsOnlineKey(both, one)).toBe(false);
    expect(dropsOnlineKey(one, both)).toBe(false);
    expect(dropsOnlineKey(rootWith(['a', 'b'], ['a', 'b']), one)).toBe(true);
  });
});

describe('roles that must agree', () => {
  /** Top-level targets that delegate `x` to `a`, `b` and `c` together. */
  function sim(terminating: boolean, contents: Record<string, string>): Simulator {
    const world = new Simulator();
    const keys: Record<string, JsonObject> = {};
    const roleinfo = ['a', 'b', 'c'].map(rolename => {
      const pair = ed25519(rolename);
      keys[pair.key.id] = pair.key.toJson();
      world.targets.set(rolename, { ...structuredClone(world.top()), targets: {} });
      world.signers.set(rolename, [pair]);
      return { rolename, keyids: [pair.key.id], threshold: 1 };
    });
    const group = { name: 'g', paths: ['x'], terminating, min_roles_in_agreement: 3, roleinfo };
    Object.assign(world.top(), { keys_for_delegations: keys, delegations: [group] });
    for (const [role, content] of Object.entries(contents)) world.addTarget('x', content, role);
    return world;
  }
  const viewOf = async (world: Simulator, limits = {}) => {
    world.commit(...world.targets.keys());
    return (await world.client()).refresh(limits);
  };

  it('and do not: the refusal tells who listed what was asked for', async () => {
    const view = await viewOf(sim(true, { a: '1', c: '1' }));
    const error = await errorOf(findTarget(view, 'x'));
    expect(error.message).toBe('3 of a, b, c must agree on x; listed by a, c');
    expect(error.details).toEqual({ path: 'x', needed: 3, roles: ['a', 'b', 'c'], listedBy: ['a', 'c'] });
  });

  it('are not asked again by one of them', async () => {
    const world = sim(false, {});
    const { key } = ed25519('a');
    const role = { name: 'a', keyids: [key.id], threshold: 1, terminating: false, paths: ['x'] };
    const delegations: NonNullable<TargetsDoc['delegations']> = {
      keys: { [key.id]: key.toJson() },
      roles: [role],
    };
    world.targets.get('a')!.delegations = delegations;
    const view = await viewOf(world, { delegations: 3 });
    expect(await findTarget(view, 'x')).toBeUndefined();
    const tight = await viewOf(world, { delegations: 2 });
    await expectRefused(findTarget(tight, 'x'), 'TUF_LIMIT');
  });
});

describe('a map file', () => {
  const mapping = { paths: ['a', 'x', 'b'], repositories: ['one', 'two'], threshold: 2, terminating: true };
  const parse = (change: object = {}, more: object = {}): MapFile =>
    parseMapFile(
      utf8(
        JSON.stringify({ repositories: { one: [], two: [] }, mapping: [{ ...mapping, ...change }], ...more }),
      ),
    );

  it('is for a path that one of its patterns is for', async () => {
    const contents: Record<string, string> = { one: '1', two: '2' };
    const open = async (name: string) => {
      const sim = new Simulator();
      sim.addTarget('x', contents[name]!);
      sim.commit('targets');
      return (await sim.client()).refresh();
    };
    const error = await errorOf(findInRepositories(parse(), open, 'x'));
    expect(error).toMatchObject({
      code: 'TUF_DISAGREEMENT',
      details: { path: 'x', needed: 2, repositories: ['one', 'two'], listedBy: ['one', 'two'] },
    });
  });

  it.each<[object, object, string]>([
    [{}, { repositories: [] }, 'map.repositories must be an object'],
    [{}, { repositories: { one: 1 } }, 'map.repositories.one must be an array'],
    [{}, { mapping: {} }, 'map.mapping must be an array'],
    [{}, { mapping: [1] }, 'map.mapping[0] must be an object'],
    [{ paths: 1 }, {}, 'map.mapping[0].paths must be an array'],
    [{ terminating: 1 }, {}, 'map.mapping[0].terminating must be a boolean'],
    [{ threshold: 3 }, {}, 'map.mapping[0].threshold must be an integer from 1 to 2'],
  ])('names the place of what is wrong: %j %j', (change, more, message) => {
    expect(() => parse(change, more)).toThrow(refusal('JSON_TYPE', message));
  });

  it('names what it does not take', () => {
    expect(() => parseMapFile(utf8('[]'))).toThrow(refusal('JSON_TYPE', 'map must be an object'));
    expect(() => parse({ repositories: ['one', 'no"ne'] })).toThrow(
      refusal('TUF_FORMAT', 'map.mapping[0] names the repository "no\\"ne", the map has none'),
    );
    expect(() => parse({ repositories: ['one', 'one'] })).toThrow(
      refusal('TUF_FORMAT', 'map.mapping[0].repositories must not list a repository twice'),
    );
  });

  it('has at most 1,000,000 bytes, and names of 256 characters', () => {
    const text = JSON.stringify({ repositories: {}, mapping: [] });
    expect(parseMapFile(utf8(text.padEnd(1_000_000))).mappings).toEqual([]);
    expect(() => parseMapFile(utf8(text.padEnd(1_000_001)))).toThrow(refusal('JSON_SIZE'));
    const [longest, longer] = ['n'.repeat(256), 'n'.repeat(257)];
    const named = (name: string): MapFile => parse({}, { repositories: { [name]: [] }, mapping: [] });
    expect([...named(longest).repositories.keys()]).toEqual([longest]);
    expect(() => named(longer)).toThrow(
      refusal(
        'TUF_FORMAT',
        `a repository's name must have 1 to 256 characters and no control characters, "${'n'.repeat(64)}" has not`,
      ),
    );
  });
});
