import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseRepositoryName } from '../../src/image/repository-name.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import type { DigestFinder } from '../../src/policy/finder.js';
import { PolicySet } from '../../src/policy/policy-set.js';
import { writeSignedGrants } from '../../src/policy/signed-grants.js';
import { vouchDigest } from '../../src/policy/vouch-digest.js';
import { vouchImage } from '../../src/policy/vouch.js';
import { TrustKeeper, type RefreshEvent } from '../../src/trust/keeper.js';
import { utf8 } from '../tuf/simulator.js';
import { grants } from '../policy/language.js';
import { policy } from '../policy/world.js';
import { A, APP, at, B, EXAMPLE, image, organisation, role, sign, TEAM, trust } from './world.js';

const ROLES = new Map([[EXAMPLE, new Set(TEAM)]]);
const OTHER = parseRepositoryName('other');

function world(options: ConstructorParameters<typeof TrustKeeper>[0] = {}) {
  const simulator = organisation();
  sign(simulator, '1', A, 'team', writeSignedGrants(grants({ network: 'user' })));
  simulator.commit('team');
  const events: RefreshEvent[] = [];
  const keeper = new TrustKeeper({ onRefresh: event => events.push(event), random: () => 0.5, ...options });
  const repository = trust(simulator);
  return { simulator, keeper, repository, events };
}
const code = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('answers', () => {
  it('come from the repository that is asked for; one that is not kept is unknown', async () => {
    const { simulator, keeper, repository } = world();
    const find = (name = EXAMPLE) => keeper.find(name, TEAM, image(`${APP}:1`), at(simulator));
    expect(code(find)).toBe('TRUST_UNKNOWN');
    expect(find).toThrow('no root of the repository example is pinned');
    keeper.add(repository);
    expect(code(find)).toBe('TRUST_STALE');
    keeper.follow(ROLES);
    expect(await keeper.refreshNow(EXAMPLE)).toBe(true);
    expect(find().targets).toHaveLength(1);
    expect(code(() => find(OTHER))).toBe('TRUST_UNKNOWN');
    await expect(keeper.refreshNow(OTHER)).rejects.toMatchObject({ code: 'TRUST_UNKNOWN' });
    expect(keeper.byDigest(A).map(String)).toEqual([`${APP}@${A}`]);
    expect(keeper.byDigest(B)).toEqual([]);
    expect(keeper.status(at(simulator)).map(({ name, state }) => `${name} ${state}`)).toEqual([
      'example fresh',
    ]);
    keeper.remove(EXAMPLE);
    expect(code(find)).toBe('TRUST_UNKNOWN');
    expect(keeper.byDigest(A)).toEqual([]);
  });

  it('name a digest once, though two repositories signed it', async () => {
    const { simulator, keeper, repository } = world();
    keeper.add(repository);
    keeper.add(trust(simulator, TEAM, { name: OTHER, store: new MemoryMetadataStore() }));
    keeper.follow(new Map([...ROLES, [OTHER, new Set(TEAM)]]));
    await keeper.refreshNow(EXAMPLE);
    await keeper.refreshNow(OTHER);
    expect(keeper.byDigest(A).map(String)).toEqual([`${APP}@${A}`]);
  });

  it('have a generation that never takes a value twice', async () => {
    const { simulator, keeper, repository } = world();
    const seen = [keeper.generation];
    const note = () => seen.push(keeper.generation);
    keeper.follow(ROLES);
    keeper.add(repository);
    note();
    await keeper.refreshNow(EXAMPLE);
    note();
    expect(await keeper.refreshNow(EXAMPLE)).toBe(false);
    expect(keeper.generation).toBe(seen.at(-1));
    keeper.remove(EXAMPLE);
    note();
    keeper.add(trust(simulator));
    note();
    keeper.add(trust(simulator));
    note();
    keeper.remove(OTHER);
    expect(keeper.generation).toBe(seen.at(-1));
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  });

  it('decide about images, as the finder of the policies', async () => {
    const { simulator, keeper, repository } = world();
    const policies = PolicySet.of([policy()]);
    expect(keeper.follow(policies.roles)).toEqual([EXAMPLE]);
    keeper.add(repository);
    expect(keeper.follow(policies.roles)).toEqual([]);
    const finder: DigestFinder = keeper;
    const decide = (text: string) =>
      vouchImage({ reference: image(text), namespace: 'prod' }, { policies, finder, now: at(simulator) });
    expect(decide(`${APP}:1`)).toMatchObject({ kind: 'refused', code: 'TRUST_STALE' });
    await keeper.refreshNow(EXAMPLE);
    const vouch = decide(`${APP}:1`);
    expect(vouch.kind === 'vouched' && `${vouch.pinned.toString()} ${vouch.effective.toString()}`).toBe(
      `${APP}@${A} network=user`,
    );
    expect(decide(`${APP}:1@${B}`)).toMatchObject({ code: 'POLICY_UNSIGNED' });
    expect(vouchDigest(A, 'prod', { policies, finder, now: at(simulator) }).kind).toBe('vouched');
    simulator.now = '2030-02-01T00:00:00Z';
    expect(decide(`${APP}:1`)).toMatchObject({ kind: 'refused', code: 'TRUST_STALE' });
  });
});

describe('in the background', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const told = (events: readonly RefreshEvent[]) =>
    events.map(({ error, changed }) => error?.code ?? changed);

  it('refreshes at once, then at the interval', async () => {
    const { keeper, repository, events } = world({ intervalMs: 1000 });
    keeper.follow(ROLES);
    keeper.add(repository);
    await keeper.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(told(events)).toEqual([true]);
    expect(events[0]).toEqual({ repository: EXAMPLE, error: undefined, changed: true });
    await vi.advanceTimersByTimeAsync(999);
    expect(told(events)).toEqual([true]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told(events)).toEqual([true, false]);
    keeper.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told(events)).toEqual([true, false]);
  });

  it('tries again soon after a failure, less and less often up to the interval, and then as before', async () => {
    const { simulator, keeper, repository, events } = world({ intervalMs: 1000, retryMs: 300 });
    keeper.follow(ROLES);
    keeper.add(repository);
    const timestamp = simulator.files.get('timestamp.json')!;
    simulator.files.set('timestamp.json', utf8('{'));
    await keeper.start();
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      const count = events.length;
      let waited = 0;
      while (events.length === count) {
        await vi.advanceTimersByTimeAsync(i === 0 ? 0 : 50);
        waited += i === 0 ? 0 : 50;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([0, 300, 600, 1000]);
    expect(told(events)).toEqual(Array(4).fill('JSON_SYNTAX'));
    simulator.files.set('timestamp.json', timestamp);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told(events).at(-1)).toBe(true);
    simulator.files.set('timestamp.json', utf8('{'));
    await vi.advanceTimersByTimeAsync(1000);
    await vi.advanceTimersByTimeAsync(300);
    expect(told(events).slice(-2)).toEqual(['JSON_SYNTAX', 'JSON_SYNTAX']);
    keeper.stop();
  });

  it('spreads by a tenth of the interval to both sides', async () => {
    for (const [random, wait] of [
      [0, 900],
      [0.999999, 1100],
    ] as const) {
      const { keeper, repository, events } = world({ intervalMs: 1000, random: () => random });
      keeper.follow(ROLES);
      keeper.add(repository);
      await keeper.start();
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(events).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(events).toHaveLength(2);
      keeper.stop();
    }
  });

  it('takes up the store before it asks the repository', async () => {
    const { simulator, keeper } = world();
    const store = new MemoryMetadataStore();
    const root = simulator.files.get('1.root.json')!;
    await trust(simulator, TEAM, { store }).refresh();
    simulator.files.clear();
    keeper.follow(ROLES);
    keeper.add(trust(simulator, TEAM, { store, root }));
    await keeper.start();
    expect(keeper.find(EXAMPLE, TEAM, image(`${APP}:1`), at(simulator)).targets).toHaveLength(1);
    keeper.stop();
  });

  it('refreshes a repository that is added, and new roles of the policies, at once', async () => {
    const { simulator, keeper, repository, events } = world();
    await keeper.start();
    keeper.follow(ROLES);
    keeper.add(repository);
    await vi.advanceTimersByTimeAsync(0);
    expect(told(events)).toEqual([true]);
    keeper.follow(new Map(ROLES));
    await vi.advanceTimersByTimeAsync(0);
    expect(told(events)).toEqual([true]);
    keeper.follow(new Map([[EXAMPLE, new Set([...TEAM, role('qa')])]]));
    await vi.advanceTimersByTimeAsync(0);
    expect(told(events)).toEqual([true, true]);
    expect(keeper.status(at(simulator))[0]?.roles.map(({ name }) => name)).toEqual(['team', 'qa']);
    keeper.remove(EXAMPLE);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(events).toHaveLength(2);
    keeper.stop();
  });

  it('a listener that throws cannot stop it', async () => {
    let calls = 0;
    const { keeper, repository } = world({
      intervalMs: 1000,
      onRefresh: () => {
        calls++;
        throw new Error('the log is full');
      },
    });
    keeper.follow(ROLES);
    keeper.add(repository);
    await keeper.start();
    await vi.advanceTimersByTimeAsync(2000);
    expect(calls).toBe(3);
    keeper.stop();
  });
});
