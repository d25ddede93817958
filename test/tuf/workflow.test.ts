/** The client workflow when nobody lies: what is asked for, what is kept, what is used again. */
import { describe, expect, it } from 'vitest';
import { fetchTarget } from '../../src/tuf/client/fetch-target.js';
import { findTarget } from '../../src/tuf/client/find-target.js';
import { pinRoot } from '../../src/tuf/client/load-root.js';
import { openRepository } from '../../src/tuf/client/refresh.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import { parseRoleName, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, type RoleName } from '../../src/tuf/role-name.js';
import { ed25519 } from '../crypto/keys.js';
import { expectRefused } from './refusal.js';
import { Simulator, utf8 } from './simulator.js';

const clock = { now: () => new Date('2030-01-01T00:00:00Z') };

describe('a first refresh', () => {
  it('asks for the files in the order of the specification and keeps them byte for byte', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    const view = await client.refresh();
    expect(sim.requests).toEqual(['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json']);
    const kept: [RoleName, string][] = [
      [ROOT, '1.root.json'],
      [TIMESTAMP, 'timestamp.json'],
      [SNAPSHOT, '1.snapshot.json'],
      [TARGETS, '1.targets.json'],
    ];
    for (const [role, file] of kept) expect(await client.store.load(role)).toEqual(sim.files.get(file));
    expect([view.root, view.timestamp, view.snapshot, view.targets].map(({ role }) => role)).toEqual([
      ROOT,
      TIMESTAMP,
      SNAPSHOT,
      TARGETS,
    ]);
    expect(view.targets.bytes).toEqual(sim.files.get('1.targets.json'));
    expect(view.targets.signedBy.map(({ id }) => id)).toEqual([ed25519('targets').key.id]);
    expect(view.now).toEqual(new Date(sim.now));
  });

  it('bounds every request, by the stated length where there is one', async () => {
    const sim = new Simulator();
    await (await sim.client()).refresh();
    expect(sim.maxBytes.get('2.root.json')).toBe(512_000);
    expect(sim.maxBytes.get('timestamp.json')).toBe(16_384);
    expect(sim.maxBytes.get('1.snapshot.json')).toBe(sim.files.get('1.snapshot.json')!.length);
    sim.hashes = false;
    sim.commit('targets');
    await (await sim.client()).refresh();
    expect(sim.maxBytes.get('2.snapshot.json')).toBe(2_000_000);
    expect(sim.maxBytes.get('2.targets.json')).toBe(5_000_000);
  });

  it('asks for names without versions when snapshots are not consistent', async () => {
    const sim = new Simulator();
    sim.root.consistent_snapshot = false;
    sim.commitRoot();
    sim.addTarget('dir/file', 'content');
    sim.targetFiles.set('dir/file', utf8('content'));
    sim.commit('targets');
    const view = await (await sim.client(2)).refresh();
    expect(sim.requests).toEqual(['3.root.json', 'timestamp.json', 'snapshot.json', 'targets.json']);
    const { target } = (await findTarget(view, 'dir/file'))!;
    expect(await fetchTarget(sim.fetcher, view, 'dir/file', target, 100)).toEqual(utf8('content'));
    expect(sim.requests.at(-1)).toBe('dir/file');
  });

  it('attack: trust on first use: a pinned root is needed', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    await client.store.remove(ROOT);
    await expectRefused(client.refresh(), 'TUF_NO_ROOT', 'the repository has no trusted root');
    expect(sim.requests).toEqual([]);
  });
});

describe('a later refresh', () => {
  it('asks only for root and timestamp when nothing is new', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    await client.refresh();
    sim.requests.length = 0;
    const view = await client.refresh();
    expect(sim.requests).toEqual(['2.root.json', 'timestamp.json']);
    expect(view.targets.value.version).toBe(1);
  });

  it('gets what is new and no more', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    await client.refresh();
    sim.requests.length = 0;
    sim.timestamp.version++;
    sim.writeTimestamp();
    expect((await client.refresh()).timestamp.value.version).toBe(2);
    expect(sim.requests).toEqual(['2.root.json', 'timestamp.json']);
    sim.requests.length = 0;
    sim.commit('targets');
    expect((await client.refresh()).targets.value.version).toBe(2);
    expect(sim.requests).toEqual(['2.root.json', 'timestamp.json', '2.snapshot.json', '2.targets.json']);
  });

  it('fetches again what the stored bytes do not match, even under the same version', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    await client.refresh();
    sim.top()['x-note'] = 'same version, other bytes';
    sim.write('targets');
    sim.timestamp.version++;
    sim.writeTimestamp();
    sim.requests.length = 0;
    const view = await client.refresh();
    expect(sim.requests).toEqual(['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json']);
    expect(view.targets.value.unrecognized).toEqual({ 'x-note': 'same version, other bytes' });
  });

  it('drops another timestamp of the same version unread', async () => {
    const sim = new Simulator();
    sim.commit('targets');
    const client = await sim.client();
    await client.refresh();
    const before = await client.store.load(TIMESTAMP);
    sim.timestamp['x-note'] = 1;
    sim.timestamp.meta['snapshot.json'] = { version: 1 };
    sim.writeTimestamp();
    expect((await client.refresh()).timestamp.bytes).toEqual(before);
    expect(await client.store.load(TIMESTAMP)).toEqual(before);
  });

  it('starts anew from a damaged folder, as far as the root is sound', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    await client.refresh();
    for (const role of [TIMESTAMP, SNAPSHOT, TARGETS]) await client.store.save(role, utf8('{'));
    expect((await client.refresh()).targets.value.version).toBe(1);
    expect(await client.store.load(TARGETS)).toEqual(sim.files.get('1.targets.json'));
    await client.store.save(ROOT, utf8('{'));
    await expectRefused(client.refresh(), 'JSON_SYNTAX', /^the stored root is damaged: not JSON/);
  });

  it('does not take a failing store for an empty one', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    const failure = new Error('disk');
    const load = client.store.load.bind(client.store);
    client.store.load = role => (role === TIMESTAMP ? Promise.reject(failure) : load(role));
    await expect(client.refresh()).rejects.toBe(failure);
  });
});

describe('the chain of roots', () => {
  it('is followed to its end; only the last root may not be expired', async () => {
    const sim = new Simulator();
    for (let i = 0; i < 4; i++) {
      sim.root.expires = i < 3 ? '2029-01-01T00:00:00Z' : '2031-01-01T00:00:00Z';
      sim.setKeys('root', [ed25519(`root-${i}`)]);
      sim.commitRoot();
    }
    const client = await sim.client();
    const view = await client.refresh();
    expect(view.root.value.version).toBe(5);
    expect(sim.requests.slice(0, 5)).toEqual([2, 3, 4, 5, 6].map(n => `${n}.root.json`));
    expect(await client.store.load(ROOT)).toEqual(sim.files.get('5.root.json'));
  });

  it('is followed for at most so many rotations in one refresh', async () => {
    const sim = new Simulator();
    for (let i = 0; i < 4; i++) sim.commitRoot();
    const client = await sim.client();
    expect((await client.refresh({ rootRotations: 3 })).root.value.version).toBe(4);
    expect((await client.refresh({ rootRotations: 3 })).root.value.version).toBe(5);
  });

  it('ends after 256 rotations by default', async () => {
    const sim = new Simulator();
    for (let i = 0; i < 258; i++) sim.commitRoot();
    expect((await (await sim.client()).refresh()).root.value.version).toBe(257);
  });
});

describe('an expired pinned root', () => {
  it('may be pinned and succeeded', async () => {
    const sim = new Simulator();
    sim.root.expires = '2029-01-01T00:00:00Z';
    sim.commitRoot();
    const client = await sim.client(2);
    await expectRefused(
      client.refresh(),
      'TUF_EXPIRED',
      'root version 2 expired at 2029-01-01T00:00:00.000Z, it is now 2030-01-01T00:00:00.000Z',
    );
    expect(sim.requests).toEqual(['3.root.json']);
    sim.root.expires = '2031-01-01T00:00:00Z';
    sim.commitRoot();
    expect((await client.refresh()).root.value.version).toBe(3);
  });
});

describe('pinRoot', () => {
  it('stores only a root that meets its own threshold', async () => {
    const sim = new Simulator();
    sim.root.roles['root']!.threshold = 2;
    sim.commitRoot();
    const store = new MemoryMetadataStore();
    await expectRefused(pinRoot(store, sim.files.get('2.root.json')!), 'TUF_THRESHOLD');
    await expectRefused(pinRoot(store, sim.files.get('1.targets.json')!), 'TUF_FORMAT');
    expect(await store.load(ROOT)).toBeNull();
  });
});

describe('openRepository', () => {
  it('gives the same view from the store alone', async () => {
    const sim = new Simulator();
    sim.delegate('targets', 'team', ['team/*']);
    sim.addTarget('team/app', 'app', 'team');
    sim.commit('targets');
    const client = await sim.client();
    await findTarget(await client.refresh(), 'team/app');
    sim.requests.length = 0;
    const view = await openRepository({ store: client.store, clock });
    expect((await findTarget(view, 'team/app'))?.role).toBe('team');
    expect(sim.requests).toEqual([]);
  });

  it('judges by the clock, and says what is missing', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    const { store } = client;
    await expectRefused(
      openRepository({ store, clock }),
      'TUF_MISSING',
      'the store holds no trusted timestamp',
    );
    await client.refresh();
    const late = { now: () => new Date('2030-02-01T00:00:00Z') };
    await expectRefused(openRepository({ store, clock: late }), 'TUF_EXPIRED', /^root version 1 expired/);
    await store.remove(TARGETS);
    await expectRefused(
      openRepository({ store, clock }),
      'TUF_MISSING',
      'the repository has no 1.targets.json',
    );
  });

  it('refuses an expired timestamp although the root is still good', async () => {
    const sim = new Simulator();
    sim.timestamp.expires = '2030-01-02T00:00:00Z';
    sim.writeTimestamp();
    const client = await sim.client();
    await client.refresh();
    const late = { now: () => new Date('2030-01-02T00:00:00Z') };
    await expectRefused(
      openRepository({ store: client.store, clock: late }),
      'TUF_EXPIRED',
      /^timestamp version 1 expired/,
    );
  });
});

describe('the in-memory store', () => {
  it('keeps copies, forgets what is removed, and does not mix names', async () => {
    const store = new MemoryMetadataStore();
    const bytes = utf8('x');
    await store.save(parseRoleName('__proto__'), bytes);
    bytes[0] = 0;
    const loaded = (await store.load(parseRoleName('__proto__')))!;
    expect(loaded).toEqual(utf8('x'));
    loaded[0] = 0;
    expect(await store.load(parseRoleName('__proto__'))).toEqual(utf8('x'));
    await store.remove(parseRoleName('__proto__'));
    expect(await store.load(parseRoleName('__proto__'))).toBeNull();
  });
});
