/** The desk: what it remembers, what a crash leaves, what it writes into the log. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OnlineKeyring } from '../../../src/keystore/online-keyring.js';
import { parsePublicKey } from '../../../src/crypto/public-key.js';
import { WritError } from '../../../src/errors.js';
import { parseRepositoryName } from '../../../src/image/repository-name.js';
import { createLog } from '../../../src/server/log.js';
import { BookFolder, type SignedBook } from '../../../src/server/signer/book.js';
import { SigningDesk } from '../../../src/server/signer/desk.js';
import { RateLimit } from '../../../src/server/signer/rate.js';
import { parseRoleName, ROOT, SNAPSHOT, TARGETS, TIMESTAMP } from '../../../src/tuf/role-name.js';
import { payloadOf } from '../../keystore/support.js';
import { failureOf } from '../../storage/support.js';
import { temporaryFolder } from '../service.js';
import { DAY, MemoryBook, NOW, snapshotOf, timestampOf } from './support.js';

const EXAMPLE = parseRepositoryName('example');
const clock = { now: () => NOW };
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function openDesk(book: SignedBook = new MemoryBook(), perMinute = 1000) {
  const lines: string[] = [];
  const log = createLog('info', clock, text => lines.push(...text.trimEnd().split('\n')));
  const rate = new RateLimit(perMinute, () => 0);
  const maxLifetime = { snapshot: 7 * DAY, timestamp: 2 * DAY };
  const desk = new SigningDesk({
    keyring: new OnlineKeyring([new Uint8Array(32).fill(7)]),
    book,
    clock,
    maxLifetime,
    rate,
    log,
  });
  const sign = (role: 'snapshot' | 'timestamp', payload: Uint8Array, repository = EXAMPLE) =>
    desk.sign({ caller: 'repository', repository, role: parseRoleName(role), payload });
  const events = () => lines.map(line => JSON.parse(line) as Record<string, unknown>);
  return { desk, sign, events };
}

const keyOf = (desk: SigningDesk, role: 'snapshot' | 'timestamp', name = EXAMPLE) =>
  parsePublicKey(desk.keys(name)[role], role);

describe('the desk', () => {
  it('signs with the key of the repository and the role', async () => {
    const { desk, sign } = openDesk();
    const payload = snapshotOf();
    const { keyid, sig } = await sign('snapshot', payload);
    const key = keyOf(desk, 'snapshot');
    expect(keyid).toBe(key.id);
    expect(key.verify(payload, Buffer.from(sig, 'hex'))).toBe(true);
    for (const other of [keyOf(desk, 'timestamp'), keyOf(desk, 'snapshot', parseRepositoryName('other'))]) {
      expect(other.verify(payload, Buffer.from(sig, 'hex'))).toBe(false);
    }
  });

  it('refuses root, targets and every delegated role, whatever the payload', async () => {
    const { desk } = openDesk();
    for (const role of [ROOT, TARGETS, parseRoleName('team')]) {
      for (const payload of [payloadOf('targets'), snapshotOf(), timestampOf()]) {
        const error = await failureOf(
          desk.sign({ caller: 'x', repository: EXAMPLE, role, payload }),
          'KEYSTORE_REFUSED',
        );
        expect(error.message).toBe(`the signer signs snapshot and timestamp, never ${role}`);
      }
    }
    await failureOf(
      desk.sign({ caller: 'x', repository: EXAMPLE, role: TIMESTAMP, payload: snapshotOf() }),
      'KEYSTORE_REFUSED',
    );
    await desk.sign({ caller: 'x', repository: EXAMPLE, role: SNAPSHOT, payload: snapshotOf() });
  });

  it('gives the same signature for the same payload, and none for another of that version', async () => {
    const { sign } = openDesk();
    const first = await sign('snapshot', snapshotOf({ version: 3 }));
    expect(await sign('snapshot', snapshotOf({ version: 3 }))).toEqual(first);
    const error = await failureOf(
      sign('snapshot', snapshotOf({ version: 3, meta: { 'targets.json': 2 } })),
      'SIGNER_VERSION',
    );
    expect(error.details).toEqual({ last: 3 });
  });

  it('remembers each repository and role by itself', async () => {
    const { sign } = openDesk();
    await sign('snapshot', snapshotOf({ version: 3 }));
    await sign('timestamp', timestampOf({ version: 1, snapshot: 3 }));
    await sign('snapshot', snapshotOf({ version: 1 }), parseRepositoryName('other'));
    await failureOf(sign('timestamp', timestampOf({ version: 2, snapshot: 4 })), 'KEYSTORE_REFUSED');
  });

  it('remembers timestamps too: what they named last, and their version', async () => {
    const book = new MemoryBook();
    const { sign } = openDesk(book);
    for (const version of [1, 2, 3]) await sign('snapshot', snapshotOf({ version }));
    await sign('timestamp', timestampOf({ version: 1, snapshot: 1 }));
    await sign('timestamp', timestampOf({ version: 5, snapshot: 3 }));
    for (const desk of [openDesk(book), { sign }]) {
      const again = await failureOf(
        desk.sign('timestamp', timestampOf({ version: 4, snapshot: 3 })),
        'SIGNER_VERSION',
      );
      expect(again.details).toEqual({ last: 5 });
      const back = await failureOf(
        desk.sign('timestamp', timestampOf({ version: 6, snapshot: 2 })),
        'KEYSTORE_REFUSED',
      );
      expect(back.message).toBe('the timestamp would take the snapshot back from 3 to 2');
    }
    await sign('timestamp', timestampOf({ version: 6, snapshot: 3 }));
  });

  it('of two that ask at once for one version, one gets it', async () => {
    const { sign } = openDesk();
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map(targets => sign('snapshot', snapshotOf({ meta: { 'targets.json': targets } }))),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ]);
  });

  it('takes no more than it can hold', async () => {
    const { sign } = openDesk();
    const asked = Array.from({ length: 65 }, () => sign('snapshot', snapshotOf()).then(() => 'ok'));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(64);
    expect(outcomes[64]).toMatchObject({
      reason: { code: 'SIGNER_RATE', message: '64 requests wait already' },
    });
    await sign('snapshot', snapshotOf());
  });

  it('logs the digest of everything, signed or refused, before it answers', async () => {
    const { sign, events } = openDesk();
    const good = snapshotOf({ version: 2 });
    const bad = snapshotOf({ version: 1 });
    await sign('snapshot', good);
    expect(events()).toMatchObject([
      {
        level: 'info',
        message: 'signed',
        caller: 'repository',
        repository: 'example',
        role: 'snapshot',
        version: 2,
      },
    ]);
    await failureOf(sign('snapshot', bad), 'SIGNER_VERSION');
    await failureOf(sign('timestamp', payloadOf('targets')), 'KEYSTORE_REFUSED');
    expect(events().map(({ level, message, sha256: digest }) => [level, message, digest])).toEqual([
      ['info', 'signed', sha256(good)],
      ['warn', 'refused', sha256(bad)],
      ['warn', 'refused', sha256(payloadOf('targets'))],
    ]);
  });
});

describe('a signer that dies', () => {
  it('between memory and answer signs only what it remembered', async () => {
    const book = new MemoryBook();
    const dying: SignedBook = {
      last: (...args) => book.last(...args),
      record: async (...args) => {
        await book.record(...args);
        throw new WritError('STORE_IO', 'killed');
      },
    };
    const lost = snapshotOf({ version: 1 });
    await failureOf(openDesk(dying).sign('snapshot', lost), 'STORE_IO');
    const { sign } = openDesk(book);
    await failureOf(sign('snapshot', snapshotOf({ meta: { 'targets.json': 2 } })), 'SIGNER_VERSION');
    await sign('snapshot', lost);
    await sign('snapshot', snapshotOf({ version: 2 }));
  });

  it('signs nothing that it cannot remember', async () => {
    const full: SignedBook = {
      last: () => Promise.resolve(null),
      record: () => Promise.reject(new WritError('STORE_FULL', 'no space left on the disk')),
    };
    await failureOf(openDesk(full).sign('snapshot', snapshotOf()), 'STORE_FULL');
  });

  it('keeps its memory in a folder, and refuses when it cannot read it', async () => {
    const folder = join(temporaryFolder(), 'signed');
    const first = await BookFolder.open(folder);
    await openDesk(first).sign('snapshot', snapshotOf({ version: 4 }));
    await failureOf(BookFolder.open(folder), 'STORE_LOCKED');
    await first.close();
    const second = await BookFolder.open(folder);
    const { sign } = openDesk(second);
    await failureOf(sign('snapshot', snapshotOf({ version: 4, hours: 2 })), 'SIGNER_VERSION');
    await sign('snapshot', snapshotOf({ version: 5 }));
    writeFileSync(join(folder, 'example', 'snapshot.json'), '{"torn');
    for (const version of [5, 6, 7])
      await failureOf(sign('snapshot', snapshotOf({ version })), 'STORE_CORRUPT');
    const error = await failureOf(sign('timestamp', timestampOf()), 'STORE_CORRUPT');
    expect(error.message).toMatch(/^the snapshot that was signed last for example cannot be read: /);
    await second.close();
  });

  it('believes the folder, not what it remembers: another file there is what was signed last', async () => {
    const book = new MemoryBook();
    const { sign } = openDesk(book);
    await sign('snapshot', snapshotOf({ version: 1 }));
    book.pages.set('example/snapshot', snapshotOf({ version: 8, meta: { 'targets.json': 5 } }));
    await failureOf(sign('snapshot', snapshotOf({ version: 2 })), 'SIGNER_VERSION');
    await failureOf(
      sign('snapshot', snapshotOf({ version: 9, meta: { 'targets.json': 4 } })),
      'KEYSTORE_REFUSED',
    );
    await sign('snapshot', snapshotOf({ version: 9, meta: { 'targets.json': 5 } }));
  });

  it('keeps the order of many repositories apart', async () => {
    const { sign } = openDesk();
    const names = Array.from({ length: 20 }, (_, i) => parseRepositoryName(`r${i}`));
    for (const version of [1, 2, 3]) {
      for (const name of names) await sign('snapshot', snapshotOf({ version }), name);
    }
    for (const name of names) {
      await failureOf(sign('snapshot', snapshotOf({ version: 3, hours: 2 }), name), 'SIGNER_VERSION');
    }
  });

  it('a caller that makes names up fills no disk', async () => {
    const folder = join(temporaryFolder(), 'signed');
    for (const name of ['one', 'two']) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
    const book = await BookFolder.open(folder, 3);
    const { sign } = openDesk(book);
    await sign('snapshot', snapshotOf());
    await failureOf(sign('snapshot', snapshotOf(), parseRepositoryName('other')), 'KEYSTORE_REFUSED');
    await sign('snapshot', snapshotOf(), parseRepositoryName('one'));
    await book.close();
  });
});

describe('the rate', () => {
  it('is one for each caller, and comes back with time', () => {
    let now = 0;
    const rate = new RateLimit(60, () => now);
    const taken = (caller: string): number => {
      for (let count = 0; ; count++) {
        try {
          rate.take(caller);
        } catch (error) {
          expect(error).toMatchObject({ code: 'SIGNER_RATE' });
          return count;
        }
      }
    };
    expect(taken('a')).toBe(60);
    expect(taken('b')).toBe(60);
    now = 10_000;
    expect(taken('a')).toBe(10);
    now = 1e9;
    expect(taken('a')).toBe(60);
  });

  it('stops a caller before anything is signed or remembered', async () => {
    const book = new MemoryBook();
    const { sign } = openDesk(book, 1);
    await sign('snapshot', snapshotOf({ version: 1 }));
    await failureOf(sign('snapshot', snapshotOf({ version: 2 })), 'SIGNER_RATE');
    expect(book.pages.get('example/snapshot')).toEqual(snapshotOf({ version: 1 }));
  });
});
