/** Lies of whoever names a role's keys: in the entry of the role, or about keys. Each is tried for every role. */
import { generateKeyPairSync } from 'node:crypto';
import type { JsonObject } from '../../../src/json/types.js';
import { ed25519 } from '../../crypto/keys.js';
import { signDoc, type DelegatedDoc, type TargetsDoc } from '../simulator.js';
import { DELEGATOR, pairsOf, ROLES, type Lie, type World } from './world.js';

type Code = Lie['code'];
type Entry = ReturnType<World['entry']>;

const strange = pairsOf('strange');
const rsa1024 = {
  keytype: 'rsa',
  scheme: 'rsassa-pss-sha256',
  keyval: {
    public: generateKeyPairSync('rsa', { modulusLength: 1024 })
      .publicKey.export({ format: 'pem', type: 'spki' })
      .toString(),
  },
};

/** Refused with the delegator's own document: nobody is to trust a part of it. */
const ENTRIES: [attack: string, code: Code, change: (entry: Entry) => void][] = [
  ...[0, -1, '1', null].map((threshold): (typeof ENTRIES)[number] => [
    `threshold ${JSON.stringify(threshold)} (CVE-2026-23992)`,
    'JSON_TYPE',
    ({ entry }) => Object.assign(entry, { threshold }),
  ]),
  ['no threshold', 'JSON_TYPE', ({ entry }) => Reflect.deleteProperty(entry, 'threshold')],
  ['no keyids', 'JSON_TYPE', ({ entry }) => Reflect.deleteProperty(entry, 'keyids')],
  ['one key id listed twice', 'TUF_FORMAT', ({ entry }) => entry.keyids.push(entry.keyids[0]!)],
  ['a key id that is no text', 'JSON_TYPE', ({ entry }) => entry.keyids.push(7 as unknown as string)],
  ['a key id that is empty', 'KEY_FORMAT', ({ entry }) => entry.keyids.push('')],
  ['a key that is null', 'JSON_TYPE', ({ keys, entry }) => (keys[entry.keyids[0]!] = null)],
  ['keys that are a list', 'JSON_TYPE', ({ entry }) => Object.assign(entry, { keyids: { length: 1 } })],
];

/** Names keys that cannot count, under ids of their own, with which the role then signs. */
function bad(make: (key: JsonObject) => JsonObject): (entry: Entry, world: World, role: string) => void {
  return ({ keys, entry }, { sim }, role) => {
    const pairs = sim.signers
      .get(role)!
      .map((pair, i) => ({ ...pair, key: { ...pair.key, id: `bad-${i}` } }));
    for (const [i, { key }] of sim.signers.get(role)!.entries()) keys[`bad-${i}`] = make(key.toJson());
    Object.assign(entry, { keyids: pairs.map(({ key }) => key.id) });
    sim.signers.set(role, pairs as never);
  };
}

/** The delegator is believed, and the role's own document is refused. */
const KEYS: [attack: string, change: (entry: Entry, world: World, role: string) => void][] = [
  ['a threshold above the number of keys', ({ entry }) => Object.assign(entry, { threshold: 4 })],
  ['a threshold of 2^53 - 1', ({ entry }) => Object.assign(entry, { threshold: Number.MAX_SAFE_INTEGER })],
  ['keys that the document does not list', ({ entry }) => Object.assign(entry, { keyids: ['a', 'b'] })],
  ['no keys at all', ({ entry }) => Object.assign(entry, { keyids: [] })],
  [
    'one key listed under two ids',
    ({ keys, entry }, world, role) => {
      const [pair] = strange;
      Object.assign(keys, { one: pair!.key.toJson(), two: pair!.key.toJson() });
      Object.assign(entry, { keyids: ['one', 'two'] });
      world.sim.signers.set(role, [{ ...pair!, key: { id: 'one' } as never }, pair!]);
    },
  ],
  ['an unknown key type', bad(key => ({ ...key, keytype: 'x' }))],
  ['an unknown scheme (CVE-2015-9258)', bad(key => ({ ...key, scheme: 'none' }))],
  ['the scheme of another key type (CVE-2015-9258)', bad(key => ({ ...key, scheme: 'ecdsa-sha2-nistp256' }))],
  ['a point of small order as key', bad(key => ({ ...key, keyval: { public: `01${'00'.repeat(31)}` } }))],
  ['an RSA key of 1024 bits', bad(() => rsa1024)],
  ['a key that cannot be read', bad(key => ({ ...key, keyval: { public: 'zz' } }))],
];

const delegatorOf = (role: string): string => DELEGATOR[role] ?? 'targets';

export const ENTRY_LIES: Lie[] = ENTRIES.flatMap(([attack, code, change]) =>
  ROLES.map(role => ({
    attack: `the keys of a role: ${attack}`,
    role,
    code,
    kept: delegatorOf(role),
    tell: (world: World) => {
      change(world.entry(role));
      const delegator = delegatorOf(role);
      world.publish(delegator);
    },
  })),
);

/** The root's own keys are among those that root names: a root of such keys is refused itself. */
export const KEY_LIES: Lie[] = KEYS.flatMap(([attack, change]) =>
  ROLES.map(role => ({
    attack: `the keys of a role: ${attack}`,
    role,
    code: 'TUF_THRESHOLD' as const,
    // Where a root takes an online key back, what it signed is forgotten (5.3.11).
    kept: role === 'timestamp' || role === 'snapshot' ? 'none' : role,
    tell: (world: World) => {
      const signers = world.sim.signers.get('root')!;
      change(world.entry(role), world, role);
      const delegator = delegatorOf(role);
      if (role === 'root') {
        world.serve('root', signDoc(world.next('root'), [...signers, ed25519('another root key')]));
        return;
      }
      world.publish(delegator);
      world.publish(role);
    },
  })),
);

const NAMES: [attack: string, name: string][] = [
  ['like the root', 'root'],
  ['like a top-level role in other letters', 'Targets'],
  ['with a NUL', 'a\0b'],
  ['with a line end', 'a\nb'],
  ['with nothing in it', ''],
  ['very long', 'x'.repeat(257)],
];

/** Names that no role may have, in the documents that can delegate. */
export const NAME_LIES: Lie[] = NAMES.flatMap(([attack, name]) =>
  ['targets', 'team', 'team/deep'].map(role => ({
    attack: `a delegated role named ${attack}`,
    role,
    code: 'TUF_ROLE_NAME' as const,
    tell: (world: World) => {
      addRole(world, role, { name });
      world.publish(role);
    },
  })),
);

function addRole({ sim }: World, role: string, more: Partial<DelegatedDoc>): void {
  const doc = sim.targets.get(role)!;
  doc.delegations ??= { keys: {}, roles: [] };
  const entry = { name: 'x', keyids: [], threshold: 1, terminating: false, paths: ['*'], ...more };
  doc.delegations.roles.push(entry);
}

const without = (name: string) => (doc: TargetsDoc) =>
  Reflect.deleteProperty(doc.delegations!.roles[0]!, name);
const DELEGATIONS: [
  attack: string,
  code: Code,
  change: (doc: TargetsDoc, world: World, role: string) => unknown,
][] = [
  ['a role listed twice', 'TUF_FORMAT', doc => doc.delegations!.roles.push(doc.delegations!.roles[0]!)],
  [
    'both paths and path_hash_prefixes',
    'TUF_FORMAT',
    doc => (doc.delegations!.roles[0]!.path_hash_prefixes = ['00']),
  ],
  ['neither paths nor path_hash_prefixes', 'TUF_FORMAT', without('paths')],
  ['no terminating', 'JSON_TYPE', without('terminating')],
  [
    'terminating "false"',
    'JSON_TYPE',
    doc => Object.assign(doc.delegations!.roles[0]!, { terminating: 'false' }),
  ],
  [
    'a path that is no text',
    'JSON_TYPE',
    doc => Object.assign(doc.delegations!.roles[0]!, { paths: [null] }),
  ],
  ['roles that are an object', 'JSON_TYPE', doc => Object.assign(doc.delegations!, { roles: {} })],
  ['roles beside hash bins', 'TUF_FORMAT', doc => Object.assign(doc.delegations!, { succinct_roles: {} })],
  [
    'a hash prefix in capitals',
    'TUF_FORMAT',
    doc => {
      without('paths')(doc);
      doc.delegations!.roles[0]!.path_hash_prefixes = ['FF'];
    },
  ],
];

/** Delegations that cannot be read in one way only. */
export const DELEGATION_LIES: Lie[] = DELEGATIONS.flatMap(([attack, code, change]) =>
  ['targets', 'team', 'team/deep'].map(role => ({
    attack: `delegations: ${attack}`,
    role,
    code,
    tell: (world: World) => {
      if (role === 'team/deep') addRole(world, role, {});
      change(world.sim.targets.get(role)!, world, role);
      world.publish(role);
    },
  })),
);
