import { describe, expect, it } from 'vitest';
import { parseGun } from '../../../src/tuf/notary/names.js';
import { importKey, importRepository } from '../../../src/repository/notary/import.js';
import { keysOf } from '../../../src/repository/notary/names.js';
import { foreign, Foreign, place, UNTIL, type Place } from './foreign.js';
import { GUN, listed, NOW, pair, roleOf, signed, upload, type Pair } from './publisher.js';
import { role } from './published.js';

const take = (from: Foreign, to: Place) => importRepository(from.repository, to);
const refused = (message: RegExp): object =>
  expect.objectContaining({ code: 'NOTARY_IMPORT', message: expect.stringMatching(message) });

async function withKeys(from: Foreign, to: Place): Promise<void> {
  await importKey(to, GUN, 'timestamp', from.timestamp.privateKey);
  await importKey(to, GUN, 'snapshot', from.snapshot.privateKey);
}

async function served(to: Place, name: string): Promise<string> {
  return Buffer.from((await to.repositories.current(GUN, role(name)))?.bytes ?? []).toString();
}

const versionIn = (text: string): number =>
  (JSON.parse(text) as { signed: { version: number } }).signed.version;

/** One byte of the last signature is another. */
function tampered(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString();
  return Buffer.from(text.replace(/"sig":"(.)/, (_, first) => `"sig":"${first === 'A' ? 'B' : 'A'}`));
}

describe('a repository with its keys', () => {
  it('keeps every version, byte for byte, by number and by hash', async () => {
    const [from, to] = [foreign(), place()];
    await withKeys(from, to);
    expect(await take(from, to)).toEqual({
      outcome: 'imported',
      documents: 7,
      leftOut: [],
      frozen: undefined,
    });
    for (const { role: name, version, sha256, read } of from.repository.documents) {
      const bytes = Buffer.from((await read()) ?? []);
      const byVersion = await to.repositories.byVersion(GUN, name, version);
      const byHash = await to.repositories.byHash(GUN, name, sha256 ?? '');
      expect(Buffer.from(byVersion?.bytes ?? [])).toEqual(bytes);
      expect(Buffer.from(byHash?.bytes ?? [])).toEqual(bytes);
    }
    expect(await served(to, 'timestamp')).toBe(Buffer.from(await from.bytes('timestamp 2')).toString());
  });

  it('goes on with the keys of the other server, until a root names derived ones', async () => {
    const [from, to] = [foreign(), place()];
    await withKeys(from, to);
    await take(from, to);
    const { owner } = from;
    await to.repositories.upload(GUN, upload({ targets: owner.targetsDocument(3, ['v3']) }));
    const after = JSON.parse(await served(to, 'timestamp')) as { signatures: { keyid: string }[] };
    expect(after.signatures.map(({ keyid }) => keyid)).toEqual([from.timestamp.key.id]);
    owner.online.timestamp = await to.repositories.rotateKey(GUN, 'timestamp');
    await to.repositories.upload(GUN, upload({ root: owner.rootDocument(2) }));
    expect(await served(to, 'timestamp')).toContain(owner.online.timestamp.id);
    expect(await served(to, 'snapshot')).toContain(`"keyid":"${from.snapshot.key.id}"`);
  });

  it('signs its timestamp again when it expires', async () => {
    const [from, to] = [foreign(), place()];
    await withKeys(from, to);
    await take(from, to);
    to.now = new Date(UNTIL.getTime() + 1000);
    expect(versionIn(await served(to, 'timestamp'))).toBe(3);
  });

  it('keeps its history as long as if it had been replaced at the import', async () => {
    const [from, to] = [foreign(), place()];
    for (const [name, row] of from.rows)
      from.rows.set(name, { ...row, at: new Date('2020-01-01T00:00:00Z') });
    await withKeys(from, to);
    await take(from, to);
    expect(await to.repositories.collect(GUN, new Date(NOW.getTime() - 1))).toBe(0);
    expect(await to.repositories.collect(GUN, NOW)).toBe(3);
  });

  it('seals keys for one role of one repository', async () => {
    const [from, to] = [foreign(), place()];
    await importKey(to, GUN, 'timestamp', from.timestamp.privateKey);
    const text = JSON.stringify(await to.index.get(keysOf(GUN).imported));
    const pkcs8 = from.timestamp.privateKey.export({ format: 'der', type: 'pkcs8' });
    expect(text).not.toContain(pkcs8.subarray(40).toString('base64').slice(0, 20));
    const { timestamp } = JSON.parse(text) as { timestamp: unknown[] };
    await to.index.transaction(tx => {
      tx.put(keysOf(GUN).imported, JSON.parse(JSON.stringify({ timestamp: [], snapshot: timestamp })));
    });
    await take(from, to);
    from.owner.online.snapshot = from.timestamp.key;
    await expect(
      to.repositories.upload(GUN, upload({ root: from.owner.rootDocument(2) })),
    ).rejects.toMatchObject({ code: 'KEYSTORE_FORMAT' });
  });

  it('takes what is new when it is run again, and changes nothing when nothing is', async () => {
    const [from, to] = [foreign(), place()];
    await withKeys(from, to);
    await take(from, to);
    expect(await take(from, to)).toMatchObject({ outcome: 'unchanged' });
    from.publish(3, { targets: [3, from.owner.targetsDocument(3, ['v3'])] });
    expect(await take(from, to)).toMatchObject({ outcome: 'updated', documents: 10 });
    expect(versionIn(await served(to, 'targets'))).toBe(3);
  });

  it('leaves a repository alone that was changed or made here', async () => {
    const [from, to] = [foreign(), place()];
    await withKeys(from, to);
    await take(from, to);
    await to.repositories.upload(GUN, upload({ targets: from.owner.targetsDocument(3, ['here']) }));
    from.publish(3, { targets: [3, from.owner.targetsDocument(3, ['there'])] });
    await expect(take(from, to)).rejects.toEqual(refused(/changed here/));
    expect(await served(to, 'targets')).toContain('here');

    const own = place();
    const owner = new Foreign().owner;
    for (const name of ['timestamp', 'snapshot'] as const)
      owner.online[name] = await own.repositories.key(GUN, name);
    await own.repositories.upload(
      GUN,
      upload({ root: owner.rootDocument(), targets: owner.targetsDocument() }),
    );
    await expect(take(from, own)).rejects.toEqual(refused(/made here/));
  });
});

describe('a repository without its keys', () => {
  it('is served as it is, also when its timestamp has expired', async () => {
    const [from, to] = [foreign(), place()];
    const { frozen } = await take(from, to);
    expect(frozen).toMatchObject({ gun: GUN, until: UNTIL, roles: ['timestamp', 'snapshot'] });
    expect(await to.repositories.frozen()).toEqual([frozen]);
    const before = await served(to, 'timestamp');
    to.now = new Date(UNTIL.getTime() + 1000);
    expect(await served(to, 'timestamp')).toBe(before);
    const late = new Date('2040-01-01T00:00:00Z');
    expect(await to.repositories.resign(GUN, { snapshot: late, timestamp: late })).toBe(false);
    await expect(
      to.repositories.upload(GUN, upload({ targets: from.owner.targetsDocument(3) })),
    ).rejects.toMatchObject({ code: 'NOTARY_UPDATE' });
  });

  it('thaws with a root that names keys of this service', async () => {
    const [from, to] = [foreign(), place()];
    await take(from, to);
    from.owner.online.timestamp = await to.repositories.key(GUN, 'timestamp');
    from.owner.online.snapshot = await to.repositories.key(GUN, 'snapshot');
    await to.repositories.upload(GUN, upload({ root: from.owner.rootDocument(2) }));
    expect(await to.repositories.frozen()).toEqual([]);
    expect(versionIn(await served(to, 'timestamp'))).toBe(3);
  });

  it('thaws when its keys are imported later', async () => {
    const [from, to] = [foreign(), place()];
    await take(from, to);
    await withKeys(from, to);
    expect(await take(from, to)).toMatchObject({ outcome: 'unchanged', frozen: undefined });
    expect(await to.repositories.frozen()).toEqual([]);
  });
});

describe('what does not verify', () => {
  it.each(['targets 1', 'snapshot 1', 'timestamp 1'])('an old %s is left out alone', async name => {
    const [from, to] = [foreign(), place()];
    const [row = ''] = name.split(' ');
    from.row(row, 1, tampered(await from.bytes(name)));
    const { leftOut } = await take(from, to);
    expect(leftOut.map(one => `${one.role} ${one.version}`)).toEqual([name]);
    expect(await to.repositories.byVersion(GUN, role(row), 1)).toBeUndefined();
    expect(versionIn(await served(to, 'timestamp'))).toBe(2);
    // a run after that looks again, and says it again
    expect((await take(from, to)).leftOut).toHaveLength(1);
  });

  it.each(['targets 2', 'snapshot 2', 'timestamp 2', 'root 1'])(
    'a current %s leaves the repository out',
    async name => {
      const [from, to] = [foreign(), place()];
      const [row = '', version] = name.split(' ');
      from.row(row, Number(version), tampered(await from.bytes(name)));
      await expect(take(from, to)).rejects.toEqual(refused(new RegExp(row)));
      expect(await to.repositories.current(GUN, role('targets'))).toBeUndefined();
    },
  );

  it('a document under another version, or with another hash, is none', async () => {
    const [from, to] = [foreign(), place()];
    from.row('targets', 7, await from.bytes('targets 1'));
    const row = from.rows.get('snapshot 1');
    if (row !== undefined) from.rows.set('snapshot 1', { ...row, sha256: '0'.repeat(64) });
    const huge = from.rows.get('timestamp 1');
    if (huge !== undefined) from.rows.set('timestamp 1', { ...huge, size: 2 ** 30 });
    expect((await take(from, to)).leftOut).toEqual([
      { role: 'timestamp', version: 1, why: expect.stringContaining('bytes') },
      { role: 'snapshot', version: 1, why: expect.stringContaining('hash') },
      { role: 'targets', version: 7, why: expect.stringContaining('version 1') },
    ]);
  });

  it('a chain of roots with a forged link leaves the repository out', async () => {
    const [from, to] = [foreign(), place()];
    const stranger = new Foreign();
    from.publish(3, { root: [2, stranger.owner.rootDocument(2)] });
    await expect(take(from, to)).rejects.toEqual(refused(/root 2/));
  });

  it('a newer timestamp of a stranger does not bring the one before back', async () => {
    const [from, to] = [foreign(), place()];
    from.publish(3, {}, { timestamp: pair() });
    await expect(take(from, to)).rejects.toEqual(refused(/timestamp 3/));
  });
});

describe('what is current', () => {
  /** A second root, which names another key for the timestamp. */
  const rotated = (): Foreign => {
    const from = foreign();
    const before = from.timestamp;
    from.owner.online.timestamp = from.snapshot.key;
    from.publish(3, { root: [2, from.owner.rootDocument(2)] }, { timestamp: before });
    return from;
  };

  it('is signed by the keys of the newest root, not by those of one before', async () => {
    await expect(take(rotated(), place())).rejects.toEqual(refused(/current timestamp/));
    const from = rotated();
    from.publish(4, {}, { timestamp: from.snapshot });
    expect(await take(from, place())).toMatchObject({ outcome: 'imported', leftOut: [] });
  });

  it('names the newest root', async () => {
    const from = foreign();
    from.row('root', 2, from.owner.rootDocument(2));
    await expect(take(from, place())).rejects.toEqual(refused(/newest root/));
  });

  it('is of this repository, not of another one under its name', async () => {
    const other = new Foreign(parseGun('registry.example/acme/other'));
    const { owner } = other;
    other.publish(1, { root: [1, owner.rootDocument(1)], targets: [1, owner.targetsDocument(1)] });
    await expect(importRepository({ ...other.repository, gun: GUN }, place())).rejects.toEqual(
      refused(/root 1 .*leaf certificates/),
    );
  });
});

describe('delegations', () => {
  const name = 'targets/releases';
  const delegating = (from: Foreign, version: number, keys: readonly Pair[]): Uint8Array => {
    const roles = keys.length === 0 ? [] : [{ name, paths: [''], ...roleOf(keys) }];
    return from.owner.targetsDocument(version, [], { delegations: { keys: listed(keys), roles } });
  };
  const delegated = (from: Foreign, version: number, by: Pair): Uint8Array =>
    signed(from.owner.targetsPart(version, [`r${version}`]), [by]);

  it('come with what was signed by keys that are no longer delegated to', async () => {
    const [from, to, alice, bob] = [foreign(), place(), pair(), pair()];
    from.publish(3, { targets: [3, delegating(from, 3, [alice])], [name]: [1, delegated(from, 1, alice)] });
    from.publish(4, { targets: [4, delegating(from, 4, [bob])], [name]: [2, delegated(from, 2, bob)] });
    expect((await take(from, to)).leftOut).toEqual([]);
    expect(await served(to, name)).toContain('r2');
    expect(await to.repositories.byVersion(GUN, role(name), 1)).toBeDefined();
  });

  it('of strangers are left out; a current one takes the repository with it', async () => {
    const [from, to, alice] = [foreign(), place(), pair()];
    from.publish(3, { targets: [3, delegating(from, 3, [alice])], [name]: [1, delegated(from, 1, alice)] });
    from.row(name, 2, delegated(from, 2, pair()));
    expect((await take(from, to)).leftOut).toMatchObject([{ role: name, version: 2 }]);
    from.publish(4, { [name]: [3, delegated(from, 3, pair())] });
    await expect(take(from, place())).rejects.toEqual(refused(/releases/));
  });
});
