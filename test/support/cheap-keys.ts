/**
 * The tests of commands seal hundreds of keys: under the least cost that is read, not under the half second that a
 * pass-phrase is worth. That half second is what keystore/seal.test.ts tests, and what the system tests pay.
 */
import { vi } from 'vitest';
import type * as Kdf from '../../src/keystore/kdf.js';
import { CHEAP } from '../keystore/support.js';

vi.mock('../../src/keystore/kdf.js', async original => ({
  ...(await original<typeof Kdf>()),
  DEFAULT_COST: CHEAP,
}));
