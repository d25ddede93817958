/** What a person is shown before they sign: nothing that is signed is left out, nothing in it steers the terminal. */
import { describe, expect, it } from 'vitest';
import { changeJson } from '../../src/cli/change-json.js';
import { rootWords, targetsWords } from '../../src/cli/change-words.js';
import { loadCatalogue } from '../../src/config/catalogue.js';
import type { JsonObject } from '../../src/json/types.js';
import { changeOfRoot } from '../../src/tuf/change/root.js';
import { changeOfTargets } from '../../src/tuf/change/targets.js';
import { readSigned } from '../../src/tuf/format/tuf1.js';
import { newKey } from '../repository/publisher.js';

const { catalogue } = await loadCatalogue();
const [a, b] = [newKey().key, newKey().key];
const listed = { [a.id]: a.toJson(), [b.id]: b.toJson() };
const common = { spec_version: '1.0.34', expires: '2027-01-01T00:00:00Z' };
const hex = (digit: string): string => digit.repeat(64);

const targets = (members: JsonObject, version = 2) =>
  readSigned('targets', { _type: 'targets', ...common, version, targets: {}, ...members });
const wordsOf = (before: JsonObject, after: JsonObject): string[] =>
  targetsWords('team', changeOfTargets(targets(before), targets(after, 3)), catalogue).split('\n');
const file = (members: JsonObject = {}): JsonObject => ({
  length: 5,
  hashes: { sha256: hex('1') },
  ...members,
});
const writ = (grants: JsonObject): JsonObject => ({ writ: { v: 1, catalogue: '1', grants } });
const target = (
  before: JsonObject | undefined,
  after: JsonObject | undefined,
  path = 'r/app@sha256:1',
): string[] =>
  wordsOf(
    { targets: before === undefined ? {} : { [path]: before } },
    { targets: after === undefined ? {} : { [path]: after } },
  ).slice(2);

describe('a target', () => {
  it('that is new says its digest, its grants and its length', () => {
    expect(target(undefined, file({ custom: writ({ network: 'user' }) }))).toEqual([
      '  + r/app@sha256:1',
      `      sha256  ${hex('1')}`,
      '      grants  network=user',
      '      length  5',
    ]);
  });

  it('without grants says so where they would stand: at the digest, not at the tag', () => {
    expect(target(undefined, file())).toContain('      grants  none');
    expect(target(undefined, file(), 'r/app:1').join()).not.toContain('grants');
    expect(target(undefined, file({ custom: writ({ network: 'user' }) }), 'r/app:1')).toContain(
      '      grants  network=user',
    );
  });

  it('that goes says what it was', () => {
    expect(target(file(), undefined)).toContain('  - r/app@sha256:1');
    expect(target(file(), undefined)).toContain(`      sha256  ${hex('1')}`);
  });

  it('that changes says from what to what', () => {
    const after = file({
      hashes: { sha256: hex('2'), blake2: 'ff' },
      length: 6,
      custom: { note: { x: 1 } },
      odd: true,
    });
    expect(target(file({ custom: writ({ network: 'user' }) }), after)).toEqual([
      '  ~ r/app@sha256:1',
      `      sha256  ${hex('1')} → ${hex('2')}`,
      '      grants  network=user → none',
      '      length  5 → 6',
      '      blake2 is "ff"',
      '      note is {"x":1}',
      '      odd is true',
    ]);
    expect(target(after, file()).slice(-3)).toEqual([
      '      blake2 is gone',
      '      note is gone',
      '      odd is gone',
    ]);
  });

  it('with grants that nobody can read shows them as they are', () => {
    expect(target(undefined, file({ custom: { writ: { v: 9 } } }))).toContain(
      '      grants  unreadable: {"v":9}',
    );
  });

  it('of a hostile name stays in its line', () => {
    const path = 'x\n  nothing else changes\u001b[2K\u202e';
    expect(target(undefined, file(), path)[0]).toBe('  + x\\u000a  nothing else changes\\u001b[2K\\u202e');
  });
});

describe('a delegation', () => {
  const role = (members: JsonObject = {}): JsonObject => ({
    name: 'web',
    keyids: [a.id],
    threshold: 1,
    terminating: true,
    paths: ['r/web/*'],
    ...members,
  });
  const delegating = (...roles: JsonObject[]): JsonObject => ({ delegations: { keys: listed, roles } });

  it('that is new says who, how many, and for what', () => {
    expect(wordsOf({ delegations: { keys: listed, roles: [] } }, delegating(role())).slice(2)).toEqual([
      '  + role web: 1 of 1 key must sign; terminating',
      '      + path r/web/*',
      `      + ${a.id}  ed25519`,
    ]);
  });

  it('that changes says what comes and goes', () => {
    const after = role({
      keyids: [b.id],
      threshold: 1,
      terminating: false,
      paths: ['r/web/*', 'r/*'],
      odd: 1,
    });
    expect(wordsOf(delegating(role()), delegating(after)).slice(2)).toEqual([
      '  ~ role web: 1 of 1 key must sign; not terminating: roles after it are asked too, was not so before',
      '        path r/web/*',
      '      + path r/*',
      `      + ${b.id}  ed25519`,
      `      - ${a.id}  ed25519`,
      '      ! odd differs',
    ]);
    const fewer = wordsOf(delegating(role({ keyids: [a.id, b.id], threshold: 2 })), delegating(role()));
    expect(fewer[2]).toContain('1 of 1 key must sign (2 before)');
  });

  it('that goes, and another order, are said', () => {
    const other = role({ name: 'shop' });
    expect(wordsOf(delegating(role(), other), delegating(other))).toContain(
      '  - role web: no longer speaks for anything',
    );
    expect(wordsOf(delegating(role(), other), delegating(other, role()))).toContain(
      '  ! asked in the order shop, web',
    );
  });

  it('to hash bins is said', () => {
    const bins = { keyids: [a.id], threshold: 1, bit_length: 3, name_prefix: 'bins' };
    const lines = wordsOf({}, { delegations: { keys: { [a.id]: a.toJson() }, succinct_roles: bins } });
    expect(lines.slice(2)).toEqual([
      '  ~ none → 8 hash bins bins-…; 1 of 1 key must sign',
      `      + ${a.id}  ed25519`,
    ]);
  });
});

it('nothing is said to be nothing, and what is not known is named', () => {
  expect(wordsOf({}, {})).toEqual([
    'team version 3, after version 2',
    '  expires  2027-01-01T00:00:00.000Z',
    '  nothing else changes',
  ]);
  expect(wordsOf({}, { odd: 1 }).slice(2)).toEqual(['  ! odd differs']);
  expect(wordsOf({}, { delegations: { keys: listed, roles: [] } }).slice(2)).toEqual(
    [a.id, b.id].sort().map(id => `  ! lists the key ${id}, which no role uses`),
  );
});

describe('a root', () => {
  const root = (members: JsonObject) =>
    readSigned('root', {
      _type: 'root',
      ...common,
      version: 1,
      consistent_snapshot: true,
      keys: listed,
      roles: Object.fromEntries(
        ['root', 'targets', 'snapshot', 'timestamp'].map(name => [name, { keyids: [a.id], threshold: 1 }]),
      ),
      ...members,
    });

  it('is shown whole, marked where it differs', () => {
    const next = root({
      version: 2,
      keys: { [a.id]: b.toJson(), [b.id]: { keytype: 'rot13', scheme: 'rot13', keyval: { public: '' } } },
      roles: {
        ...Object.fromEntries(
          ['targets', 'snapshot', 'timestamp'].map(name => [name, { keyids: [a.id], threshold: 1 }]),
        ),
        root: { keyids: [a.id, b.id, 'none'], threshold: 2 },
      },
      odd: 1,
    });
    const lines = rootWords(changeOfRoot(root({}), next)).split('\n');
    expect(lines.slice(0, 6)).toEqual([
      'root version 2, after version 1',
      '  expires    2027-01-01T00:00:00.000Z',
      '  root       2 of 3 keys must sign (1 before)',
      `    ! ${a.id}  ed25519, another key under the same id`,
      expect.stringMatching(`^    \\+ ${b.id}  cannot count: .*rot13`) as string,
      '    + none  no such key is listed',
    ]);
    expect(lines.at(-1)).toBe('  ! odd differs');
  });

  it('is the same for programs', () => {
    expect(changeJson(changeOfRoot(undefined, root({})))).toMatchObject({
      version: { before: null, after: 1 },
      roles: { root: { threshold: { before: null, after: 1 }, keys: [{ id: a.id, change: 'added' }] } },
      unusedKeys: [b.id],
    });
  });
});

it('a change of targets is the same for programs', () => {
  const change = changeOfTargets(
    targets({ targets: { x: file() } }),
    targets({ targets: { y: file() }, odd: 1 }, 3),
  );
  expect(changeJson(change)).toMatchObject({
    version: { before: 2, after: 3 },
    targets: [
      { path: 'x', before: file(), after: null },
      { path: 'y', before: null, after: file() },
    ],
    delegations: [],
    bins: null,
    order: null,
    other: ['odd'],
  });
});
