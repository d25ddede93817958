/** What a refresh costs in a running process: requests and signature checks, counted. */
import type * as Crypto from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { findTarget } from '../../src/tuf/client/find-target.js';
import { openRepository, refresh } from '../../src/tuf/client/refresh.js';
import type { RepositoryView } from '../../src/tuf/client/view.js';
import { parseRoleName, ROOT, SNAPSHOT, TARGETS, TIMESTAMP } from '../../src/tuf/role-name.js';
import { Verifications } from '../../src/tuf/verified.js';
import { organisation, role, sign, A, trust } from '../trust/world.js';
import { ed25519 } from '../crypto/keys.js';
import { expectRefused } from './refusal.js';
import { signDoc, Simulator, type Client } from './simulator.js';

const checks = vi.hoisted(() => ({ count: 0 }));
vi.mock('node:crypto', async original => {
  const crypto = await original<typeof Crypto>();
  const verify = (...args: unknown[]): unknown => {
    checks.count++;
    return (crypto.verify as (...all: unknown[]) => unknown)(...args);
  };
  return { ...crypto, verify, default: { ...crypto, verify } };
});

const UNCHANGED = ['2.root.json', 'timestamp.json'];

/** The requests and the signature checks of `work`. */
async function counted(sim: Simulator, work: () => Promise<unknown>): Promise<[string[], number]> {
  sim.requests.length = 0;
  checks.count = 0;
  await work();
  return [[...sim.requests], checks.count];
}

describe('a refresh in a running process', () => {
  let sim: Simulator;
  let client: Client;
  let known: Verifications;
  const again = (): Promise<RepositoryView> =>
    refresh({ fetcher: sim.fetcher, store: client.store, clock: { now: () => new Date(sim.now) }, known });

  beforeEach(async () => {
    sim = new Simulator();
    for (const name of ['root', 'targets'])
      sim.setKeys(
        name,
        [1, 2, 3].map(i => ed25519(`${name} ${i}`)),
        2,
      );
    sim.delegate('targets', 'team', ['team/*']);
    sim.addTarget('team/app', 'app', 'team');
    sim.writeRoot();
    sim.commit('targets', 'team');
    client = await sim.client();
    known = new Verifications();
  });

  it('of an unchanged repository: two requests, one signature check', async () => {
    const [requests, count] = await counted(sim, again);
    expect(requests).toEqual([...UNCHANGED, '2.snapshot.json', '2.targets.json']);
    expect(count).toBe(8); // root 3, timestamp 1, snapshot 1, targets 3
    for (let i = 0; i < 3; i++) expect(await counted(sim, again)).toEqual([UNCHANGED, 1]);
  });

  it('of a repository whose timestamp was signed anew: the same', async () => {
    await again();
    sim.timestamp.version++;
    sim.writeTimestamp();
    expect(await counted(sim, again)).toEqual([UNCHANGED, 1]);
    expect(await counted(sim, again)).toEqual([UNCHANGED, 1]);
  });

  it('checks what is new, and no more', async () => {
    await again();
    sim.commit('team');
    expect(await counted(sim, again)).toEqual([[...UNCHANGED, '3.snapshot.json'], 2]);
    const view = await again();
    expect(await counted(sim, () => findTarget(view, 'team/app'))).toEqual([['3.team.json'], 1]);
    const next = await again();
    expect(await counted(sim, () => findTarget(next, 'team/app'))).toEqual([[], 0]);
  });

  it('opens what it has verified without a check; another process checks everything', async () => {
    await again();
    const clock = { now: () => new Date(sim.now) };
    const open = (more: object): Promise<unknown> => openRepository({ store: client.store, clock, ...more });
    expect(await counted(sim, () => open({ known }))).toEqual([[], 0]);
    expect(await counted(sim, () => open({}))).toEqual([[], 8]);
  });

  it.each([ROOT, TIMESTAMP, SNAPSHOT, TARGETS])(
    'attack: the stored %s is replaced between two refreshes',
    async name => {
      await again();
      const stored = (await client.store.load(name))!;
      const { signed } = JSON.parse(Buffer.from(stored).toString()) as { signed: object };
      await client.store.save(name, signDoc(signed, [ed25519('stranger'), ed25519('stranger 2')]));
      if (name === ROOT) await expectRefused(again(), 'TUF_THRESHOLD', /^the stored root is damaged/);
      else {
        await again(); // what the store holds is not trusted, and replaced
        expect(await client.store.load(name)).toEqual(stored);
      }
    },
  );

  it('attack: the delegator takes back a key, and the document stays', async () => {
    const view = await again();
    await findTarget(view, 'team/app');
    const [entry] = sim.top().delegations!.roles;
    const { key } = ed25519('another');
    sim.top().delegations!.keys[key.id] = key.toJson();
    entry!.keyids = [key.id];
    sim.commit('targets');
    await expectRefused(
      findTarget(await again(), 'team/app'),
      'TUF_THRESHOLD',
      /^team version 2 is signed by 0/,
    );
    await expectRefused(findTarget(await again(), 'team/app'), 'TUF_THRESHOLD');
  });

  it('attack: a root that takes back the key of a document which stays', async () => {
    await again();
    sim.setKeys('targets', [ed25519('new targets')], 1);
    sim.commitRoot();
    await expectRefused(again(), 'TUF_THRESHOLD', /^targets version 2 is signed by 0 of the 1/);
    expect(await client.store.load(parseRoleName('targets'))).not.toBeNull();
  });
});

describe('a service that keeps a trusted repository', () => {
  it('refreshes it with two requests and one signature check while nothing changes', async () => {
    const sim = organisation();
    sign(sim, '1', A);
    sim.commit('team');
    const repository = trust(sim, [role('team'), role('targets')]);
    await repository.refresh();
    for (let i = 0; i < 3; i++)
      expect(await counted(sim, () => repository.refresh())).toEqual([['2.root.json', 'timestamp.json'], 1]);
    expect(await counted(sim, () => repository.open())).toEqual([[], 0]);
  });
});
