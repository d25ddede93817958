/** Passwords of users: what files may hold, how long an answer takes, and how often one may try. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash as bcryptHash } from 'bcryptjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FailedLogins } from '../../src/access/failures.js';
import { parseHtpasswd } from '../../src/access/htpasswd.js';
import { Logins } from '../../src/access/logins.js';
import { usersFile } from '../../src/access/users-file.js';

const hashOf = (password: string, cost = 4): Promise<string> => bcryptHash(password, cost);
const BODY = 'a'.repeat(53);

describe('a file of users', () => {
  it('holds names and hashes of bcrypt, comments and empty lines', () => {
    const users = parseHtpasswd(
      `# who\nalice:$2y$05$${BODY}\r\n\nbob:$2b$14$${BODY}\ncarol:$2a$04$${BODY}`,
      'f',
    );
    expect([...users.keys()]).toEqual(['alice', 'bob', 'carol']);
    expect(parseHtpasswd('', 'f').size).toBe(0);
  });

  it.each([
    ['of MD5', 'alice:$apr1$abcdefgh$abcdefghijklmnopqrstuv'],
    ['of SHA-1', 'alice:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk='],
    ['of crypt', 'alice:rqXexS6ZhobKA'],
    ['in the clear', 'alice:secret'],
    ['of the broken $2x', `alice:$2x$05$${BODY}`],
    ['too cheap', `alice:$2y$03$${BODY}`],
    ['too costly', `alice:$2y$15$${BODY}`],
    ['of no cost', `alice:$2y$xx$${BODY}`],
    ['cut off', `alice:$2y$05$${BODY.slice(1)}`],
    ['missing', 'alice'],
    ['of nobody', `:$2y$05$${BODY}`],
    ['of a name with a space', `al ice:$2y$05$${BODY}`],
    ['twice', `alice:$2y$05$${BODY}\nalice:$2y$05$${BODY}`],
  ])('is refused with a hash %s, which is not shown', (_what, text) => {
    const parse = (): unknown => parseHtpasswd(text, 'users');
    expect(parse).toThrow(expect.objectContaining({ code: 'ACCESS_USERS' }) as Error);
    expect(parse).toThrow(/^users:[12] (?!.*(apr1|SHA|rqX|secret|aaa))/);
  });

  it('is read again when it changes, and lets nobody in while it is broken', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'writ-users-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const file = join(folder, 'htpasswd');
    const users = usersFile(file);
    await expect(users()).rejects.toMatchObject({ code: 'ACCESS_USERS' });
    writeFileSync(file, `alice:$2y$05$${BODY}\n`);
    expect([...(await users()).keys()]).toEqual(['alice']);
    writeFileSync(file, `alice:$2y$05$${BODY}\nbobby:$2y$05$${BODY}\n`);
    expect((await users()).size).toBe(2);
    writeFileSync(file, 'alice:secret\n');
    await expect(users()).rejects.toMatchObject({ code: 'ACCESS_USERS' });
    writeFileSync(file, '');
    expect((await users()).size).toBe(0);
  });
});

describe('a login', () => {
  it('is good with the password of the user and nothing else', async () => {
    const users = new Map([
      ['alice', await hashOf('correct horse')],
      ['bob', await hashOf('x'.repeat(72))],
    ]);
    const logins = new Logins(() => Promise.resolve(users));
    const verify = (name: string, password: string) => logins.verify({ name, password });
    expect(await verify('alice', 'correct horse')).toBe(true);
    expect(await verify('bob', 'x'.repeat(72))).toBe(true);
    for (const [name, password] of [
      ['alice', 'correct hors'],
      ['alice', ''],
      ['ALICE', 'correct horse'],
      ['bob', 'correct horse'],
      ['bob', 'x'.repeat(73)], // bcrypt would not look at the last one
      ['nobody', 'correct horse'],
      ['', ''],
    ] as const)
      expect(await verify(name, password)).toBe(false);
  });

  it('of an unknown name compares a hash of the same kind, and is never good', async () => {
    const users = new Map([['alice', await hashOf('secret')]]);
    const compared: string[] = [];
    const logins = new Logins(
      () => Promise.resolve(users),
      (_password, hash) => {
        compared.push(hash);
        return Promise.resolve(true);
      },
    );
    expect(await logins.verify({ name: 'mallory', password: 'secret' })).toBe(false);
    expect(await logins.verify({ name: 'alice', password: 'p'.repeat(100) })).toBe(false);
    expect(compared).toEqual([users.get('alice'), users.get('alice')]);
    const empty = new Logins(
      () => Promise.resolve(new Map()),
      (_password, hash) => {
        compared.push(hash);
        return Promise.resolve(true);
      },
    );
    expect(await empty.verify({ name: 'mallory', password: 'secret' })).toBe(false);
    expect(compared.at(-1)).toMatch(/^\$2b\$10\$.{53}$/);
  });

  it('waits for two others, and at most 64 wait', async () => {
    let running = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    const logins = new Logins(
      () => Promise.resolve(new Map()),
      async () => {
        most = Math.max(most, ++running);
        await new Promise<void>(resolve => ends.push(resolve));
        running--;
        return false;
      },
    );
    const all = Array.from({ length: 67 }, () => logins.verify({ name: 'a', password: 'b' }));
    const outcomes = Promise.allSettled(all);
    await expect(all[66]).rejects.toMatchObject({ code: 'ACCESS_RATE' });
    for (let done = 0; done < 66; done++) {
      while (ends.length === 0) await new Promise(resolve => setImmediate(resolve));
      ends.shift()?.();
    }
    expect((await outcomes).filter(({ status }) => status === 'fulfilled')).toHaveLength(66);
    expect(most).toBe(2);
  });
});

describe('failed logins', () => {
  let now = 0;
  const fresh = (): FailedLogins => new FailedLogins(() => now);
  const RATE = expect.objectContaining({ code: 'ACCESS_RATE' }) as Error;

  it('are ten for one name from one address, then none is looked at for five minutes', () => {
    now = 0;
    const failures = fresh();
    for (let i = 0; i < 10; i++) {
      failures.check('192.0.2.1', 'alice');
      failures.failed('192.0.2.1', 'alice');
    }
    expect(() => {
      failures.check('192.0.2.1', 'alice');
    }).toThrow(expect.objectContaining({ details: { retryAfter: 300 } }) as Error);
    failures.check('192.0.2.2', 'alice'); // nobody shuts alice out from elsewhere
    failures.check('192.0.2.1', 'bob');
    now = 300_000;
    failures.check('192.0.2.1', 'alice');
  });

  it('are two hundred from one address, and a /64 is one', () => {
    now = 0;
    const failures = fresh();
    for (let i = 0; i < 200; i++) failures.failed(`2001:db8::${i.toString(16)}`, `user-${i}`);
    expect(() => {
      failures.check('2001:db8:0:0:ffff::1', 'new');
    }).toThrow(RATE);
    failures.check('2001:db8:0:1::1', 'new');
  });

  it('take bounded memory', () => {
    now = 0;
    const failures = fresh();
    for (let i = 0; i < 30_000; i++)
      failures.failed(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 'a'.repeat(1000));
    expect(failures.size).toBe(10_000);
  });
});
