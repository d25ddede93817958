import { describe, expect, it } from 'vitest';
import { asObject } from '../../../src/json/read.js';
import type { JsonObject, JsonValue } from '../../../src/json/types.js';
import { changeOfRoot, rootStays } from '../../../src/tuf/change/root.js';
import { changeOfTargets, targetsStay } from '../../../src/tuf/change/targets.js';
import { readSigned } from '../../../src/tuf/format/tuf1.js';
import { newKey } from '../../repository/publisher.js';

const keys = [newKey(), newKey(), newKey(), newKey(), newKey()].map(({ key }) => key);
const [a, b, c, d, unused] = keys.map(({ id }) => String(id));
const listed = Object.fromEntries(keys.map(key => [key.id, key.toJson()]));

const ROOT: JsonObject = {
  _type: 'root',
  spec_version: '1.0.34',
  version: 4,
  expires: '2027-01-01T00:00:00Z',
  consistent_snapshot: true,
  keys: listed,
  roles: {
    root: { keyids: [a!, b!], threshold: 2, note: 'r' },
    targets: { keyids: [c!], threshold: 1 },
    snapshot: { keyids: [d!], threshold: 1 },
    timestamp: { keyids: [d!], threshold: 1 },
  },
  extra: { x: 1 },
};

const file = (name: string): JsonObject => ({
  length: 7,
  hashes: { sha256: name.repeat(64), sha512: name.repeat(128) },
  custom: { grants: 'network=user' },
  odd: 1,
});
const TARGETS: JsonObject = {
  _type: 'targets',
  spec_version: '1.0.34',
  version: 9,
  expires: '2027-01-01T00:00:00Z',
  targets: { one: file('1'), two: file('2') },
  delegations: {
    keys: listed,
    roles: [
      { name: 'x', keyids: [a!, b!], threshold: 1, terminating: true, paths: ['x/*', 'y/*'], more: 1 },
      { name: 'y', keyids: [c!], threshold: 1, terminating: false, path_hash_prefixes: ['ab'] },
    ],
    beside: true,
  },
  extra: { x: 1 },
};
const BINS: JsonObject = {
  ...TARGETS,
  delegations: {
    keys: listed,
    succinct_roles: { keyids: [a!], threshold: 1, bit_length: 4, name_prefix: 'bin', more: 1 },
  },
};

/** Every document that differs from `value` in one place: a leaf that is another, or a member that is gone. */
function* variants(value: JsonValue): Generator<JsonValue> {
  if (Array.isArray(value)) {
    for (const [i, item] of (value as JsonValue[]).entries()) {
      yield (value as JsonValue[]).filter((_, j) => j !== i);
      for (const other of variants(item)) yield (value as JsonValue[]).with(i, other);
    }
    yield [...(value as JsonValue[])].reverse();
  } else if (typeof value === 'object' && value !== null) {
    const object = asObject(value, 'value');
    for (const [name, item] of Object.entries(object)) {
      yield Object.fromEntries(Object.entries(object).filter(([other]) => other !== name));
      for (const other of variants(item ?? null)) yield { ...object, [name]: other };
    }
    yield { ...object, new: 1 };
  } else if (typeof value === 'number') {
    yield value + 1;
  } else if (typeof value === 'boolean') {
    yield !value;
  } else if (typeof value === 'string') {
    yield value.replace(/.$/, last => (last === '1' ? '2' : '1'));
    yield value.replace('1.0.34', '1.0.33');
  }
}

const same = (x: JsonValue, y: JsonValue): boolean => JSON.stringify(x) === JSON.stringify(y);
const without = (signed: JsonObject): JsonValue => ({ ...signed, version: 0, expires: '' });

describe.each(['root', 'targets', 'bins'] as const)('no change of %s is hidden', kind => {
  const document = { root: ROOT, targets: TARGETS, bins: BINS }[kind];
  const stays = (signed: JsonObject): boolean =>
    kind === 'root'
      ? rootStays(changeOfRoot(readSigned('root', document), readSigned('root', signed)))
      : targetsStay(changeOfTargets(readSigned('targets', document), readSigned('targets', signed)));
  const readable = [...variants(document)]
    .map(variant => asObject(variant, 'variant'))
    .filter(variant => {
      try {
        readSigned(kind === 'root' ? 'root' : 'targets', variant);
        return true;
      } catch {
        return false; // nobody can sign it
      }
    });

  it('tries enough', () => {
    expect(readable.length).toBeGreaterThan(30);
  });

  it('each way to differ in one place is found, and nothing where nothing differs', () => {
    expect(stays(document)).toBe(true);
    // The order of keys within one role and of the hashes has no meaning.
    const hidden = readable
      .filter(variant => !same(without(variant), without(document)))
      .filter(stays)
      .map(variant => JSON.stringify(variant));
    const meaningless = hidden.filter(text => {
      const sorted = (json: string): string => [...json].sort().join('');
      return sorted(text) === sorted(JSON.stringify(document));
    });
    expect(hidden.filter(text => !meaningless.includes(text))).toEqual([]);
  });
});

const root = (signed: object) => readSigned('root', { ...ROOT, ...signed });
const targets = (signed: object) => readSigned('targets', { ...TARGETS, ...signed });

describe('what a root changes', () => {
  const roles = asObject(ROOT['roles'], 'roles');

  it('keys that come, stay and go, and the threshold', () => {
    const next = root({
      version: 5,
      roles: { ...roles, root: { keyids: [b!, c!], threshold: 1, note: 'r' } },
    });
    const change = changeOfRoot(root({}), next);
    expect(change.version).toEqual({ before: 4, after: 5 });
    expect(change.roles.root.threshold).toEqual({ before: 2, after: 1 });
    expect(change.roles.root.keys.map(({ id, change: what }) => [id, what])).toEqual([
      [b, 'kept'],
      [c, 'added'],
      [a, 'removed'],
    ]);
    expect(change.roles.root.keys[2]?.key?.toJson()).toEqual(listed[a!]);
    expect(change.roles.targets.keys).toMatchObject([{ change: 'kept' }]);
    expect(change.unusedKeys).toEqual([]);
    expect(rootStays(change)).toBe(false);
  });

  it('the first root adds everything', () => {
    const change = changeOfRoot(undefined, root({ version: 1 }));
    expect(change.version).toEqual({ before: undefined, after: 1 });
    expect(change.roles.root.keys.map(({ change: what }) => what)).toEqual(['added', 'added']);
    expect(change.unusedKeys).toEqual([unused]);
    expect(change.other).toEqual(['extra']);
  });

  it('an id that names another key, and members that it does not know', () => {
    const next = root({ keys: { ...listed, [a!]: listed[c!] }, extra: { x: 2 }, consistent_snapshot: false });
    const change = changeOfRoot(root({}), next);
    expect(change.roles.root.keys).toMatchObject([{ id: a, change: 'exchanged' }, { change: 'kept' }]);
    expect(change.other).toEqual(['consistent_snapshot', 'extra']);
  });

  it('version and expiry alone are a signature anew', () => {
    expect(rootStays(changeOfRoot(root({}), root({ version: 5, expires: '2028-01-01T00:00:00Z' })))).toBe(
      true,
    );
  });
});

describe('what a targets document changes', () => {
  const [x, y] = asObject(TARGETS['delegations'], '')['roles'] as [JsonObject, JsonObject];
  const delegating = (...roles: JsonObject[]) =>
    targets({ delegations: { keys: listed, roles, beside: true } });

  it('targets that come, go and are others, sorted', () => {
    const change = changeOfTargets(
      targets({}),
      targets({ targets: { two: { ...file('2'), custom: {} }, a: file('3') } }),
    );
    expect(change.targets.map(({ path, before, after }) => [path, before?.length, after?.custom])).toEqual([
      ['a', undefined, { grants: 'network=user' }],
      ['one', 7, undefined],
      ['two', 7, {}],
    ]);
  });

  it('roles that come, go and are others', () => {
    const change = changeOfTargets(
      targets({}),
      delegating({ ...x, paths: ['z/*'] }, { ...y, name: 'z', threshold: 1 }),
    );
    expect(change.delegations.map(({ name, before, after }) => [name, !!before, !!after])).toEqual([
      ['x', true, true],
      ['z', false, true],
      ['y', true, false],
    ]);
    expect(change.order).toBeUndefined();
  });

  it('a role that is asked earlier than before, and a new one before an old one', () => {
    expect(changeOfTargets(targets({}), delegating(y, x)).order).toEqual({
      before: ['x', 'y'],
      after: ['y', 'x'],
    });
    const change = changeOfTargets(targets({}), delegating({ ...x, name: 'z' }, x, y));
    expect(change.order?.after).toEqual(['z', 'x', 'y']);
    expect(changeOfTargets(targets({}), delegating(x, y, { ...x, name: 'z' })).order).toBeUndefined();
    expect(changeOfTargets(targets({}), delegating(y)).order).toBeUndefined();
  });

  it('hash bins that come, go and are others', () => {
    const bins = readSigned('targets', BINS);
    expect(changeOfTargets(targets({}), bins).bins).toMatchObject({ before: undefined });
    expect(changeOfTargets(bins, targets({})).bins).toMatchObject({ after: undefined });
    expect(changeOfTargets(bins, bins).bins).toBeUndefined();
  });

  it('the first document adds everything', () => {
    const change = changeOfTargets(undefined, targets({}));
    expect(change.targets.map(({ path }) => path)).toEqual(['one', 'two']);
    expect(change.delegations.map(({ name }) => name)).toEqual(['x', 'y']);
    expect(change.unusedKeys).toEqual([d, unused].sort());
    expect(change.order).toBeUndefined();
  });
});
