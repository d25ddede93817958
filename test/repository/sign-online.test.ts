import { describe, expect, it } from 'vitest';
import { isDue } from '../../src/repository/resign.js';
import { signSnapshot } from '../../src/repository/sign-online.js';
import { loadState } from '../../src/repository/state.js';
import { DEFAULT_LIMITS } from '../../src/tuf/limits.js';
import { DAY, EXAMPLE, exampleService, onlineSigners, START } from './publisher.js';

describe('the snapshot', () => {
  it('is not published larger than default clients read', async () => {
    const { index, blobs } = await exampleService();
    const state = (await loadState(EXAMPLE, index, blobs))!;
    const context = {
      signers: onlineSigners('example'),
      lifetimes: { snapshot: 7 * DAY, timestamp: 2 * DAY },
      now: START,
    };
    const sized = async (roles: number) => {
      const meta = new Map(state.snapshot.value.meta);
      for (let i = 0; i < roles; i++) meta.set(`${'r'.repeat(200)}${i}.json`, { version: 1 });
      // A role that is delegated no more stays listed, so this is how a snapshot grows without end.
      const grown = Object.create(state.snapshot, {
        value: { value: { ...state.snapshot.value, meta } },
      }) as typeof state.snapshot;
      return signSnapshot(state, grown, context);
    };
    const { bytes } = await sized(8000);
    expect(bytes.length).toBeLessThanOrEqual(DEFAULT_LIMITS.snapshot);
    await expect(sized(9000)).rejects.toMatchObject({
      code: 'REPOSITORY_LIMIT',
      message: expect.stringMatching(
        /^the snapshot would have \d{7} bytes, more than the 2000000 that default clients read$/,
      ),
    });
  });
});

describe('signing again', () => {
  const life = 48 * 3_600_000;
  const after = (left: number): boolean => isDue({ expires: new Date(START.getTime() + left) }, life, START);

  it('is due from an eighth of the life on, and for a life that is longer than the service now gives', () => {
    expect(after(life)).toBe(false);
    expect(after((life * 7) / 8 + 1000)).toBe(false);
    expect(after((life * 7) / 8)).toBe(true);
    expect(after(0)).toBe(true);
    expect(after(-life)).toBe(true);
    expect(after(life + 1000)).toBe(true);
  });
});
