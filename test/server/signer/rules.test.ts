/** Whoever owns the process that asks: what the signer still refuses to sign for it. */
import { describe, expect, it } from 'vitest';
import { isWritError } from '../../../src/errors.js';
import { checkExpiry, checkNext, checkRole, readPlain } from '../../../src/server/signer/rules.js';
import { parseRoleName } from '../../../src/tuf/role-name.js';
import { payloadOf } from '../../keystore/support.js';
import { DAY, NOW, snapshotOf, timestampOf, type Listed } from './support.js';

const LIMITS = { snapshot: 7 * DAY, timestamp: 2 * DAY };

/** What the refusal says; fails when there is none. */
function refusal(work: () => unknown, code = 'KEYSTORE_REFUSED'): string {
  try {
    work();
  } catch (error) {
    if (isWritError(error) && error.code === code) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));

describe('attack: another role', () => {
  it.each(['root', 'targets', 'team', 'snapshot2', 'team/snapshot'])('%s is refused', name => {
    expect(refusal(() => checkRole(parseRoleName(name)))).toBe(
      `the signer signs snapshot and timestamp, never ${name}`,
    );
  });

  it('snapshot and timestamp are not', () => {
    expect(['snapshot', 'timestamp'].map(name => checkRole(parseRoleName(name)))).toEqual([
      'snapshot',
      'timestamp',
    ]);
  });
});

describe('attack: other contents than the role has', () => {
  const snapshot = Buffer.from(snapshotOf()).toString();
  it.each<[string, 'snapshot' | 'timestamp', Uint8Array]>([
    ['targets for a snapshot', 'snapshot', payloadOf('targets')],
    ['targets for a timestamp', 'timestamp', payloadOf('targets')],
    ['a snapshot for a timestamp', 'timestamp', snapshotOf()],
    ['a timestamp for a snapshot', 'snapshot', timestampOf()],
    ['bytes', 'snapshot', new Uint8Array(64)],
    ['nothing', 'timestamp', new Uint8Array(0)],
    ['a challenge of ssh', 'timestamp', text('ssh-userauth')],
    ['another JSON', 'snapshot', text('{}')],
    ['an array', 'snapshot', text('[]')],
    ['a duplicate member', 'snapshot', text(snapshot.replace('{', '{"_type":"root",'))],
    ['white space', 'snapshot', text(` ${snapshot}`)],
    ['white space at the end', 'snapshot', text(`${snapshot}\n`)],
    ['members in another order', 'timestamp', text(reversed(timestampOf()))],
    ['a member that it does not have', 'timestamp', timestampOf({ also: { note: 'x' } })],
    ['targets beside the meta', 'snapshot', snapshotOf({ also: { targets: {} } })],
    ['a member of a file', 'snapshot', snapshotOf({ also: { meta: meta({ custom: {} }) } })],
    ['a second file in a timestamp', 'timestamp', timestampOf({ also: { meta: meta({}) } })],
    ['version 0', 'timestamp', timestampOf({ version: 0 })],
    ['version 1.5', 'timestamp', text(Buffer.from(timestampOf()).toString().replaceAll(':1', ':1.5'))],
    ['no time', 'timestamp', timestampOf({ also: { expires: 'never' } })],
    ['another time zone', 'timestamp', timestampOf({ also: { expires: '2030-01-02T00:00:00+00:00' } })],
    ['another major version of TUF', 'timestamp', timestampOf({ also: { spec_version: '2.0' } })],
    ['more than clients read', 'timestamp', new Uint8Array(20_000).fill(32)],
  ])('%s is refused', (_name, role, payload) => {
    expect(refusal(() => readPlain(role, payload))).toMatch(/^(this is no|the) (snapshot|timestamp) /);
  });

  it('a document that is well-formed and longer than clients read is refused', () => {
    const long = (letters: number) =>
      timestampOf({
        also: {
          meta: {
            'snapshot.json': { version: 1, hashes: { sha256: 'a'.repeat(64), x: 'b'.repeat(letters) } },
          },
        },
      });
    const left = 16_384 - long(0).length;
    expect(readPlain('timestamp', long(left))).toMatchObject({ version: 1 });
    expect(refusal(() => readPlain('timestamp', long(left + 1)))).toBe(
      'the timestamp has 16385 bytes, more than clients read',
    );
  });

  it('what writ writes is taken', () => {
    expect(readPlain('snapshot', snapshotOf({ version: 7 }))).toMatchObject({ type: 'snapshot', version: 7 });
    const timestamp = readPlain('timestamp', timestampOf({ version: 8, snapshot: 3 }));
    expect(timestamp).toMatchObject({ version: 8, snapshot: { version: 3 } });
  });
});

const meta = (file: object) => ({ 'targets.json': { version: 1, ...file }, 'snapshot.json': { version: 1 } });
const reversed = (payload: Uint8Array): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>).reverse(),
    ),
  );

describe('attack: metadata that outlives the theft', () => {
  const check = (hours: number) => {
    checkExpiry(readPlain('timestamp', timestampOf({ hours })), NOW, LIMITS);
  };
  it('an expiry beyond the limit of the signer is refused, by one second too', () => {
    check(48);
    expect(refusal(() => check(48 + 1 / 3600))).toMatch(
      /^the timestamp would expire at .*, more than 172800 s/,
    );
    expect(refusal(() => check(24 * 365 * 100))).toMatch(/more than/);
  });

  it('each role has a limit of its own', () => {
    checkExpiry(readPlain('snapshot', snapshotOf({ hours: 7 * 24 })), NOW, LIMITS);
    expect(
      refusal(() => checkExpiry(readPlain('snapshot', snapshotOf({ hours: 169 })), NOW, LIMITS)),
    ).toMatch(/^the snapshot would/);
  });

  it.each([0, -1])('an expiry that is past is refused: %i hours from now', hours => {
    expect(refusal(() => check(hours))).toMatch(/which is past$/);
  });
});

const snapshot = (version: number, listed?: Listed) =>
  readPlain('snapshot', snapshotOf({ version, ...(listed && { meta: listed }) }));
const timestamp = (version: number, named: number) =>
  readPlain('timestamp', timestampOf({ version, snapshot: named }));
const nothing = { snapshot: undefined, timestamp: undefined };

describe('attack: rollback and fast-forward through the signer', () => {
  const before = { snapshot: snapshot(5), timestamp: timestamp(9, 4) };

  it.each([5, 4, 1])('snapshot %i after 5 is refused with the last version', version => {
    expect(refusal(() => checkNext(snapshot(version), before), 'SIGNER_VERSION')).toBe(
      `version ${version} of the snapshot is not above 5, the last that was signed`,
    );
  });

  it.each([9, 8])('timestamp %i after 9 is refused with the last version', version => {
    try {
      checkNext(timestamp(version, 5), before);
      throw new Error('it was not refused');
    } catch (error) {
      expect(error).toMatchObject({ code: 'SIGNER_VERSION', details: { last: 9 } });
    }
  });

  it('a leap is refused, a few lost versions are not', () => {
    checkNext(snapshot(1005), before);
    expect(refusal(() => checkNext(snapshot(1006), before))).toBe(
      'the snapshot would leap to version 1006 after 5, beyond 1005',
    );
    expect(refusal(() => checkNext(timestamp(Number.MAX_SAFE_INTEGER, 5), before))).toMatch(/leap/);
  });

  it('a first version may be that of an old repository, not the last that there is', () => {
    checkNext(snapshot(10_000_000), nothing);
    expect(refusal(() => checkNext(snapshot(10_000_001), nothing))).toBe(
      'the snapshot would leap to version 10000001, beyond 10000000',
    );
    checkNext(timestamp(3, 10_000_000), nothing);
    expect(refusal(() => checkNext(timestamp(3, 10_000_001), nothing))).toMatch(/^snapshot.json would leap/);
  });

  it('a timestamp names no snapshot that was not signed here', () => {
    checkNext(timestamp(10, 5), before);
    expect(refusal(() => checkNext(timestamp(10, 6), before))).toBe(
      'the timestamp names snapshot 6, the last that was signed is 5',
    );
  });

  it('a timestamp does not go back to an older snapshot', () => {
    checkNext(timestamp(10, 4), before);
    expect(refusal(() => checkNext(timestamp(10, 3), before))).toBe(
      'the timestamp would take the snapshot back from 4 to 3',
    );
  });
});

describe('attack: roles taken back, forgotten or pushed ahead in a snapshot', () => {
  const before = { snapshot: snapshot(5, { 'targets.json': 7, 'team.json': 2 }), timestamp: undefined };
  const next = (listed: Listed) => () => {
    checkNext(snapshot(6, listed), before);
  };

  it('the next one lists all, each where it was or further, and new ones', () => {
    next({ 'targets.json': 7, 'team.json': 3, 'other.json': 1 })();
  });

  it.each<[string, Listed]>([
    ['the snapshot would forget team.json', { 'targets.json': 7 }],
    ['the snapshot does not list targets.json', { 'team.json': 2 }],
    ['the snapshot would take targets.json back from 7 to 6', { 'targets.json': 6, 'team.json': 2 }],
    ['team.json would leap to version 1003 after 2, beyond 1002', { 'targets.json': 7, 'team.json': 1003 }],
    [
      'new.json would leap to version 10000001, beyond 10000000',
      { 'targets.json': 7, 'team.json': 2, 'new.json': 10_000_001 },
    ],
  ])('%s', (message, listed) => {
    expect(refusal(next(listed))).toBe(message);
  });
});
