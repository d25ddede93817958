/** `test_expiration.py` and `test_delegated_expiration.py` of the public suite. */
import { describe, expect } from 'vitest';
import { it, type Client } from './client.js';
import { DAY, inDays, type Repository } from './repository.js';

describe.concurrent('test_expiration', () => {
  it('test_root_expired', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    expect(await client.refresh()).toBe(0);
    repo.publish('root');
    expect(await client.refresh()).toBe(0);
    repo.root.expires = inDays(-1);
    repo.publish('root', 'targets', 'snapshot', 'timestamp');
    expect(await client.refresh()).toBe(1);
    // The root is stored before its expiry is judged (5.3.10).
    expect(client.trusted()).toEqual([['root', 3], ['snapshot', 1], ['targets', 1], ['timestamp', 1]]); // prettier-ignore
  });

  it('test_root_expired_in_between', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    repo.root.expires = inDays(-1);
    repo.publish('root', 'root');
    repo.root.expires = inDays(1);
    repo.publish('root');
    expect(await client.refresh()).toBe(0);
    expect(client.version('root')).toBe(4);
  });

  const expired: [string, [string, number][]][] = [
    ['timestamp', [['root', 1], ['snapshot', 1], ['targets', 1], ['timestamp', 1]]], // prettier-ignore
    ['snapshot', [['root', 1], ['snapshot', 1], ['targets', 1], ['timestamp', 2]]], // prettier-ignore
    ['targets', [['root', 1], ['snapshot', 2], ['targets', 1], ['timestamp', 2]]], // prettier-ignore
  ];
  it.for(expired)('test_%s_expired', async ([role, trusted], { repo, client }) => {
    await client.init(repo.latest('root'));
    expect(await client.refresh()).toBe(0);
    repo.doc(role).expires = inDays(-5);
    repo.publish('targets', 'snapshot', 'timestamp');
    expect(await client.refresh()).toBe(1);
    expect(client.trusted()).toEqual(trusted);
  });

  it('test_expired_metadata', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    repo.timestamp.expires = inDays(7);
    repo.publish('timestamp');
    expect(await client.refresh()).toBe(0);
    repo.timestamp.expires = inDays(21);
    repo.publish('targets', 'snapshot', 'timestamp');
    client.ahead = 18 * DAY; // what is stored has expired, and still guards against rollback
    expect(await client.refresh()).toBe(0);
    expect(client.trusted()).toEqual([['root', 1], ['snapshot', 2], ['targets', 2], ['timestamp', 3]]); // prettier-ignore
  });

  it.for(['timestamp', 'snapshot', 'targets'])('test_expired_local_%s', async (role, { repo, client }) => {
    await client.init(repo.latest('root'));
    repo.doc(role).expires = inDays(7);
    repo.publish('targets', 'snapshot', 'timestamp');
    expect(await client.refresh()).toBe(0);
    client.ahead = 18 * DAY;
    expect(await client.refresh()).toBe(1);
    repo.doc(role).expires = inDays(21);
    repo.publish('targets', 'snapshot', 'timestamp');
    expect(await client.refresh()).toBe(0);
    expect(client.version(role)).toBe(3);
  });
});

function delegate(repo: Repository, days: number): void {
  repo.addDelegation('targets', 'delegated', ['delegatedpath/*']).expires = inDays(days);
  for (const name of ['first', 'second']) repo.addTarget(`delegatedpath/${name}`, name, 'delegated');
  repo.publish('delegated', 'targets', 'snapshot', 'timestamp');
}

async function atDayNought(repo: Repository, client: Client): Promise<void> {
  await client.init(repo.latest('root'));
  delegate(repo, 7);
  expect(await client.download('delegatedpath/first')).toBe(0);
  expect(client.downloads()).toEqual(['first']);
}

describe.concurrent('test_delegated_expiration', () => {
  it('test_delegated_targets_expired', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    delegate(repo, -1);
    expect(await client.refresh()).toBe(0);
    expect(await client.download('delegatedpath/first')).toBe(1);
    expect(client.downloads()).toEqual([]);
    expect(client.trusted()).toEqual([['root', 1], ['snapshot', 2], ['targets', 2], ['timestamp', 2]]); // prettier-ignore
  });

  it('test_expired_local_delegated_targets', async ({ repo, client }) => {
    await atDayNought(repo, client);
    client.ahead = 18 * DAY;
    expect(await client.download('delegatedpath/second')).toBe(1);
    expect(client.downloads()).toEqual(['first']);
  });

  it('test_expired_local_delegated_targets_updates', async ({ repo, client }) => {
    await atDayNought(repo, client);
    repo.doc('delegated').expires = inDays(21);
    repo.publish('delegated', 'snapshot', 'timestamp');
    client.ahead = 18 * DAY;
    expect(await client.download('delegatedpath/second')).toBe(0);
    expect(client.downloads()).toEqual(['first', 'second']);
  });
});
