/**
 * Many commands at once on one client state wait for each other's locks: with the patience of a machine that is slow and
 * busy, not with that of a person. What is not waited for is not waited for here either.
 */
import { vi } from 'vitest';
import type * as Locks from '../../src/storage/lock.js';

const TIMES = 20;

vi.mock('../../src/storage/lock.js', async original => {
  const { acquireLock } = await original<typeof Locks>();
  const patient: typeof acquireLock = (dir, what, waitMs) =>
    acquireLock(dir, what, waitMs === undefined ? undefined : waitMs * TIMES);
  return { acquireLock: patient };
});
