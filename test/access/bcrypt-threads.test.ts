/** Passwords are compared on other threads: the package that does it cannot be had on this one here. */
import { describe, expect, it, vi } from 'vitest';
import { BcryptThreads } from '../../src/access/bcrypt-threads.js';
import { Logins } from '../../src/access/logins.js';

vi.mock('bcryptjs', () => {
  throw new Error('bcrypt was loaded on the thread that serves');
});

/** Of "correct horse", cost 4. */
const HASH = '$2b$04$VwKGEbm1/oMM9HFmscloDuFOcZblkeMlijtlerDNi0PgwlRGUFv1O';
/** A version that there is not: bcrypt throws. */
const UNUSABLE = `$3b$04$${'a'.repeat(53)}`;

describe('a password', () => {
  it('is compared, and a login verified, without bcrypt on the thread that serves', async () => {
    const threads = new BcryptThreads();
    expect(await threads.compare('correct horse', HASH)).toBe(true);
    expect(await threads.compare('correct hors', HASH)).toBe(false);
    const logins = new Logins(() => Promise.resolve(new Map([['alice', HASH]])));
    expect(await logins.verify({ name: 'alice', password: 'correct horse' })).toBe(true);
    await expect(import('bcryptjs')).rejects.toThrow();
  });

  it('gets its own answer where several are compared at once', async () => {
    const threads = new BcryptThreads();
    const passwords = ['correct horse', 'wrong', 'correct horse', ''];
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(passwords.map(password => threads.compare(password, HASH)));
      expect(answers).toEqual([true, false, true, false]);
    }
  });

  it('that cannot be compared is a failure, and the next one is', async () => {
    const threads = new BcryptThreads();
    await expect(threads.compare('x', UNUSABLE)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await threads.compare('correct horse', HASH)).toBe(true);
  });
});
