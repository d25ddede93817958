/** A server that lies is caught by the service's own trust; what was good before stays in force. */
import { describe, expect, it } from 'vitest';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import type { TrustedRepository } from '../../src/trust/trusted-repository.js';
import { ed25519 } from '../crypto/keys.js';
import { signDoc, utf8, type Simulator } from '../tuf/simulator.js';
import { A, APP, ask, at, B, image, organisation, role, sign, TEAM, trust } from './world.js';

/** Everything is good: team signed app:1 with digest A, and the service has seen it. */
async function good(): Promise<{
  simulator: Simulator;
  repository: TrustedRepository;
  store: MemoryMetadataStore;
}> {
  const simulator = organisation();
  sign(simulator, '1', A);
  simulator.commit('team');
  const store = new MemoryMetadataStore();
  const repository = trust(simulator, TEAM, { store });
  await repository.refresh();
  expect(ask(repository, simulator, `${APP}:1`)).toBe('team a');
  return { simulator, repository, store };
}

/** The refresh fails with `code`, the failure is visible, the good answer and the generation stay. */
async function caught(repository: TrustedRepository, simulator: Simulator, code: string): Promise<void> {
  const { generation } = repository;
  const before = repository.status(at(simulator));
  await expect(repository.refresh()).rejects.toMatchObject({ code });
  expect(ask(repository, simulator, `${APP}:1`)).toBe('team a');
  expect(repository.generation).toBe(generation);
  const status = repository.status(at(simulator));
  expect(status).toMatchObject({
    state: 'fresh',
    versions: before.versions,
    lastSuccess: before.lastSuccess,
  });
  expect(status.lastError?.code).toBe(code);
}

const copy = (files: ReadonlyMap<string, Uint8Array>) => new Map(files);

describe('attack: a server that lies', () => {
  it('changed targets: bytes of a role that its keys did not sign', async () => {
    const { simulator, repository } = await good();
    sign(simulator, '1', B);
    simulator.signers.set('team', [ed25519('attacker')]);
    simulator.commit('team');
    await caught(repository, simulator, 'TUF_THRESHOLD');
  });

  it('changed targets: other bytes than the snapshot says', async () => {
    const { simulator, repository } = await good();
    sign(simulator, '2', B);
    simulator.commit('team');
    const name = `${simulator.targets.get('team')!.version}.team.json`;
    const bytes = utf8(
      new TextDecoder().decode(simulator.files.get(name)!).replaceAll('b'.repeat(64), 'c'.repeat(64)),
    );
    simulator.files.set(name, bytes);
    await caught(repository, simulator, 'TUF_HASH');
  });

  it('changed top-level targets: a delegation to the attacker', async () => {
    const { simulator, repository } = await good();
    simulator.delegate('targets', 'evil', ['*/*/*'], {});
    simulator.signers.set('targets', [ed25519('attacker')]);
    simulator.commit('targets');
    await caught(repository, simulator, 'TUF_THRESHOLD');
  });

  it('an old timestamp (rollback)', async () => {
    const { simulator, repository } = await good();
    const old = copy(simulator.files);
    sign(simulator, '2', B);
    simulator.commit('team');
    await repository.refresh();
    simulator.files.set('timestamp.json', old.get('timestamp.json')!);
    await caught(repository, simulator, 'TUF_ROLLBACK');
  });

  it('another snapshot than the timestamp names', async () => {
    const { simulator, repository } = await good();
    simulator.commit('team');
    const stranger = signDoc(simulator.snapshot, [ed25519('attacker')]);
    simulator.files.set(`${simulator.snapshot.version}.snapshot.json`, stranger);
    await expect(repository.refresh()).rejects.toMatchObject({
      code: expect.stringMatching(/^TUF_(LENGTH|HASH)$/) as unknown,
    });
    simulator.hashes = false;
    simulator.writeSnapshot();
    simulator.timestamp.version++;
    simulator.timestamp.meta['snapshot.json'] = { version: simulator.snapshot.version };
    simulator.writeTimestamp();
    simulator.files.set(`${simulator.snapshot.version}.snapshot.json`, stranger);
    await caught(repository, simulator, 'TUF_THRESHOLD');
  });

  it('mix-and-match: the snapshot of one moment with the targets of another', async () => {
    const { simulator, repository } = await good();
    const old = `${simulator.targets.get('team')!.version}.team.json`;
    sign(simulator, '1', B);
    simulator.commit('team');
    const current = `${simulator.targets.get('team')!.version}.team.json`;
    simulator.files.set(current, simulator.files.get(old)!);
    await caught(repository, simulator, 'TUF_LENGTH');
    simulator.hashes = false;
    simulator.commit();
    simulator.files.set(current, simulator.files.get(old)!);
    await caught(repository, simulator, 'TUF_VERSION');
  });

  it('rollback of one delegated role in a newer snapshot', async () => {
    const { simulator, repository } = await good();
    simulator.targets.get('team')!.version = 1;
    simulator.snapshot.version++;
    simulator.timestamp.version++;
    simulator.write('team');
    await caught(repository, simulator, 'TUF_ROLLBACK');
  });

  it('a role that disappears from the snapshot', async () => {
    const { simulator, repository } = await good();
    delete simulator.snapshot.meta['team.json'];
    simulator.snapshot.version++;
    simulator.timestamp.version++;
    simulator.writeSnapshot();
    await caught(repository, simulator, 'TUF_ROLLBACK');
  });

  it('endless data and nonsense', async () => {
    const { simulator, repository } = await good();
    simulator.files.set('timestamp.json', new Uint8Array(16_385));
    await caught(repository, simulator, 'TUF_LIMIT');
    simulator.files.set('timestamp.json', utf8('{'));
    await caught(repository, simulator, 'JSON_SYNTAX');
    simulator.files.delete('timestamp.json');
    await caught(repository, simulator, 'TUF_MISSING');
  });

  it('a root that the current root did not sign', async () => {
    const { simulator, repository } = await good();
    const stranger = { ...simulator.root, version: 2 };
    simulator.files.set('2.root.json', signDoc(stranger, [ed25519('attacker')]));
    await caught(repository, simulator, 'TUF_THRESHOLD');
  });

  it('after every refusal the next good metadata works', async () => {
    const { simulator, repository } = await good();
    simulator.files.set('timestamp.json', utf8('{'));
    await caught(repository, simulator, 'JSON_SYNTAX');
    sign(simulator, '1', B);
    simulator.commit('team');
    expect(await repository.refresh()).toBe(true);
    expect(ask(repository, simulator, `${APP}:1`)).toBe('team b');
    expect(repository.status(at(simulator)).lastError).toBeUndefined();
  });

  it('arbitrary software: it never vouches for what it could not verify even once', async () => {
    const simulator = organisation();
    sign(simulator, '1', B);
    simulator.signers.set('timestamp', [ed25519('attacker')]);
    simulator.commit('team');
    const repository = trust(simulator);
    await expect(repository.refresh()).rejects.toMatchObject({ code: 'TUF_THRESHOLD' });
    expect(ask(repository, simulator, `${APP}:1`)).toBe('TRUST_STALE');
    expect(() => repository.find(TEAM, ref(), at(simulator))).toThrow(
      expect.objectContaining({
        message: 'nothing of the repository example could be verified yet',
        details: { repository: 'example' },
        cause: expect.objectContaining({ code: 'TUF_THRESHOLD' }) as unknown,
      }) as Error,
    );
    expect(repository.status(at(simulator))).toMatchObject({ state: 'never', roles: [], expires: undefined });
    expect(repository.byDigest(B)).toEqual([]);
  });
});

describe('attack: indefinite freeze and clock skew', () => {
  it('the last good state denies from the second on that it expires', async () => {
    const { simulator, repository } = await good();
    simulator.timestamp.expires = '2030-01-03T00:00:00Z';
    simulator.commit();
    await repository.refresh();
    simulator.now = '2030-01-02T23:59:59Z';
    expect(ask(repository, simulator, `${APP}:1`)).toBe('team a');
    expect(repository.find(TEAM, ref(), at(simulator)).validUntil).toEqual(new Date('2030-01-03T00:00:00Z'));
    simulator.now = '2030-01-03T00:00:00Z';
    expect(ask(repository, simulator, `${APP}:1`)).toBe('TRUST_STALE');
    expect(repository.status(at(simulator)).state).toBe('stale');
    const question = ref();
    expect(() => repository.find(TEAM, question, at(simulator))).toThrow(
      'the timestamp of the repository example expired on 2030-01-03T00:00:00.000Z and could not be refreshed',
    );
    await expect(repository.refresh()).rejects.toMatchObject({ code: 'TUF_EXPIRED' });
    expect(ask(repository, simulator, `${APP}:1`)).toBe('TRUST_STALE');
  });

  it.each(['root', 'snapshot', 'targets'] as const)('an expired %s denies everything', async name => {
    const { simulator, repository } = await good();
    const soon = '2030-01-02T00:00:00Z';
    if (name === 'root') {
      simulator.root.expires = soon;
      simulator.commitRoot();
    } else if (name === 'snapshot') simulator.snapshot.expires = soon;
    else simulator.top().expires = soon;
    simulator.commit('targets');
    await repository.refresh();
    expect(ask(repository, simulator, `${APP}:1`)).toBe('team a');
    simulator.now = soon;
    expect(ask(repository, simulator, `${APP}:1`)).toBe('TRUST_STALE');
  });

  it('a clock set back after a successful refresh revives nothing', async () => {
    const { simulator, repository } = await good();
    simulator.targets.get('team')!.expires = '2030-01-05T00:00:00Z';
    simulator.commit('team');
    await repository.refresh();
    expect(ask(repository, simulator, `${APP}:1`)).toBe('team a');
    simulator.now = '2030-01-05T00:00:00Z';
    await repository.refresh();
    expect(ask(repository, simulator, `${APP}:1`)).toBe('team expired');
    simulator.now = '2030-01-04T00:00:00Z';
    expect(ask(repository, simulator, `${APP}:1`)).toBe('team expired');
    simulator.commit();
    await repository.refresh();
    expect(ask(repository, simulator, `${APP}:1`)).toBe('team expired');
  });

  it('a clock set back does not revive the repository as a whole either', async () => {
    const { simulator, repository } = await good();
    simulator.now = '2030-01-31T00:00:00Z';
    await repository.refresh();
    simulator.timestamp.expires = '2030-01-30T00:00:00Z';
    simulator.commit();
    simulator.now = '2030-01-29T00:00:00Z';
    await expect(repository.refresh()).rejects.toMatchObject({ code: 'TUF_EXPIRED' });
    expect(ask(repository, simulator, `${APP}:1`)).toBe('team a');
  });

  it('a clock far ahead for a moment denies only as long as it is', async () => {
    const { simulator, repository } = await good();
    simulator.now = '2099-01-01T00:00:00Z';
    await expect(repository.refresh()).rejects.toMatchObject({ code: 'TUF_EXPIRED' });
    expect(ask(repository, simulator, `${APP}:1`)).toBe('TRUST_STALE');
    simulator.now = '2030-01-01T00:00:01Z';
    expect(ask(repository, simulator, `${APP}:1`)).toBe('team a');
  });
});

describe('an expired delegated role', () => {
  const QA = [role('team'), role('qa')];
  async function two() {
    const simulator = organisation();
    simulator.targets.get('targets')!.delegations!.roles[0]!.terminating = false;
    simulator.delegate('targets', 'qa', ['registry.example/*/*']);
    simulator.targets.get('qa')!.expires = '2030-01-05T00:00:00Z';
    sign(simulator, '1', A);
    sign(simulator, '2', B, 'qa');
    sign(simulator, '3', B);
    sign(simulator, '3', B, 'qa');
    simulator.commit('targets', 'team', 'qa');
    return simulator;
  }

  it('denies its own images and no others', async () => {
    const simulator = await two();
    const repository = trust(simulator, QA);
    await repository.refresh();
    const all = () => ['1', '2', '3'].map(tag => ask(repository, simulator, `${APP}:${tag}`, QA));
    expect(all()).toEqual(['team a', 'qa b', 'team b, qa b']);
    expect(repository.find(QA, ref('1'), at(simulator)).validUntil).toEqual(new Date('2030-02-01T00:00:00Z'));
    expect(repository.find(QA, ref('2'), at(simulator)).validUntil).toEqual(new Date('2030-01-05T00:00:00Z'));
    simulator.now = '2030-01-05T00:00:00Z';
    expect(all()).toEqual(['team a', 'qa expired', 'team b, qa expired']);
    simulator.commit();
    await repository.refresh();
    expect(all()).toEqual(['team a', 'qa expired', 'team b, qa expired']);
    expect(repository.status(at(simulator)).roles.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'team fresh',
      'qa expired',
    ]);
  });

  it('that was never seen unexpired may have signed whatever it is delegated', async () => {
    const simulator = await two();
    simulator.now = '2030-01-05T00:00:00Z';
    const repository = trust(simulator, QA);
    await repository.refresh();
    expect(ask(repository, simulator, `${APP}:1`, QA)).toBe('team a, qa expired');
    expect(ask(repository, simulator, 'registry.other/x/y:1', QA)).toBe('none');
    const { expired } = repository.find(QA, ref(), at(simulator));
    expect(expired).toEqual([{ role: 'qa', since: new Date('2030-01-05T00:00:00Z') }]);
  });

  it('takes the roles below it along', async () => {
    const simulator = organisation();
    simulator.delegate('team', 'team/sub', ['registry.example/team/*']);
    simulator.targets.get('team')!.expires = '2030-01-05T00:00:00Z';
    sign(simulator, '1', A, 'team/sub');
    simulator.commit('team', 'team/sub');
    const SUB = [role('team/sub')];
    const repository = trust(simulator, SUB);
    await repository.refresh();
    expect(ask(repository, simulator, `${APP}:1`, SUB)).toBe('team/sub a');
    simulator.now = '2030-01-05T00:00:00Z';
    expect(ask(repository, simulator, `${APP}:1`, SUB)).toBe('team/sub expired');
    const late = trust(simulator, SUB);
    await late.refresh();
    expect(ask(late, simulator, `${APP}:1`, SUB)).toBe('team/sub expired');
  });
});

function ref(tag = '1') {
  return image(`${APP}:${tag}`);
}
