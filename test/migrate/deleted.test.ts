import { describe, expect, it } from 'vitest';
import { deletedThere } from '../../src/migrate/deleted.js';
import type { ChangeRow } from '../../src/migrate/databases.js';
import { importRepository } from '../../src/repository/notary/import.js';
import { NotaryRepositories } from '../../src/repository/notary/service.js';
import { foreign, place, type Place } from '../repository/notary/foreign.js';
import { GUN, NOW } from '../repository/notary/publisher.js';

async function imported(): Promise<Place> {
  const to = place();
  await importRepository(foreign().repository, to);
  return to;
}

/** The feed of the other server. */
const feed = (...categories: readonly string[]) =>
  async function* (): AsyncIterable<ChangeRow> {
    yield* categories.map((category, i) => ({
      id: i + 1,
      at: NOW,
      gun: GUN,
      version: 1,
      sha256: '',
      category,
    }));
    await Promise.resolve();
  };

describe('what was deleted on the other server', () => {
  it('is told while it is served here', async () => {
    const to = await imported();
    expect(await deletedThere([], feed('update', 'deletion'), to.index)).toEqual([GUN]);
    await new NotaryRepositories({ ...to, lifetimes: { snapshot: 1, timestamp: 1 } }).delete(GUN);
    expect(await deletedThere([], feed('update', 'deletion'), to.index)).toEqual([]);
  });

  it.each([
    ['is there', [GUN], ['deletion']],
    ['was made there again', [], ['deletion', 'update']],
    ['never was there', [], []],
  ])('is no repository that %s', async (_, there, categories) => {
    expect(await deletedThere(there, feed(...categories), (await imported()).index)).toEqual([]);
  });

  it('is no repository that was made here', async () => {
    expect(await deletedThere([], feed('deletion'), place().index)).toEqual([]);
  });
});
