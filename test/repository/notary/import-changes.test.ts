import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/repository/notary/changes.js';
import { ensureChange, importChanges } from '../../../src/repository/notary/import-changes.js';
import { importKey, importRepository } from '../../../src/repository/notary/import.js';
import { parseGun } from '../../../src/tuf/notary/names.js';
import { foreign, place, type Foreign, type Place } from './foreign.js';
import { GUN, NOW, upload } from './publisher.js';

const GONE = parseGun('registry.example/gone');
const OUT = parseGun('registry.example/left-out');

async function imported(): Promise<{ from: Foreign; to: Place }> {
  const [from, to] = [foreign(), place()];
  await importKey(to, GUN, 'timestamp', from.timestamp.privateKey);
  await importKey(to, GUN, 'snapshot', from.snapshot.privateKey);
  await importRepository(from.repository, to);
  return { from, to };
}

function feed(from: Foreign): Change[] {
  const update = (id: number, gun = GUN, version = 1, sha256 = ''): Change => ({
    id,
    at: NOW,
    gun,
    version,
    sha256,
    category: 'update',
  });
  const of = (version: number): string => from.rows.get(`timestamp ${version}`)?.sha256 ?? '';
  return [
    update(3, GONE, 1, 'a'.repeat(64)),
    { ...update(4, GONE, 0), category: 'deletion' },
    update(7, GUN, 1, of(1)),
    update(8, OUT, 1, 'b'.repeat(64)),
    update(9, GUN, 2, of(2)),
    update(12, GUN, 2, 'c'.repeat(64)),
  ];
}

async function* after(changes: readonly Change[], id: number): AsyncIterable<Change> {
  for (const change of changes) if (change.id > id) yield await Promise.resolve(change);
}

const take = (to: Place, changes: readonly Change[]) =>
  importChanges(
    to.index,
    id => after(changes, id),
    gun => gun === OUT,
  );
const ids = async (to: Place, from = 0, records = 100): Promise<number[]> =>
  (await to.repositories.changes({ from, records })).map(({ id }) => id);

describe('the change feed of another server', () => {
  it('goes on under its ids; what is false, or of what was left out, is not told', async () => {
    const { from, to } = await imported();
    const done = await take(to, feed(from));
    expect(done).toMatchObject({ continued: true, taken: 4, wrong: [{ id: 12 }] });
    expect(await ids(to)).toEqual([3, 4, 7, 9]);
    await to.repositories.upload(GUN, upload({ targets: from.owner.targetsDocument(3) }));
    expect(await ids(to)).toEqual([3, 4, 7, 9, 13]);
    expect(await ids(to, 12)).toEqual([13]);
  });

  it('has gaps that no page ends at', async () => {
    const { from, to } = await imported();
    await take(to, feed(from));
    expect(await ids(to, 4, 1)).toEqual([7]);
    expect(await ids(to, 9, -2)).toEqual([4, 7]);
    expect(await ids(to, -1, 2)).toEqual([7, 9]);
    expect(await ids(to, 12, 5)).toEqual([]);
  });

  it('is taken up where a run before stopped, and not when it went on here', async () => {
    const { from, to } = await imported();
    await take(to, feed(from).slice(0, 3));
    expect(await take(to, feed(from))).toMatchObject({ continued: true, taken: 1 });
    await to.repositories.upload(GUN, upload({ targets: from.owner.targetsDocument(3) }));
    expect(await take(to, feed(from))).toEqual({ continued: false, taken: 0, wrong: [] });
  });

  it('gets a change for a repository of which it tells nothing, once', async () => {
    const { to } = await imported();
    await ensureChange(to.index, GUN, NOW);
    await ensureChange(to.index, GUN, NOW);
    expect(await ids(to)).toEqual([1]);
  });
});
