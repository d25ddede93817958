/** Notary repositories over time: the defects of the original that they beat, keys that rotate, the change feed. */
import { describe, expect, it } from 'vitest';
import { parseDocumentOf } from '../../../src/tuf/document.js';
import { NOTARY1 } from '../../../src/tuf/format/notary1.js';
import { published, read, refused, role } from './published.js';
import { GUN, NOW, pair, signed, upload, world } from './publisher.js';

describe('must beat', () => {
  it('2: members that nobody knows, and zeros at the end of an expiry, lose no document', async () => {
    const { w, p } = await published();
    const targets = Buffer.from(
      Buffer.from(
        signed(p.targetsPart(2, ['a'], { expires: '2030-01-01T00:00:00.130Z', spec_version: '1' }), [
          p.targets,
        ]),
      )
        .toString()
        .replace('{"signed"', '{"extra": 1, "signed"'),
    );
    await w.repositories.upload(GUN, upload({ targets }));
    for (const name of ['root', 'targets', 'snapshot', 'timestamp']) await read(w, name);
    expect(await read(w, 'targets')).toEqual(targets);
    await w.repositories.upload(GUN, upload({ targets: p.targetsDocument(3) }));
  });

  it('3: no version locks a repository', async () => {
    const { w, p } = await published();
    for (const version of [2 ** 31, 2 ** 31 - 1, 65_538]) {
      await expect(
        w.repositories.upload(GUN, upload({ targets: p.targetsDocument(version) })),
      ).rejects.toEqual(refused('ErrBadTargets', /version/));
    }
    await w.repositories.upload(GUN, upload({ targets: p.targetsDocument(2) }));
    await w.repositories.upload(GUN, upload({ targets: p.targetsDocument(65_538) }));
  });

  it('5: deleting a repository leaves others whose names begin alike', async () => {
    const { w } = await published();
    const other = await w.publisher(`${GUN}-2`);
    await w.repositories.upload(
      other.gun,
      upload({ root: other.rootDocument(), targets: other.targetsDocument() }),
    );
    await w.repositories.delete(GUN);
    expect(await w.repositories.list()).toEqual([other.gun]);
    expect(await w.repositories.current(GUN, role('root'))).toBeUndefined();
    expect(await w.repositories.byVersion(GUN, role('root'), 1)).toBeUndefined();
    expect(await w.repositories.byVersion(other.gun, role('root'), 1)).toBeDefined();
  });

  it('8: of publishes at the same time one wins, and the others are told so', async () => {
    const { w, p } = await published();
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) =>
        w.repositories.upload(GUN, upload({ targets: p.targetsDocument(2, [`t${i}`]) })),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'NOTARY_VERSION' });
    }
  });

  it('10: asking for keys stores nothing, and gives the same key', async () => {
    const w = world();
    const keys = [];
    for (let i = 0; i < 3; i++) keys.push((await w.repositories.key(GUN, 'timestamp')).id);
    expect(new Set(keys).size).toBe(1);
    expect(await w.index.list('')).toEqual([]);
  });
});

describe('keys of the service', () => {
  it('rotate: the key before signs until a root names the new one, however many were asked for', async () => {
    const { w, p } = await published();
    const first = p.online.timestamp;
    for (let i = 0; i < 70; i++) await w.repositories.rotateKey(GUN, 'timestamp');
    await w.repositories.upload(GUN, upload({ targets: p.targetsDocument(2) }));
    p.online.timestamp = await w.repositories.key(GUN, 'timestamp');
    expect(p.online.timestamp.id).not.toBe(first.id);
    await w.repositories.upload(GUN, upload({ root: p.rootDocument(2) }));
    const { signatures } = parseDocumentOf(NOTARY1, await read(w, 'timestamp'), 'timestamp', 1e6);
    expect(signatures.map(({ keyId }) => keyId)).toEqual([p.online.timestamp.id]);
    const stored = await w.index.list('');
    expect(JSON.stringify(stored.filter(([key]) => key.endsWith('/generations'))).length).toBeLessThan(600);
  });

  it('must be named by the root', async () => {
    const w = world();
    const p = await w.publisher();
    p.online.timestamp = pair().key;
    await expect(
      w.repositories.upload(GUN, upload({ root: p.rootDocument(), targets: p.targetsDocument() })),
    ).rejects.toEqual(refused('ErrBadRoot', /no timestamp keys/));
  });

  it('sign again what has expired', async () => {
    const { w } = await published();
    const before = await read(w, 'timestamp');
    w.now = new Date(NOW.getTime() + 13 * 86_400_000);
    expect(await read(w, 'timestamp')).toEqual(before);
    w.now = new Date(NOW.getTime() + 15 * 86_400_000);
    const { version } = parseDocumentOf(NOTARY1, await read(w, 'timestamp'), 'timestamp', 1e6).signed;
    expect(version).toBe(2);
    expect(parseDocumentOf(NOTARY1, await read(w, 'snapshot'), 'snapshot', 1e6).signed.version).toBe(1);
    expect(await w.repositories.resign(GUN, { snapshot: w.now, timestamp: w.now })).toBe(false);
  });
});

describe('the change feed', () => {
  it('has each timestamp and each deletion, forwards and backwards, for one repository and all', async () => {
    const { w, p } = await published();
    const other = await w.publisher('other/app');
    await w.repositories.upload(
      other.gun,
      upload({ root: other.rootDocument(), targets: other.targetsDocument() }),
    );
    await w.repositories.upload(GUN, upload({ targets: p.targetsDocument(2) }));
    await w.repositories.delete(GUN);
    const ids = async (query: { from: number; records: number; gun?: typeof GUN }): Promise<number[]> =>
      (await w.repositories.changes(query)).map(({ id }) => id);
    expect(await ids({ from: 0, records: 100 })).toEqual([1, 2, 3, 4]);
    expect(await ids({ from: 1, records: 2 })).toEqual([2, 3]);
    expect(await ids({ from: -1, records: 2 })).toEqual([3, 4]);
    expect(await ids({ from: 0, records: -2 })).toEqual([3, 4]);
    expect(await ids({ from: 3, records: -2 })).toEqual([1, 2]);
    expect(await ids({ from: 99, records: 5 })).toEqual([]);
    expect(await ids({ from: 0, records: 100, gun: GUN })).toEqual([1, 3, 4]);
    expect(await ids({ from: 1, records: 1, gun: GUN })).toEqual([3]);
    expect(await ids({ from: 4, records: -1, gun: GUN })).toEqual([3]);
    const last = (await w.repositories.changes({ from: -1, records: 1 }))[0];
    expect(last).toMatchObject({ gun: GUN, category: 'deletion', version: 0, sha256: '' });
  });
});
