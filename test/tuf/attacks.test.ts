/** The attacks of TUF specification §1.5.2, at every role where they apply. */
import { describe, expect, it } from 'vitest';
import { fetchTarget } from '../../src/tuf/client/fetch-target.js';
import { findTarget } from '../../src/tuf/client/find-target.js';
import type { Fetcher } from '../../src/tuf/ports.js';
import { refresh } from '../../src/tuf/client/refresh.js';
import { ROOT, SNAPSHOT, TARGETS, TIMESTAMP, parseRoleName } from '../../src/tuf/role-name.js';
import { verifyTargetBytes } from '../../src/tuf/file-bytes.js';
import { ed25519 } from '../crypto/keys.js';
import { expectRefused, refusal } from './refusal.js';
import { signDoc, Simulator, utf8, type Client } from './simulator.js';

const TEAM = parseRoleName('team');

async function withTeam(): Promise<{ sim: Simulator; client: Client }> {
  const sim = new Simulator();
  sim.delegate('targets', 'team', ['team/*']);
  sim.addTarget('team/app', 'app', 'team');
  sim.commit('targets');
  return { sim, client: await sim.client() };
}

const findApp = async (client: Client): Promise<unknown> => findTarget(await client.refresh(), 'team/app');

describe('attack: arbitrary software', () => {
  const stranger = [ed25519('stranger')];

  it('root signed by strangers', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    sim.files.set('2.root.json', signDoc({ ...sim.root, version: 2 }, stranger));
    await expectRefused(
      client.refresh(),
      'TUF_THRESHOLD',
      'root version 2 is signed by 0 of the 1 keys that it needs',
    );
  });

  it.each(['timestamp', 'snapshot', 'targets'])('%s signed by strangers', async role => {
    const sim = new Simulator();
    const client = await sim.client();
    sim.signers.set(role, stranger);
    sim.commit('targets');
    await expectRefused(
      client.refresh(),
      'TUF_THRESHOLD',
      `${role} version 2 is signed by 0 of the 1 keys that it needs`,
    );
    const fresh = { timestamp: TIMESTAMP, snapshot: SNAPSHOT, targets: TARGETS }[role]!;
    expect(await client.store.load(fresh)).toBeNull();
  });

  it('a delegated role signed by strangers, or by the top-level keys', async () => {
    for (const pair of [...stranger, ed25519('targets')]) {
      const { sim, client } = await withTeam();
      sim.signers.set('team', [pair]);
      sim.commit('team');
      await expectRefused(findApp(client), 'TUF_THRESHOLD', /^team version 2 is signed by 0 of the 1/);
      expect(await client.store.load(TEAM)).toBeNull();
    }
  });

  it('says of each signature why it did not count', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    sim.signers.set('timestamp', stranger);
    sim.writeTimestamp();
    await expect(client.refresh()).rejects.toMatchObject({
      details: {
        role: 'timestamp',
        needed: 1,
        counted: 0,
        refused: [{ keyid: ed25519('stranger').key.id, why: 'not a key of timestamp' }],
      },
    });
  });

  it('a target file with other content', async () => {
    const { sim, client } = await withTeam();
    const view = await client.refresh();
    const { target } = (await findTarget(view, 'team/app'))!;
    const path = [...sim.targetFiles.keys()][0]!;
    sim.targetFiles.set(path, utf8('bad'));
    await expectRefused(
      fetchTarget(sim.fetcher, view, 'team/app', target, 100),
      'TUF_HASH',
      /^team\/app has the sha256 [0-9a-f]{64}, its metadata says a172/,
    );
  });
});

describe('attack: endless data', () => {
  const endless: Record<string, string> = {
    '2.root.json': '2.root.json has 512001 bytes, more than 512000',
    'timestamp.json': 'timestamp.json has 16385 bytes, more than 16384',
    '1.snapshot.json': '1.snapshot.json has 2000001 bytes, more than 2000000',
    '1.targets.json': '1.targets.json has 5000001 bytes, more than 5000000',
  };

  it.each(Object.entries(endless))('%s', async (name, message) => {
    const sim = new Simulator();
    sim.hashes = false;
    sim.write('targets');
    const client = await sim.client();
    sim.files.set(name, new Uint8Array(Number(/has (\d+)/.exec(message)![1])));
    await expectRefused(client.refresh(), 'TUF_LIMIT', message);
  });

  it('a longer file than the metadata says', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    const good = sim.files.get('1.targets.json')!;
    sim.files.set('1.targets.json', new Uint8Array([...good, 0x20]));
    await expectRefused(client.refresh(), 'TUF_LIMIT', /^1.targets.json has \d+ bytes, more than \d+$/);
  });

  it('a stated length beyond the bound is not asked for', async () => {
    const sim = new Simulator();
    sim.timestamp.meta['snapshot.json'] = { version: 1, length: 2 ** 40 };
    sim.writeTimestamp();
    await expectRefused((await sim.client()).refresh(), 'TUF_LENGTH');
    expect(sim.maxBytes.get('1.snapshot.json')).toBe(2_000_000);
  });

  it('a target that is longer than the caller can take is not asked for', async () => {
    const { sim, client } = await withTeam();
    const view = await client.refresh();
    const { target } = (await findTarget(view, 'team/app'))!;
    sim.requests.length = 0;
    await expectRefused(
      fetchTarget(sim.fetcher, view, 'team/app', target, 2),
      'TUF_LIMIT',
      'the target team/app has 3 bytes, more than 2',
    );
    expect(sim.requests).toEqual([]);
    expect(await fetchTarget(sim.fetcher, view, 'team/app', target, 3)).toEqual(utf8('app'));
  });
});

describe('attack: extraneous dependencies', () => {
  it('a role cannot add targets outside of its paths', async () => {
    const { sim, client } = await withTeam();
    sim.addTarget('other/lib', 'lib', 'team');
    sim.addTarget('team/deep/lib', 'lib', 'team');
    sim.commit('team');
    const view = await client.refresh();
    expect(await findTarget(view, 'other/lib')).toBeUndefined();
    expect(await findTarget(view, 'team/deep/lib')).toBeUndefined();
    expect((await findTarget(view, 'team/app'))?.role).toBe('team');
  });
});

describe('attack: indefinite freeze', () => {
  it.each(['root', 'timestamp', 'snapshot', 'targets'])('%s expired', async role => {
    for (const [expires, ok] of [
      ['2030-01-01T00:00:01Z', true],
      ['2030-01-01T00:00:00Z', false], // the exact second
      ['2029-12-31T23:59:59Z', false],
    ] as const) {
      const sim = new Simulator();
      const doc = { root: sim.root, timestamp: sim.timestamp, snapshot: sim.snapshot, targets: sim.top() }[
        role
      ]!;
      doc.expires = expires;
      sim.commitRoot();
      sim.commit('targets');
      const client = await sim.client();
      if (ok) await client.refresh();
      else
        await expectRefused(
          client.refresh(),
          'TUF_EXPIRED',
          new RegExp(`^${role} version 2 expired at ${expires.slice(0, -1)}`),
        );
    }
  });

  it('a delegated role expired: its own images are refused, others are not', async () => {
    const { sim, client } = await withTeam();
    sim.delegate('targets', 'good', ['good/*']);
    sim.addTarget('good/app', 'app', 'good');
    sim.targets.get('team')!.expires = '2030-01-01T00:00:00Z';
    sim.commit('targets', 'team');
    const view = await client.refresh();
    await expectRefused(findTarget(view, 'team/app'), 'TUF_EXPIRED', /^team version 2 expired/);
    expect(await client.store.load(TEAM)).toBeNull();
    expect((await findTarget(view, 'good/app'))?.role).toBe('good');
  });

  it('what is stored is judged anew by the clock', async () => {
    const { sim, client } = await withTeam();
    await findApp(client);
    sim.targets.get('team')!.expires = '2030-01-05T00:00:00Z';
    sim.commit('team');
    await findApp(client);
    sim.now = '2030-01-05T00:00:00Z';
    await expectRefused(findApp(client), 'TUF_EXPIRED', /^team version 2/);
    sim.now = '2030-02-01T00:00:00Z';
    await expectRefused(client.refresh(), 'TUF_EXPIRED', /^root version 1/);
  });

  it.each(['timestamp', 'snapshot', 'targets'])(
    'a stored %s expires too, though the server still serves it',
    async role => {
      const sim = new Simulator();
      const doc = { timestamp: sim.timestamp, snapshot: sim.snapshot, targets: sim.top() }[role]!;
      doc.expires = '2030-01-03T00:00:00Z';
      sim.commit('targets');
      const client = await sim.client();
      await client.refresh();
      sim.now = '2030-01-03T00:00:00Z';
      await expectRefused(client.refresh(), 'TUF_EXPIRED', new RegExp(`^${role} version 2`));
    },
  );

  it('clock set back after a successful refresh: nothing is forgotten', async () => {
    const { sim, client } = await withTeam();
    sim.commit('team');
    await client.refresh();
    sim.now = '2029-01-01T00:00:00Z';
    sim.timestamp.version = 1;
    sim.writeTimestamp();
    await expectRefused(client.refresh(), 'TUF_ROLLBACK');
  });
});

describe('attack: malicious mirror', () => {
  it.each([
    ['timestamp.json', 'the repository has no timestamp.json'],
    ['1.snapshot.json', 'the repository has no 1.snapshot.json'],
    ['1.targets.json', 'the repository has no 1.targets.json'],
  ])('withholds %s', async (name, message) => {
    const sim = new Simulator();
    sim.files.delete(name);
    await expectRefused((await sim.client()).refresh(), 'TUF_MISSING', message);
  });

  it('withholds a target, or a delegated role', async () => {
    const { sim, client } = await withTeam();
    const view = await client.refresh();
    const { target } = (await findTarget(view, 'team/app'))!;
    const [path] = [...sim.targetFiles.keys()];
    sim.targetFiles.clear();
    await expectRefused(
      fetchTarget(sim.fetcher, view, 'team/app', target, 100),
      'TUF_MISSING',
      `the repository has no target file ${path}`,
    );
    const other = await sim.client();
    sim.files.delete('1.team.json');
    await expectRefused(findApp(other), 'TUF_MISSING', 'the repository has no 1.team.json');
  });

  it('changes bytes on the way', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    const good = sim.files.get('1.targets.json')!;
    sim.files.set(
      '1.targets.json',
      good.map((byte, i) => (i === good.length - 1 ? 0x20 : byte)),
    );
    await expectRefused(client.refresh(), 'TUF_HASH', /^1.targets.json has the sha256 /);
    sim.files.set('1.targets.json', good.subarray(1));
    await expectRefused(
      client.refresh(),
      'TUF_LENGTH',
      /^1.targets.json has \d+ bytes, its metadata says \d+$/,
    );
    expect(await client.store.load(TARGETS)).toBeNull();
  });
});

describe('attack: mix-and-match', () => {
  it.each([true, false])('an old targets under the name of the new one (with hashes: %s)', async hashes => {
    const sim = new Simulator();
    sim.hashes = hashes;
    sim.commit('targets');
    const client = await sim.client();
    sim.files.set('2.targets.json', sim.files.get('1.targets.json')!);
    await expectRefused(
      client.refresh(),
      hashes ? 'TUF_HASH' : 'TUF_VERSION',
      hashes ? undefined : 'targets has version 1, the metadata that lists it says 2',
    );
    expect(await client.store.load(TARGETS)).toBeNull();
  });

  it('an old snapshot under a new timestamp', async () => {
    const sim = new Simulator();
    sim.hashes = false;
    sim.commit('targets');
    sim.files.set('2.snapshot.json', sim.files.get('1.snapshot.json')!);
    const client = await sim.client();
    await expectRefused(
      client.refresh(),
      'TUF_VERSION',
      'snapshot has version 1, the metadata that lists it says 2',
    );
    expect(await client.store.load(SNAPSHOT)).toBeNull();
  });

  it('a role in the place of another', async () => {
    const { sim, client } = await withTeam();
    sim.hashes = false;
    sim.commit('targets', 'team');
    sim.files.set('2.team.json', sim.files.get('3.targets.json')!);
    await expectRefused(findApp(client), 'TUF_THRESHOLD', /^team version 3 is signed by 0/);
    sim.files.set('timestamp.json', sim.files.get('3.snapshot.json')!);
    await expectRefused(
      client.refresh(),
      'TUF_FORMAT',
      'the document is of type "snapshot", not "timestamp"',
    );
  });

  it('a role that the snapshot does not list', async () => {
    const { sim, client } = await withTeam();
    delete sim.snapshot.meta['team.json'];
    sim.snapshot.version++;
    sim.timestamp.version++;
    sim.writeSnapshot();
    await expectRefused(findApp(client), 'TUF_MISSING', 'the snapshot does not list the role team');
  });
});

describe('attack: slow retrieval', () => {
  it('a fetcher that gives up is heard, and nothing is changed', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    const slow: Fetcher = { ...sim.fetcher, metadata: () => Promise.reject(new Error('timed out')) };
    const clock = { now: () => new Date(sim.now) };
    await expect(refresh({ fetcher: slow, store: client.store, clock })).rejects.toThrow('timed out');
    expect(await client.store.load(ROOT)).toEqual(sim.files.get('1.root.json'));
  });
});

describe('attack: wrong software installation', () => {
  it('a target under the name of another', async () => {
    const { sim, client } = await withTeam();
    sim.addTarget('team/oth', 'oth', 'team');
    sim.commit('team');
    const view = await client.refresh();
    const { target } = (await findTarget(view, 'team/app'))!;
    expect(() => {
      verifyTargetBytes('team/app', target, utf8('oth'));
    }).toThrowError(refusal('TUF_HASH'));
    expect(() => {
      verifyTargetBytes('team/app', target, utf8('app'));
    }).not.toThrow();
  });
});
