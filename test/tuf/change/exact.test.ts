/** Changes word for word: what is shown to those who sign. */
import { describe, expect, it } from 'vitest';
import { parseKeyId } from '../../../src/crypto/key-id.js';
import type { JsonObject } from '../../../src/json/types.js';
import { changeOfKeys, changeOfUnusedKeys } from '../../../src/tuf/change/keys.js';
import { changeOfRoot } from '../../../src/tuf/change/root.js';
import { membersThatDiffer } from '../../../src/tuf/change/same.js';
import { changeOfTargets, targetsStay } from '../../../src/tuf/change/targets.js';
import { readSigned } from '../../../src/tuf/format/tuf1.js';
import type { Root, Targets } from '../../../src/tuf/model.js';
import { ed25519 } from '../../crypto/keys.js';

const EARLY = '2027-01-01T00:00:00Z';
const LATE = '2028-01-01T00:00:00Z';
const keyOf = (name: string): JsonObject => ed25519(name).key.toJson();
const common = (type: string): JsonObject => ({
  _type: type,
  spec_version: '1.0.31',
  version: 1,
  expires: EARLY,
});

function root(change: JsonObject = {}): Root {
  const one = { keyids: ['a'], threshold: 1 };
  const roles = { root: one, targets: one, snapshot: one, timestamp: one };
  return readSigned('root', {
    ...common('root'),
    consistent_snapshot: true,
    keys: { a: keyOf('a') },
    roles,
    ...change,
  });
}

const FILE = { length: 1, hashes: { sha256: '0'.repeat(64) } };
const role = (name: string, change: JsonObject = {}): JsonObject => ({
  name,
  keyids: ['a'],
  threshold: 1,
  terminating: false,
  paths: ['*'],
  ...change,
});
const delegating = (roles: JsonObject[], more: JsonObject = {}): JsonObject => ({
  delegations: { keys: { a: keyOf('a') }, roles, ...more },
});
const bins = (change: JsonObject = {}): JsonObject => ({
  delegations: {
    keys: { a: keyOf('a') },
    succinct_roles: { keyids: ['a'], threshold: 1, bit_length: 2, name_prefix: 'bin', ...change },
  },
});
const targets = (change: JsonObject = {}): Targets =>
  readSigned('targets', { ...common('targets'), targets: {}, ...change });

describe('version, expiry and type', () => {
  it('are shown as they were and as they will be', () => {
    const [before, after] = [new Date(EARLY), new Date(LATE)];
    const next = { version: 2, expires: LATE };
    const both = { version: { before: 1, after: 2 }, expires: { before, after } };
    expect(changeOfRoot(root(), root(next))).toMatchObject({ type: 'root', ...both });
    expect(changeOfTargets(targets(), targets(next))).toMatchObject({ type: 'targets', ...both });
    const first = { version: { before: undefined, after: 1 }, expires: { before: undefined, after: before } };
    expect(changeOfRoot(undefined, root())).toMatchObject(first);
    expect(changeOfTargets(undefined, targets())).toMatchObject(first);
  });

  it('another version of the specification is named', () => {
    const next = { spec_version: '1.0.32' };
    expect(changeOfRoot(root(), root(next)).other).toEqual(['spec_version']);
    expect(changeOfTargets(targets(), targets(next)).other).toEqual(['spec_version']);
    expect(changeOfRoot(undefined, root()).other).toEqual([]);
    expect(changeOfTargets(undefined, targets()).other).toEqual([]);
  });
});

describe('keys of a role', () => {
  const id = parseKeyId('a');
  const { key } = ed25519('a');
  const holders = { keys: new Map([[id, key]]), role: { keyIds: [id], threshold: 1 } };
  const unlisted = { keys: new Map(), role: { keyIds: [id], threshold: 1 } };

  it('come and go with their role, and nothing besides', () => {
    const threshold = (before?: number, after?: number) => ({ threshold: { before, after }, other: [] });
    expect(changeOfKeys(undefined, undefined)).toEqual({ ...threshold(), keys: [] });
    expect(changeOfKeys(undefined, holders)).toEqual({
      ...threshold(undefined, 1),
      keys: [{ id, key, change: 'added' }],
    });
    expect(changeOfKeys(holders, undefined)).toEqual({
      ...threshold(1),
      keys: [{ id, key, change: 'removed' }],
    });
  });

  it('may be listed nowhere, and then be listed', () => {
    const fate = (before: typeof holders, after: typeof holders): object => changeOfKeys(before, after).keys;
    expect(fate(unlisted, unlisted)).toEqual([{ id, key: undefined, change: 'kept' }]);
    expect(fate(unlisted, holders)).toEqual([{ id, key, change: 'exchanged' }]);
    expect(fate(holders, unlisted)).toEqual([{ id, key: undefined, change: 'exchanged' }]);
  });

  it('that no role uses are sorted by id', () => {
    const ids = ['c', 'a', 'd', 'b'].map(parseKeyId);
    const keys = new Map(ids.map(one => [one, ed25519(one).key]));
    expect(changeOfUnusedKeys(new Map(), keys, new Set())).toEqual(['a', 'b', 'c', 'd']);
    expect(changeOfUnusedKeys(keys, new Map(), new Set(ids.slice(1)))).toEqual(['c']);
    expect(changeOfUnusedKeys(keys, keys, new Set())).toEqual([]);
  });

  it('members that TUF does not know are sorted by name', () => {
    expect(membersThatDiffer({ c: 1, a: 1, x: 1 }, { x: 1, d: 1, b: 1 })).toEqual(['a', 'b', 'c', 'd']);
    expect(membersThatDiffer({}, JSON.parse('{"__proto__":1}') as JsonObject)).toEqual(['__proto__']);
    expect(membersThatDiffer({ toString: 1 }, {})).toEqual(['toString']);
  });
});

describe('delegations', () => {
  const [none, x] = [targets(), targets(delegating([role('x')]))];

  it('begin and end', () => {
    for (const [before, after, was, is] of [
      [none, x, false, true],
      [x, none, true, false],
    ] as const) {
      const change = changeOfTargets(before, after);
      expect(change.delegations.map(one => [one.name, !!one.before, !!one.after])).toEqual([['x', was, is]]);
      expect([change.bins, change.order, change.unusedKeys, change.other]).toEqual([
        undefined,
        undefined,
        [],
        [],
      ]);
      expect(targetsStay(change)).toBe(false);
    }
  });

  it('by globs and by prefixes of hashes are two things, also where they are written alike', () => {
    const prefixes = readSigned('targets', {
      ...common('targets'),
      targets: {},
      ...delegating([
        { name: 'x', keyids: ['a'], threshold: 1, terminating: false, path_hash_prefixes: ['ab'] },
      ]),
    });
    const globs = targets(delegating([role('x', { paths: ['ab'] })]));
    expect(changeOfTargets(globs, prefixes).delegations).toHaveLength(1);
    expect(changeOfTargets(prefixes, prefixes).delegations).toEqual([]);
  });

  it('have members of their own', () => {
    const next = targets(delegating([role('x')], { note: 1 }));
    expect(changeOfTargets(x, next).other).toEqual(['delegations.note']);
  });

  it('to hash bins begin, end and are others; their keys are in use', () => {
    const four = targets(bins());
    for (const [before, after] of [
      [none, four],
      [four, none],
      [four, targets(bins({ bit_length: 3 }))],
      [four, targets(bins({ name_prefix: 'tin' }))],
      [four, targets(bins({ threshold: 2 }))],
    ] as const) {
      const change = changeOfTargets(before, after);
      const [was, is] = [before, after].map(({ delegations }) => delegations?.succinct);
      expect(change.bins).toMatchObject({ before: was, after: is });
      expect([change.unusedKeys, change.delegations]).toEqual([[], []]);
      expect(targetsStay(change)).toBe(false);
    }
    expect(changeOfTargets(four, targets(bins({ version: 2 }))).bins?.keys.other).toEqual(['version']);
    expect(targetsStay(changeOfTargets(none, none))).toBe(true);
    expect(targetsStay(changeOfTargets(four, four))).toBe(true);
  });
});

it('two changes do not make none', () => {
  const before = targets({ x: 1, ...delegating([], { keys: {} }) });
  const after = targets({
    targets: { one: FILE },
    x: 2,
    ...delegating([role('x')], { keys: { b: keyOf('b') } }),
  });
  const change = changeOfTargets(before, after);
  const lengths = [change.targets, change.delegations, change.unusedKeys, change.other].map(
    list => list.length,
  );
  expect(lengths).toEqual([1, 1, 1, 1]);
  expect(targetsStay(change)).toBe(false);
});

it('each kind of change alone is one', () => {
  const before = targets(delegating([role('x'), role('y')]));
  for (const after of [
    { targets: { one: FILE }, ...delegating([role('x'), role('y')]) },
    delegating([role('x'), role('y', { threshold: 2 })]),
    delegating([role('y'), role('x')]),
    delegating([role('x'), role('y')], { keys: { a: keyOf('a'), b: keyOf('b') } }),
    { ...delegating([role('x'), role('y')]), more: 1 },
  ])
    expect(targetsStay(changeOfTargets(before, targets(after)))).toBe(false);
});
