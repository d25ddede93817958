/** Notary v1, part by part: what is read word for word, what is written back, and what each refusal says. */
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/json/types.js';
import { formatNotaryExpires, parseNotaryExpires } from '../../src/tuf/format/notary1-expires.js';
import {
  writeNotarySnapshot,
  writeNotaryTargets,
  writeNotaryTimestamp,
} from '../../src/tuf/format/notary1-write.js';
import { NOTARY1 } from '../../src/tuf/format/notary1.js';
import type { DelegatedRole, Delegations } from '../../src/tuf/model.js';
import { parseDelegatedRoleName, type RoleType } from '../../src/tuf/role-name.js';
import { notaryKeyOf } from '../../src/crypto/notary-key.js';
import { ed25519 } from '../crypto/keys.js';
import { refusal } from './refusal.js';

const EXPIRES = '2030-01-31T23:59:59.5Z';
const [own, other] = ['own', 'other'].map(name => notaryKeyOf(ed25519(name).privateKey));
const role = { keyids: [own!.id], threshold: 1 };
const HASHES = { sha256: Buffer.alloc(32, 7).toString('base64') };
const good: Readonly<Record<RoleType, JsonObject>> = {
  root: {
    _type: 'Root',
    version: 1,
    expires: EXPIRES,
    keys: { [own!.id]: own!.toJson() },
    roles: { root: role, targets: role, snapshot: role, timestamp: role },
  },
  targets: { _type: 'Targets', version: 1, expires: EXPIRES, targets: {}, delegations: {} },
  snapshot: { _type: 'Snapshot', version: 1, expires: EXPIRES, meta: {} },
  timestamp: { _type: 'Timestamp', version: 1, expires: EXPIRES, meta: {} },
};
const read = <T extends RoleType>(type: T, change: JsonObject = {}) =>
  NOTARY1.readSigned(type, { ...good[type], ...change });
const delegating = (...roles: JsonValue[]): JsonObject => ({ delegations: { keys: {}, roles } });

describe('a refusal', () => {
  it.each<[RoleType, JsonObject, string]>([
    ['targets', { _type: 1 }, 'signed._type must be a string'],
    ['targets', { version: 0 }, 'signed.version must be an integer from 1 to 2147483647'],
    ['targets', { version: 2 ** 31 }, 'signed.version must be an integer from 1 to 2147483647'],
    ['targets', { expires: 1 }, 'signed.expires must be a string'],
    ['targets', { targets: [] }, 'signed.targets must be an object'],
    ['targets', { targets: { 'a"': 1 } }, 'signed.targets["a\\""] must be an object'],
    [
      'targets',
      { targets: { a: { hashes: HASHES } } },
      /^signed\.targets\["a"\]\.length must be an integer/.source,
    ],
    ['targets', { targets: { a: { length: 1 } } }, 'signed.targets["a"].hashes must be an object'],
    ['targets', { delegations: [] }, 'signed.delegations must be an object'],
    ['targets', { delegations: { roles: {} } }, 'signed.delegations.roles must be an array'],
    ['targets', { delegations: { keys: { x: 1 } } }, 'signed.delegations.keys["x"] must be an object'],
    ['targets', delegating(1), 'signed.delegations.roles[0] must be an object'],
    ['targets', delegating({ keyids: 1 }), 'signed.delegations.roles[0].keyids must be an array'],
    ['targets', delegating({ ...role }), 'signed.delegations.roles[0].name must be a string'],
    [
      'targets',
      delegating({ ...role, name: 'x', paths: 1 }),
      'signed.delegations.roles[0].paths must be an array',
    ],
    ['root', { roles: [] }, 'signed.roles must be an object'],
    ['root', { roles: {} }, 'signed.roles.root must be an object'],
    ['root', { roles: { root: {} } }, 'signed.roles.root.keyids must be an array'],
    ['root', { keys: [] }, 'signed.keys must be an object'],
    ['root', { keys: { x: 1 } }, 'signed.keys["x"] must be an object'],
    ['root', { consistent_snapshot: 1 }, 'signed.consistent_snapshot must be a boolean'],
    ['root', { consistent_snapshot: null }, 'signed.consistent_snapshot must be a boolean'],
    ['snapshot', { meta: { root: 1 } }, 'signed.meta["root"] must be an object'],
    ['timestamp', { meta: { snapshot: { length: 1 } } }, 'signed.meta["snapshot"].hashes must be an object'],
    ['timestamp', { meta: 1 }, 'signed.meta must be an object'],
  ])('names the place: %s with %j', (type, change, message) => {
    expect(() => read(type, change)).toThrow(
      refusal('JSON_TYPE', message.startsWith('^') ? new RegExp(message) : message),
    );
  });

  it.each<[RoleType, JsonObject, string]>([
    [
      'root',
      { roles: { ...(good.root['roles'] as JsonObject), 'targets/x': role } },
      'signed.roles must not have the role "targets/x"',
    ],
    [
      'targets',
      delegating(...['a', 'b', 'b'].map(name => ({ ...role, name }))),
      'signed.delegations.roles has the role b twice',
    ],
    [
      'targets',
      { targets: { a: { length: 1, hashes: {} } } },
      'signed.targets["a"].hashes must have a sha256 or a sha512',
    ],
    [
      'targets',
      { targets: { a: { length: 1, hashes: { md5: 'AAAA' } } } },
      'signed.targets["a"].hashes must have a sha256 or a sha512',
    ],
    [
      'snapshot',
      { meta: { root: { length: 1, hashes: { ...HASHES, sha512: 'AAAA' } } } },
      'signed.meta["root"].hashes.sha512 must be a digest in base64',
    ],
    [
      'snapshot',
      { meta: { root: { length: 1, hashes: { sha256: '*' } } } },
      'signed.meta["root"].hashes.sha256 must be a digest in base64',
    ],
    ['root', { expires: 'x' }, 'signed.expires must be a time in UTC like "2030-01-31T23:59:59.123456789Z"'],
  ])('of the format: %s with %j', (type, change, message) => {
    expect(() => read(type, change)).toThrow(refusal('TUF_FORMAT', message));
  });
});

describe('a root', () => {
  it('says nothing of consistent snapshots, or says it', () => {
    expect(read('root').consistentSnapshot).toBe(false);
    for (const value of [true, false])
      expect(read('root', { consistent_snapshot: value }).consistentSnapshot).toBe(value);
  });

  it('attack: lists a key under the id of another', () => {
    const { keys } = read('root', { keys: { [own!.id]: other!.toJson(), [other!.id]: other!.toJson() } });
    expect([...keys.values()].map(({ material }) => material)).toEqual([undefined, other!.material]);
    expect(keys.get(own!.id)).toMatchObject({ reason: `signed.keys["${own!.id}"] has the id ${other!.id}` });
  });

  it('reads each role as it is named', () => {
    const roles = Object.fromEntries(
      ['root', 'targets', 'snapshot', 'timestamp'].map((name, i) => [name, { ...role, threshold: i + 1 }]),
    );
    const { roles: found } = read('root', { roles });
    expect([found.root, found.targets, found.snapshot, found.timestamp].map(one => one.threshold)).toEqual([
      1, 2, 3, 4,
    ]);
  });
});

describe('snapshot and timestamp', () => {
  const meta = { root: { length: 3, hashes: HASHES, more: 1 } };
  it('are of their type, list files, and are written as they were read', () => {
    const [snapshot, timestamp] = [read('snapshot', { meta, x: 1 }), read('timestamp', { meta })];
    expect([snapshot.type, timestamp.type]).toEqual(['snapshot', 'timestamp']);
    expect(snapshot.meta.get('root')).toEqual({
      length: 3,
      hashes: new Map([['sha256', '07'.repeat(32)]]),
      unrecognized: { more: 1 },
    });
    expect(writeNotarySnapshot(snapshot)).toEqual({ ...good.snapshot, meta, x: 1 });
    expect(writeNotaryTimestamp(timestamp)).toEqual({ ...good.timestamp, meta });
  });

  it('may list nothing', () => {
    for (const nothing of [{ meta: null }, { meta: {} }]) expect(read('snapshot', nothing).meta.size).toBe(0);
    expect(
      NOTARY1.readSigned('timestamp', { _type: 'Timestamp', version: 1, expires: EXPIRES }).meta.size,
    ).toBe(0);
  });
});

describe('a delegation', () => {
  it('without paths is for none', () => {
    for (const paths of [{}, { paths: null }, { paths: [] }]) {
      const { delegations } = read('targets', delegating({ ...role, name: 'targets/x', ...paths }));
      expect(delegations?.roles).toEqual([
        {
          name: 'targets/x',
          keyIds: [own!.id],
          threshold: 1,
          terminating: false,
          scope: { kind: 'pathPrefixes', prefixes: [] },
          unrecognized: undefined,
        },
      ]);
    }
  });

  const part = { ...read('targets'), delegations: undefined };
  const write = (delegations: Partial<Delegations>): JsonObject =>
    writeNotaryTargets({ ...part, delegations: { keys: new Map(), roles: [], ...delegations } });

  it('that nobody made is written as none', () => {
    expect(writeNotaryTargets(part)).toEqual({ ...good.targets, delegations: { keys: {}, roles: [] } });
    expect(write({ unrecognized: { x: 1 } })['delegations']).toEqual({ keys: {}, roles: [], x: 1 });
  });

  it('that Notary cannot express is not written', () => {
    const keys = { keyIds: [own!.id], threshold: 1 };
    const name = parseDelegatedRoleName('targets/x');
    const roleOf = (scope: DelegatedRole['scope']): DelegatedRole => ({
      ...keys,
      name,
      terminating: false,
      scope,
    });
    expect(() => write({ succinct: { ...keys, bitLength: 1, namePrefix: 'b' } })).toThrow(
      refusal('TUF_FORMAT', 'Notary v1 knows no hash bins'),
    );
    expect(() => write({ groups: [] })).toThrow(
      refusal('TUF_FORMAT', 'Notary v1 knows no roles that must agree'),
    );
    for (const scope of [
      { kind: 'paths', patterns: ['*'] },
      { kind: 'hashPrefixes', prefixes: ['a'] },
    ] as const) {
      expect(() => write({ roles: [roleOf(scope)] })).toThrow(
        refusal('TUF_FORMAT', 'Notary v1 delegates by prefixes of paths; targets/x has none'),
      );
    }
    expect(write({ roles: [roleOf({ kind: 'pathPrefixes', prefixes: ['a'] })] })['delegations']).toEqual({
      keys: {},
      roles: [{ ...role, name: 'targets/x', paths: ['a'] }],
    });
  });
});

describe('a signature', () => {
  const signature = (change: JsonObject): unknown =>
    NOTARY1.readSignature({ keyid: 'a', method: 'EdDSA', sig: 'AAE=', ...change }, 'document.signatures[0]');

  it('has its bytes in base64; other text, and none, is no signature', () => {
    expect(signature({})).toEqual({ keyId: 'a', method: 'eddsa', bytes: Uint8Array.of(0, 1) });
    for (const sig of ['', 'AAE', '00ff*']) expect(signature({ sig })).toMatchObject({ bytes: undefined });
  });

  it.each(['keyid', 'method', 'sig'])('has a %s', name => {
    expect(() => signature({ [name]: null })).toThrow(
      refusal('JSON_TYPE', `document.signatures[0].${name} must be a string`),
    );
  });
});

describe('expires', () => {
  it.each([
    ['2030-01-01T00:00:00Z', '2030-01-01T00:00:00.000Z'],
    ['2030-01-01T00:00:00.5Z', '2030-01-01T00:00:00.500Z'],
    ['2030-01-01T00:00:00.05Z', '2030-01-01T00:00:00.050Z'],
    ['2030-01-01T00:00:00.1239Z', '2030-01-01T00:00:00.123Z'],
    ['2030-01-01T00:00:00.000000001Z', '2030-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(parseNotaryExpires(text, 'x').toISOString()).toBe(iso);
  });

  it.each([
    '2030-01-01T00:00:00.Z',
    '2030-01-01T00:00:00',
    '2030-1-1T00:00:00Z',
    ' 2030-01-01T00:00:00Z',
    '2030-01-01T24:00:00Z',
  ])('%s is no time', text => {
    expect(() => parseNotaryExpires(text, 'x')).toThrow(
      refusal('TUF_FORMAT', 'x must be a time in UTC like "2030-01-31T23:59:59.123456789Z"'),
    );
  });

  it.each([new Date(NaN), new Date(8.64e15)])('%s is not written', date => {
    expect(() => formatNotaryExpires(date)).toThrow(
      refusal('TUF_FORMAT', 'expires must be a date before the year 10000'),
    );
  });
});
