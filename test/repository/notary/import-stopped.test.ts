import { expect, it } from 'vitest';
import { importChanges } from '../../../src/repository/notary/import-changes.js';
import { importKey, importRepository } from '../../../src/repository/notary/import.js';
import type { JsonValue } from '../../../src/json/types.js';
import type { IndexStore } from '../../../src/storage/ports.js';
import { foreign, place, type Foreign, type Place } from './foreign.js';
import { GUN, NOW } from './publisher.js';

/** The store of a process that is killed before its `n`th commit. */
function stopping(index: IndexStore, n: number): IndexStore {
  let commits = 0;
  return {
    get: key => index.get(key),
    list: prefix => index.list(prefix),
    folders: prefix => index.folders(prefix),
    close: () => index.close(),
    transaction: async work => {
      if (commits++ >= n) throw new Error('killed');
      return index.transaction(work);
    },
  };
}

async function migrate(from: Foreign, to: Place): Promise<void> {
  await importRepository(from.repository, to, async () => {
    await importKey(to, GUN, 'timestamp', from.timestamp.privateKey);
    await importKey(to, GUN, 'snapshot', from.snapshot.privateKey);
  });
  const change = (id: number, sha256 = '') =>
    ({ id, at: NOW, gun: GUN, version: id, sha256, category: 'update' }) as const;
  await importChanges(
    to.index,
    async function* (after) {
      for (const id of [1, 2]) {
        const sha256 = from.rows.get(`timestamp ${id}`)?.sha256;
        if (id > after) yield await Promise.resolve(change(id, sha256));
      }
    },
    () => false,
  );
}

/** All that is in the store; what is sealed is sealed anew each time. */
const contents = async ({ index }: Place): Promise<(readonly [string, JsonValue])[]> =>
  (await index.list('')).filter(([key]) => !key.endsWith('/imported-keys'));

it('a migration that is killed before any of its commits ends as one that was not, when it is run again', async () => {
  const from = foreign();
  const whole = place();
  await migrate(from, whole);
  let stops = 0;
  for (let n = 0; ; n++) {
    const to = place();
    const outcome = await migrate(from, { ...to, index: stopping(to.index, n) }).then(
      () => 'finished',
      (error: unknown) => String(error),
    );
    // whatever is current by then was verified, and is whole
    const current = await to.repositories.current(GUN, from.repository.documents[0]!.role);
    if (current !== undefined)
      expect(await to.repositories.byVersion(GUN, from.repository.documents[0]!.role, 1)).toBeDefined();
    await migrate(from, to);
    expect(await contents(to)).toEqual(await contents(whole));
    expect(await to.repositories.frozen()).toEqual([]);
    if (outcome === 'finished') break;
    expect(outcome).toBe('Error: killed');
    stops++;
  }
  expect(stops).toBeGreaterThan(4);
});
