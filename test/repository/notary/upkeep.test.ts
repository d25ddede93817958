/** What is done for Notary repositories without anybody's asking, and what is written down of what people do. */
import { describe, expect, it } from 'vitest';
import { NotaryDocuments } from '../../../src/repository/notary/documents.js';
import { NotaryUpkeep } from '../../../src/repository/notary/upkeep.js';
import { sweep } from '../../../src/repository/garbage.js';
import { StoreGate } from '../../../src/repository/store-gate.js';
import { NOTARY_LIFETIMES } from '../../../src/server/notary/open.js';
import { published, read, role } from './published.js';
import { CountedBlobs, GUN, NOW, upload, type World } from './publisher.js';

const DAY = 86_400_000;
const upkeepOf = (w: World): NotaryUpkeep =>
  new NotaryUpkeep(w.repositories, { now: () => w.now }, NOTARY_LIFETIMES);
const versionOf = async (w: World, name: string): Promise<number> =>
  (JSON.parse((await read(w, name)).toString()) as { signed: { version: number } }).signed.version;

describe('signing ahead of expiry', () => {
  it('renews a timestamp at half of its life, and a snapshot before clients warn of it', async () => {
    const { w } = await published();
    const upkeep = upkeepOf(w);
    w.now = new Date(NOW.getTime() + 6 * DAY);
    expect(await upkeep.resignDue()).toEqual({ signed: [], failed: [] });
    w.now = new Date(NOW.getTime() + 7 * DAY);
    expect(await upkeep.resignDue()).toEqual({ signed: [GUN], failed: [] });
    expect([await versionOf(w, 'timestamp'), await versionOf(w, 'snapshot')]).toEqual([2, 1]);
    w.now = new Date(NOW.getTime() + (3 * 365 - 200) * DAY);
    expect(await upkeep.resignDue()).toEqual({ signed: [GUN], failed: [] });
    expect([await versionOf(w, 'timestamp'), await versionOf(w, 'snapshot')]).toEqual([3, 2]);
    expect(await upkeep.resignDue()).toEqual({ signed: [], failed: [] });
  });
});

describe('must beat 14: what was replaced long ago', () => {
  it('goes, but for roots and for what is current', async () => {
    const { w, p } = await published();
    for (let version = 2; version <= 5; version++) {
      w.now = new Date(NOW.getTime() + (version - 1) * DAY);
      await w.repositories.upload(GUN, upload({ targets: p.targetsDocument(version, [`v${version}`]) }));
    }
    const there = async (name: string): Promise<number[]> => {
      const versions = [1, 2, 3, 4, 5];
      const found = await Promise.all(versions.map(v => w.repositories.byVersion(GUN, role(name), v)));
      return versions.filter((_, i) => found[i] !== undefined);
    };
    w.now = new Date(NOW.getTime() + 12 * DAY);
    // Of ten days: version 1 was replaced 11 days ago, version 2 10 days ago.
    expect(await upkeepOf(w).collect(10 * DAY)).toMatchObject({ documents: 6, failed: [] });
    for (const name of ['targets', 'snapshot', 'timestamp']) expect(await there(name)).toEqual([3, 4, 5]);
    expect(await there('root')).toEqual([1]);
    expect(await upkeepOf(w).collect(0)).toMatchObject({ documents: 6 });
    for (const name of ['targets', 'snapshot', 'timestamp']) expect(await there(name)).toEqual([5]);
    for (const name of ['root', 'targets', 'snapshot', 'timestamp']) await read(w, name);
    await w.repositories.upload(GUN, upload({ targets: p.targetsDocument(6) }));
  });

  it('and what a deleted repository leaves is removed from the disk', async () => {
    const { w } = await published();
    const gate = new StoreGate();
    expect(await sweep({ index: w.index, blobs: w.blobs }, gate)).toBe(0);
    expect(w.blobs.size).toBeGreaterThan(0);
    await w.repositories.delete(GUN);
    await sweep({ index: w.index, blobs: w.blobs }, gate);
    expect(w.blobs.size).toBe(0);
  });
});

describe('the audit', () => {
  it('holds every change, by whom and with which token, the newest first', async () => {
    const { w, p } = await published();
    const alice = { subject: 'alice', tokenId: 't-1' };
    await w.repositories.upload(GUN, upload({ targets: p.targetsDocument(2) }), alice);
    await expect(
      w.repositories.upload(GUN, upload({ targets: p.targetsDocument(2) }), alice),
    ).rejects.toThrow();
    await w.repositories.rotateKey(GUN, 'snapshot', alice);
    await w.repositories.delete(GUN, alice);
    const wanted = (): boolean => true;
    const entries = await w.repositories.audit({ before: 0, records: 10, wanted });
    expect(entries.map(({ id, action, by, roles }) => [id, action, by.subject, by.tokenId, roles])).toEqual([
      [4, 'delete', 'alice', 't-1', {}],
      [3, 'rotate-key', 'alice', 't-1', { snapshot: 0 }],
      [2, 'publish', 'alice', 't-1', { targets: 2 }],
      [1, 'publish', '', '', { root: 1, targets: 1 }],
    ]);
    const page = await w.repositories.audit({ before: 3, records: 1, wanted });
    expect(page.map(({ id }) => id)).toEqual([2]);
  });
});

describe('documents that are stored together', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  it('share a blob; roots and large ones have their own, and each is found again', async () => {
    const blobs = new CountedBlobs();
    const documents = new NotaryDocuments(blobs);
    const large = new Uint8Array(70_000);
    const first = documents.store([
      { bytes: bytes('root'), stays: true },
      { bytes: bytes('targets'), stays: false },
      { bytes: large, stays: false },
    ]);
    const second = documents.store([{ bytes: bytes('timestamp'), stays: false }]);
    const [[root, targets, own], [timestamp]] = await Promise.all([first, second]);
    expect([root, own]).toEqual([undefined, undefined]);
    expect(targets).toMatchObject({ offset: 0, length: 7 });
    expect(timestamp).toEqual({ blob: targets?.blob, offset: 7, length: 9 });
    expect(await blobs.part(timestamp?.blob ?? '', 7, 9)).toEqual(bytes('timestamp'));
    expect(blobs.size).toBe(3);
  });

  it('fail together when the disk is full, and the next go on', async () => {
    const blobs = new CountedBlobs();
    const documents = new NotaryDocuments(blobs);
    const put = blobs.put.bind(blobs);
    blobs.put = () => Promise.reject(new Error('full'));
    await expect(documents.store([{ bytes: bytes('a'), stays: false }])).rejects.toThrow('full');
    blobs.put = put;
    expect(await documents.store([{ bytes: bytes('b'), stays: false }])).toMatchObject([{ length: 1 }]);
  });
});
