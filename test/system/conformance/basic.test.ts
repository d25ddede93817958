/** `test_basic.py` of the public suite. */
import { describe, expect } from 'vitest';
import { signDoc, utf8 } from '../../tuf/simulator.js';
import { describeWith } from '../../support/system.js';
import { it } from './client.js';
import { DAY, inDays, newKey } from './repository.js';

const TOP = ['root', 'timestamp', 'snapshot', 'targets'];
const FIRST = ['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json'];

describe.concurrent('test_basic', () => {
  it('test_basic_refresh_requests', async ({ repo, client }) => {
    expect(await client.init(repo.latest('root'))).toBe(0);
    expect(repo.asked).toEqual([]);
    expect(await client.refresh()).toBe(0);
    expect(repo.asked).toEqual(FIRST);
  });

  it('test_basic_refresh_trusted_data', async ({ repo, client }) => {
    expect(await client.init(repo.latest('root'))).toBe(0);
    expect(await client.refresh()).toBe(0);
    for (const role of TOP) expect(client.bytes(role)).toEqual(repo.latest(role));
  });

  it('test_implicit_refresh', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    expect(await client.download('nonexistent artifact')).toBe(1);
    expect(repo.asked).toEqual(FIRST);
    for (const role of TOP) expect(client.bytes(role)).toEqual(repo.latest(role));
  });

  it('test_invalid_initial_root', async ({ repo, client }) => {
    const root = structuredClone(repo.root) as Partial<typeof repo.root>;
    delete root.version;
    await client.init(signDoc(root, repo.signers.get('root')!));
    expect(await client.refresh()).toBe(1);
    expect(repo.asked).toEqual([]);
  });

  it('test_unsigned_initial_root', async ({ repo, client }) => {
    await client.init(signDoc(repo.root, [newKey()], repo.root.roles['root']!.keyids));
    expect(await client.refresh()).toBe(1);
    expect(repo.asked).toEqual([]);
  });

  const unsigned: [string, [string, number][]][] = [
    ['root', [['root', 1]]],
    ['timestamp', [['root', 2]]],
    ['snapshot', [['root', 2], ['timestamp', 2]]], // prettier-ignore
    ['targets', [['root', 2], ['snapshot', 2], ['timestamp', 2]]], // prettier-ignore
  ];
  it.for(unsigned)('test_unsigned_metadata[%s]', async ([role, trusted], { repo, client }) => {
    const root = repo.latest('root');
    repo.signers.set(role, []);
    repo.publish('root', 'targets', 'snapshot', 'timestamp');
    await client.init(root);
    expect(await client.refresh()).toBe(1);
    expect(client.trusted()).toEqual(trusted);
  });

  const mismatched: [string, [string, number][]][] = [
    ['root', [['root', 1]]],
    ['snapshot', [['root', 2], ['timestamp', 2]]], // prettier-ignore
    ['targets', [['root', 2], ['snapshot', 2], ['timestamp', 2]]], // prettier-ignore
  ];
  it.for(mismatched)(
    'test_url_and_metadata_version_mismatch[%s]',
    async ([role, trusted], { repo, client }) => {
      const root = repo.latest('root');
      repo.doc(role).version++;
      repo.publish('root', 'targets', 'snapshot', 'timestamp');
      // Version 3 lies where the URL of version 2 leads.
      const list = { snapshot: repo.timestamp, targets: repo.snapshot }[role];
      if (list !== undefined) list.meta[`${role}.json`]!.version = 2;
      repo.replace('snapshot', signDoc(repo.snapshot, repo.signers.get('snapshot')!));
      repo.replace('timestamp', signDoc(repo.timestamp, repo.signers.get('timestamp')!));
      await client.init(root);
      expect(await client.refresh()).toBe(1);
      expect(client.trusted()).toEqual(trusted);
    },
  );

  it('test_timestamp_content_changes', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    expect(await client.refresh()).toBe(0);
    const before = repo.latest('timestamp');
    repo.timestamp.meta['snapshot.json']!.version = 100;
    repo.forget('timestamp');
    repo.publish('timestamp');
    expect(repo.latest('timestamp')).not.toEqual(before);
    expect(await client.refresh()).toBe(0);
    expect(repo.asked.at(-1)).toBe('timestamp.json');
    expect(client.bytes('timestamp')).toEqual(before);
  });

  it('test_basic_metadata_hash_support', async ({ repo, client }) => {
    repo.hashes = true;
    repo.publish('targets', 'snapshot', 'timestamp');
    await client.init(repo.latest('root'));
    expect(await client.refresh()).toBe(0);
    repo.publish('targets');
    repo.snapshot.meta['targets.json']!.hashes!['sha256'] = '46'.repeat(32);
    repo.publish('snapshot', 'timestamp');
    expect(await client.refresh()).toBe(1);
    expect([client.version('snapshot'), client.version('targets')]).toEqual([3, 2]);
  });

  it('test_new_targets_version_mismatch', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    expect(await client.refresh()).toBe(0);
    repo.publish('targets'); // the snapshot does not list it
    expect(await client.refresh()).toBe(0);
    expect(client.version('targets')).toBe(1);
    expect(repo.asked.at(-1)).toBe('timestamp.json');
  });

  it('test_metadata_bytes_match', async ({ repo, client }) => {
    const bytes = new Uint8Array([...repo.latest('timestamp'), 0x20]);
    repo.replace('timestamp', bytes);
    await client.init(repo.latest('root'));
    expect(await client.refresh()).toBe(0);
    expect(client.bytes('timestamp')).toEqual(bytes);
  });

  it('test_custom_fields', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    expect(await client.refresh()).toBe(0);
    const { key } = repo.addKey('root');
    repo.root.keys[key.id] = { ...key.toJson(), 'extra-field': { a: 1, b: 2 } };
    repo.root['custom-field'] = 'value';
    Object.assign(repo.root.roles['root']!, { 'another-field': 'value' });
    repo.publish('root');
    expect(await client.refresh()).toBe(0);
    expect(client.bytes('root')).toEqual(repo.latest('root'));
    expect(client.version('root')).toBe(2);
  });

  it('test_deprecated_keyid_hash_algorithms', async ({ repo, client }) => {
    const root = repo.latest('root');
    const pair = newKey();
    repo.setKeys('snapshot', [pair]);
    repo.root.keys[pair.key.id] = { ...pair.key.toJson(), keyid_hash_algorithms: 'md5' };
    repo.publish('root', 'snapshot', 'timestamp');
    await client.init(root);
    expect(await client.refresh()).toBe(0);
    expect([client.version('root'), client.version('snapshot')]).toEqual([2, 2]);
  });

  it('test_snapshot_404', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    expect(await client.refresh()).toBe(0);
    repo.timestamp.meta['snapshot.json']!.version++;
    repo.publish('timestamp');
    expect(await client.refresh()).toBe(1);
    expect(repo.asked.at(-1)).toBe('2.snapshot.json');
    expect(client.trusted()).toEqual([['root', 1], ['snapshot', 1], ['targets', 1], ['timestamp', 2]]); // prettier-ignore
  });

  it('test_targets_404', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    expect(await client.refresh()).toBe(0);
    repo.snapshot.meta['targets.json']!.version++;
    repo.publish('snapshot', 'timestamp');
    expect(await client.refresh()).toBe(1);
    expect(repo.asked.at(-1)).toBe('2.targets.json');
    expect(client.trusted()).toEqual([['root', 1], ['snapshot', 2], ['targets', 1], ['timestamp', 2]]); // prettier-ignore
  });

  it('test_timestamp_404', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    expect(await client.refresh()).toBe(0);
    repo.forget('timestamp');
    expect(await client.refresh()).toBe(1);
    expect(repo.asked.at(-1)).toBe('timestamp.json');
  });

  it('test_incorrect_metadata_type', async ({ repo, client }) => {
    const root = repo.latest('root');
    // A snapshot that is a good timestamp but for its type, signed by the timestamp's key too.
    repo.addKey('snapshot', repo.signers.get('timestamp')![0]);
    repo.snapshot.meta = { 'snapshot.json': { version: 1 } };
    repo.publish('root', 'snapshot');
    repo.replace('timestamp', repo.latest('snapshot'));
    await client.init(root);
    expect(await client.refresh()).toBe(1);
    expect(client.trusted()).toEqual([['root', 2]]);
  });
});

describe.concurrent('the command line', () => {
  it('exits with 1 for what it does not understand', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    const dir = ['--metadata-dir', client.metadataDir];
    for (const args of [
      [],
      ['refresh'],
      ['constructor'],
      [...dir, 'init'],
      [...dir, 'init', '/nonexistent'],
      [...dir, 'refresh'],
      ['--unknown', 'x', 'refresh'],
      [...dir, '--metadata-url'],
      [...dir, ...dir, '--metadata-url', 'http://127.0.0.1:1', 'refresh'],
      [...dir, '--metadata-url', 'http://127.0.0.1:1', 'refresh'],
      [...dir, '--metadata-url', 'no url', 'refresh'],
      [...dir, '--metadata-url', 'x', '--target-dir', 'x', '--target-base-url', 'x', 'download'],
    ]) {
      expect(await client.run(...args)).toBe(1);
      expect(client.stderr).toMatch(/^error: /);
    }
    expect(repo.asked).toEqual([]);
  });

  it('init stores the root as given, in the place of another, and asks nobody', async ({ repo, client }) => {
    repo.publish('root');
    expect(await client.init(repo.latest('root'))).toBe(0);
    for (const root of [repo.history('root')[0]!, utf8('not even JSON')]) {
      expect(await client.init(root)).toBe(0);
      expect(client.bytes('root')).toEqual(root);
    }
    expect(await client.refresh()).toBe(1);
    expect(repo.asked).toEqual([]);
  });
});

describe('test_faketime without libfaketime', () => {
  it('test_faketime', async ({ repo, client }) => {
    const root = repo.latest('root');
    repo.root.expires = inDays(7);
    repo.publish('root');
    await client.init(root);
    expect(await client.refresh()).toBe(0);
    client.ahead = 8 * DAY;
    expect(await client.refresh()).toBe(1);
    expect(client.stderr).toContain('TUF_EXPIRED');
  });
});

describeWith(['faketime'], 'test_faketime with libfaketime', () => {
  it('test_faketime', async ({ repo, client }) => {
    const root = repo.latest('root');
    repo.root.expires = inDays(7);
    repo.publish('root');
    await client.init(root);
    client.prefix = ['faketime', '-f', '+0'];
    expect(await client.refresh()).toBe(0);
    client.prefix = ['faketime', '-f', '+8d'];
    expect(await client.refresh()).toBe(1);
    expect(client.stderr).toContain('TUF_EXPIRED');
  });
});
