/** `test_rollback.py` of the public suite. */
import { describe, expect } from 'vitest';
import { it } from './client.js';

const HASHES = [
  ['basic', false],
  ['with hashes', true],
] as const;

describe.concurrent('test_rollback', () => {
  it('test_simple_snapshot_rollback', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    repo.publish('snapshot', 'timestamp');
    expect(await client.refresh()).toBe(0);
    repo.forget('snapshot');
    repo.snapshot.version = 1;
    repo.publish('snapshot');
    expect(await client.refresh()).toBe(0); // the timestamp still names version 2
    expect(client.version('snapshot')).toBe(2);
    expect(repo.asked.at(-1)).toBe('timestamp.json');
  });

  it('test_new_timestamp_version_rollback', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    repo.publish('timestamp');
    expect(await client.refresh()).toBe(0);
    expect(client.version('timestamp')).toBe(2);
    repo.forget('timestamp');
    repo.timestamp.version = 1;
    repo.publish('timestamp');
    expect(await client.refresh()).toBe(1);
    expect(client.version('timestamp')).toBe(2);
    expect(repo.asked.at(-1)).toBe('timestamp.json');
  });

  it.for(HASHES)('test_snapshot_rollback[%s]', async ([, hashes], { repo, client }) => {
    await client.init(repo.latest('root'));
    repo.hashes = hashes;
    repo.publish('snapshot', 'timestamp');
    expect(await client.refresh()).toBe(0);
    repo.forget('snapshot');
    repo.snapshot.version = 1;
    repo.publish('snapshot', 'timestamp');
    expect(await client.refresh()).toBe(1);
    expect([client.version('timestamp'), client.version('snapshot')]).toEqual([2, 2]);
    expect(repo.asked.at(-1)).toBe('timestamp.json');
  });

  it('test_new_targets_fast_forward_recovery', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    for (let i = 0; i < 99; i++) repo.publish('targets');
    repo.publish('snapshot', 'timestamp');
    expect(await client.refresh()).toBe(0);
    expect(client.version('targets')).toBe(100);
    repo.rotateKeys('snapshot');
    repo.forget('targets');
    repo.top().version = 1;
    repo.publish('root', 'targets', 'snapshot', 'timestamp');
    expect(await client.refresh()).toBe(0);
    expect(client.version('targets')).toBe(1);
  });

  it('test_new_snapshot_fast_forward_recovery', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    for (let i = 0; i < 99; i++) repo.publish('snapshot');
    repo.publish('timestamp');
    expect(await client.refresh()).toBe(0);
    expect(client.version('snapshot')).toBe(100);
    repo.rotateKeys('snapshot');
    repo.rotateKeys('timestamp');
    repo.forget('snapshot');
    repo.snapshot.version = 1;
    repo.publish('root', 'targets', 'snapshot', 'timestamp');
    expect(await client.refresh()).toBe(0);
    expect(client.version('snapshot')).toBe(1);
  });

  it('test_new_timestamp_fast_forward_recovery', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    for (let i = 0; i < 99; i++) repo.publish('timestamp');
    expect(await client.refresh()).toBe(0);
    expect(client.version('timestamp')).toBe(100);
    repo.rotateKeys('timestamp');
    repo.forget('timestamp');
    repo.timestamp.version = 1;
    repo.publish('root', 'timestamp');
    expect(await client.refresh()).toBe(0);
    expect(client.version('timestamp')).toBe(1);
  });

  it('test_new_snapshot_version_mismatch', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    repo.publish('snapshot');
    repo.timestamp.meta['snapshot.json'] = { version: 3 };
    repo.publish('timestamp');
    expect(await client.refresh()).toBe(1);
    expect(client.trusted()).toEqual([['root', 1], ['timestamp', 2]]); // prettier-ignore
    expect(repo.asked.at(-1)).toBe('3.snapshot.json');
  });

  it.for(HASHES)('test_targets_rollback[%s]', async ([, hashes], { repo, client }) => {
    await client.init(repo.latest('root'));
    repo.hashes = hashes;
    repo.publish('targets', 'snapshot', 'timestamp');
    expect(await client.refresh()).toBe(0);
    repo.forget('targets');
    repo.top().version = 1;
    repo.publish('targets', 'snapshot', 'timestamp');
    expect(await client.refresh()).toBe(1);
    expect([client.version('snapshot'), client.version('targets')]).toEqual([2, 2]);
  });
});
