/** TUF 1.0, part by part: the places that refusals name, what is written, and what is left in the text. */
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/json/types.js';
import { VERSION_RUNS } from '../../src/json/version-run.js';
import { parseStrictMember } from '../../src/json/strict.js';
import { withSignatures } from '../../src/tuf/build/sign.js';
import { parseDocument } from '../../src/tuf/document.js';
import { refuseExpired } from '../../src/tuf/expiry.js';
import { formatExpires } from '../../src/tuf/format/expires.js';
import { MapWithRun } from '../../src/tuf/format/map-with-run.js';
import { writeDelegationMembers, writeMetaFile } from '../../src/tuf/format/tuf1-write.js';
import { readSignature, readSigned } from '../../src/tuf/format/tuf1.js';
import type { DelegatedRole, Delegations } from '../../src/tuf/model.js';
import { parseDelegatedRoleName, parseRoleName } from '../../src/tuf/role-name.js';
import { keysFor, trustRoot, verifyRole } from '../../src/tuf/verified.js';
import { refusal } from './refusal.js';
import { Simulator, utf8 } from './simulator.js';

const targets = (change: JsonObject): JsonObject => ({
  _type: 'targets',
  spec_version: '1.0.31',
  version: 1,
  expires: '2030-01-01T00:00:00Z',
  targets: {},
  ...change,
});

describe('the place of what is wrong in delegations', () => {
  const info = { rolename: 'r', keyids: ['k'], threshold: 1 };
  const group = { name: 'g', paths: ['*'], terminating: false, min_roles_in_agreement: 1, roleinfo: [info] };
  const grouped = (...delegations: JsonValue[]): JsonObject => ({ delegations, keys_for_delegations: {} });
  it.each<[JsonObject, string]>([
    [{ delegations: 1 }, 'signed.delegations must be an object'],
    [{ delegations: { keys: { x: 1 }, roles: [] } }, 'signed.delegations.keys["x"] must be an object'],
    [grouped(group, 1), 'signed.delegations[1] must be an object'],
    [grouped(group, {}), 'signed.delegations[1].roleinfo must be an array'],
    [grouped({ ...group, roleinfo: [1] }), 'signed.delegations[0].roleinfo[0] must be an object'],
    [
      grouped({ ...group, roleinfo: [info, {}] }),
      'signed.delegations[0].roleinfo[1].rolename must be a string',
    ],
    [{ delegations: [] }, 'signed.keys_for_delegations must be an object'],
    [
      { delegations: [], keys_for_delegations: { x: 1 } },
      'signed.keys_for_delegations["x"] must be an object',
    ],
  ])('%j', (change, message) => {
    expect(() => readSigned('targets', targets(change))).toThrow(refusal('JSON_TYPE', message));
  });

  it.each<[JsonValue[], string]>([
    [[{ ...group, roleinfo: [info, info] }], 'signed.delegations[0].roleinfo must not list a role twice'],
    [
      [group, { ...group, roleinfo: [{ ...info, threshold: 2 }] }],
      'signed.delegations must not give the role r different keys',
    ],
  ])('%j', (delegations, message) => {
    expect(() => readSigned('targets', targets(grouped(...delegations)))).toThrow(
      refusal('TUF_FORMAT', message),
    );
  });
});

describe('writing', () => {
  const none: Delegations = { keys: new Map(), roles: [] };
  const keys = { keyIds: [], threshold: 1 };
  const roleOf = (scope: DelegatedRole['scope']): DelegatedRole => ({
    ...keys,
    name: parseDelegatedRoleName('r'),
    terminating: false,
    scope,
  });

  it('refuses delegations that TUF 1.0 does not have', () => {
    const byPrefix = roleOf({ kind: 'pathPrefixes', prefixes: ['a'] });
    expect(() => writeDelegationMembers({ ...none, roles: [byPrefix] })).toThrow(
      refusal('TUF_FORMAT', 'TUF 1.0 delegates by globs and by prefixes of hashes, not of paths'),
    );
    const role = roleOf({ kind: 'paths', patterns: ['*'] });
    const succinct = { ...keys, bitLength: 1, namePrefix: 'b' };
    for (const beside of [{ roles: [role] }, { succinct }, { unrecognized: { x: 1 } }]) {
      expect(() => writeDelegationMembers({ ...none, groups: [], ...beside })).toThrow(
        refusal('TUF_FORMAT', 'roles that must agree are delegated to alone'),
      );
    }
    expect(writeDelegationMembers({ ...none, groups: [] })).toEqual({
      keys_for_delegations: {},
      delegations: [],
    });
  });

  it('leaves out what is not stated', () => {
    expect(Object.entries(writeMetaFile({ version: 3 }))).toEqual([['version', 3]]);
    expect(writeMetaFile({ version: 3, length: 0, hashes: new Map([['x', 'y']]) })).toEqual({
      version: 3,
      length: 0,
      hashes: { x: 'y' },
    });
  });

  it.each([new Date(NaN), new Date(8.64e15)])('refuses the expiry %s', date => {
    expect(() => formatExpires(date)).toThrow(
      refusal('TUF_FORMAT', 'expires must be a date before the year 10000'),
    );
  });
});

describe('a signature', () => {
  it('that is empty, or no hex, is none', () => {
    const read = (sig: string): unknown => readSignature({ keyid: 'k', sig }, 'p').bytes;
    expect(['', 'x', '0', '00'].map(read)).toEqual([undefined, undefined, undefined, Uint8Array.of(0)]);
  });

  it('is put on a document, and on nothing else', () => {
    expect(() => withSignatures(utf8('[]'), [])).toThrow(refusal('JSON_TYPE', 'document must be an object'));
    expect(() => withSignatures(utf8('{}'), [])).toThrow(
      refusal('JSON_TYPE', 'document.signed must be an object'),
    );
  });
});

describe('a payload', () => {
  const at = (signed: string): ReturnType<typeof parseDocument> =>
    parseDocument(utf8(`{"signatures":[],"signed":${signed}}`), 'targets');
  const CANONICAL =
    '{"_type":"targets","expires":"2030-01-01T00:00:00Z","spec_version":"1.0","targets":{},"version":1}';

  it('that came in canonical form is a part of the bytes; another is written anew', () => {
    const [same, other] = [at(CANONICAL), at(CANONICAL.replace(',', ', '))];
    for (const { payload } of [same, other]) expect(Buffer.from(payload).toString()).toBe(CANONICAL);
    expect(same.payload.buffer).toBe(same.bytes.buffer);
    expect(other.payload.buffer).not.toBe(other.bytes.buffer);
  });
});

describe('a snapshot with a long run of versions', () => {
  it('lists it in an object', () => {
    const signed = { ...targets({}), _type: 'snapshot', meta: 1 };
    expect(() => readSigned('snapshot', signed)).toThrow(
      refusal('JSON_TYPE', 'signed.meta must be an object'),
    );
  });

  const name = (i: number): string => `bin-${String(i).padStart(3, '0')}.json`;
  const long = Array.from({ length: 300 }, (_, i) => [name(i), { version: i + 1 }] as const);
  const others = [
    ['a.json', { length: 3, version: 7 }],
    ['z.json', { hashes: { x: 'y' }, version: 8 }],
  ] as const;
  const text = (entries: readonly (readonly [string, JsonValue])[]): string =>
    `{"signatures":[],"signed":{"_type":"snapshot","expires":"2030-01-01T00:00:00Z","meta":${JSON.stringify(Object.fromEntries(entries))},"spec_version":"1.0","version":1}}`;
  const sorted = [others[0], ...long, others[1]];

  it('lists what it lists, entry by entry', () => {
    const { meta } = parseDocument(utf8(text(sorted)), 'snapshot').signed;
    expect(meta).toBeInstanceOf(MapWithRun);
    expect(meta.size).toBe(302);
    expect(meta.get(name(5))).toEqual({ version: 6 });
    expect(meta.get('a.json')).toMatchObject({ version: 7, length: 3 });
    expect(meta.get('z.json')).toMatchObject({ version: 8, hashes: new Map([['x', 'y']]) });
    expect([name(299), 'a.json', 'none', ''].map(one => meta.has(one))).toEqual([true, true, false, false]);
    expect(meta.get('none')).toBeUndefined();
    const names = [...long.map(([one]) => one), 'a.json', 'z.json'];
    expect([...meta.keys()]).toEqual(names);
    expect([...meta.values()].map(({ version }) => version)).toEqual([
      ...long.map(([, { version }]) => version),
      7,
      8,
    ]);
    expect([...meta].map(([one]) => one)).toEqual(names);
    expect([...meta.entries()]).toEqual([...meta]);
    const visited: unknown[] = [];
    meta.forEach((file, one, map) => visited.push([one, file.version, map === meta]));
    expect(visited).toEqual([...meta].map(([one, { version }]) => [one, version, true]));
  });

  it('is left in the text of no other type', () => {
    const run = parseStrictMember(utf8(text(long)), 'signed', { runIn: { key: 'meta', runs: VERSION_RUNS } })
      .value as JsonObject;
    expect(VERSION_RUNS.of((run['signed'] as JsonObject)['meta'] as JsonObject)?.length).toBe(300);
    expect(parseDocument(utf8(text(sorted.toReversed())), 'snapshot').signed.meta).not.toBeInstanceOf(
      MapWithRun,
    );
  });
});

describe('what was verified', () => {
  const sim = new Simulator();
  sim.delegate('targets', 'team', ['*']);
  sim.commit('targets');
  const root = trustRoot(parseDocument(sim.files.get('1.root.json')!, 'root'));
  const document = parseDocument(sim.files.get('2.targets.json')!, 'targets');
  const top = verifyRole(root, parseRoleName('targets'), document);

  it('gives what was signed', () => {
    expect(top.payload).toBe(document.payload);
    expect(top.bytes).toBe(document.bytes);
  });

  it('delegates to those it names', () => {
    expect(keysFor(top, parseRoleName('team')).roleKeys.threshold).toBe(1);
    expect(() => keysFor(top, parseRoleName('stranger'))).toThrow(
      refusal('TUF_NOT_DELEGATED', 'targets does not delegate to stranger'),
    );
  });

  it('is refused from the second on that it expires, and says which document that is', () => {
    const { expires } = document.signed;
    const code = 'TUF_EXPIRED';
    expect(() => refuseExpired(top, new Date(expires.getTime() - 1))).not.toThrow();
    expect(() => refuseExpired(top, expires)).toThrow(
      expect.objectContaining({
        code,
        details: { role: 'targets', version: 2, expires: expires.toISOString() },
      }),
    );
  });
});

describe('the name of a role', () => {
  it('is cut in messages after 64 characters', () => {
    const said = (text: string): RegExp =>
      new RegExp(`, ${JSON.stringify(text).replace('\\', '\\\\')} has not$`);
    expect(() => parseRoleName(`\n${'x'.repeat(63)}`)).toThrow(said(`\n${'x'.repeat(63)}`));
    expect(() => parseRoleName(`\n${'x'.repeat(64)}`)).toThrow(said(`\n${'x'.repeat(63)}…`));
  });
});
