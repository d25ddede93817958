/** Lies about which version is current, about what another document says of a file, and about targets. */
import { WritError } from '../../../src/errors.js';
import { sha256, signDoc, utf8, type FileDoc } from '../simulator.js';
import { OWNERS, pathOf, ROLES, type Lie, type Role, type World } from './world.js';

type Code = Lie['code'];

/** Roles that another document lists. */
const LISTED = ROLES.filter(role => role !== 'root' && role !== 'timestamp');

/** Publishes the next version of `role` honestly, and then changes what is said of it, signed by who says it. */
function relist({ sim }: World, role: Role, change: (file: FileDoc) => void): void {
  const [list, rewrite] =
    role === 'snapshot'
      ? ([sim.timestamp, sim.writeTimestamp.bind(sim)] as const)
      : ([sim.snapshot, sim.writeSnapshot.bind(sim)] as const);
  change(list.meta[`${role}.json`]!);
  rewrite();
}

const LISTINGS: [attack: string, code: Code, change: (file: FileDoc) => void][] = [
  ['mix-and-match: another hash', 'TUF_HASH', file => (file.hashes = { sha256: '00'.repeat(32) })],
  [
    'mix-and-match: one good hash and one bad',
    'TUF_HASH',
    file => (file.hashes!['sha512'] = '00'.repeat(64)),
  ],
  ['hashes of unknown kinds only', 'TUF_HASH', file => (file.hashes = { md5: '00' })],
  ['a length smaller than what is served', 'TUF_LIMIT', file => file.length!--],
  ['a length larger than what is served', 'TUF_LENGTH', file => file.length!++],
];

/** The document that lists the file is itself refused. */
const BAD_LISTS: [attack: string, code: Code, change: (file: FileDoc) => void][] = [
  ['a listed version 0', 'JSON_TYPE', file => (file.version = 0)],
  ['a listed version -1', 'JSON_TYPE', file => (file.version = -1)],
  ['a listed hash that is no hex', 'TUF_FORMAT', file => (file.hashes = { sha256: '../../x' })],
  ['a listed hash that is too short', 'TUF_FORMAT', file => (file.hashes = { sha256: '00' })],
  ['no listed hash in hashes', 'TUF_FORMAT', file => (file.hashes = {})],
  ['a listed length below 0', 'JSON_TYPE', file => (file.length = -1)],
];

const LISTING_LIES: Lie[] = LISTED.flatMap(role => [
  ...LISTINGS.map(([attack, code, change]) => ({
    attack,
    role,
    code,
    tell: (world: World) => {
      world.publish(role);
      relist(world, role, change);
    },
  })),
  ...BAD_LISTS.map(([attack, code, change]) => ({
    attack,
    role,
    code,
    kept: role === 'snapshot' ? 'timestamp' : 'snapshot',
    tell: (world: World) => {
      world.publish(role);
      relist(world, role, change);
    },
  })),
]);

/** The name of the file in which the next version of `role` is served. */
const fileOf = (role: Role): string => (role === 'timestamp' ? 'timestamp.json' : `2.${role}.json`);

/** Serves an older or another document under the name of the next one. */
const REPLAYS: Lie[] = [
  ...LISTED.map(role => ({
    attack: 'mix-and-match: the old version under the name of the new one',
    role,
    code: 'TUF_VERSION' as const,
    tell: (world: World) => {
      world.publish(role);
      const old = world.sim.files.get(`1.${role}.json`)!;
      world.sim.files.set(fileOf(role), old);
      relist(world, role, file =>
        Object.assign(file, { length: old.length, hashes: { sha256: sha256(old) } }),
      );
    },
  })),
  ...ROLES.filter(role => role !== 'timestamp').map(role => ({
    attack: 'mix-and-match: the document of another role in the place of this one',
    role,
    code: (role === 'root' || role === 'snapshot' ? 'TUF_FORMAT' : 'TUF_THRESHOLD') as Code,
    tell: (world: World) => {
      const other =
        role === 'targets' || role === 'root' || role === 'snapshot' ? '1.team.json' : '1.targets.json';
      world.serve(role, world.sim.files.get(other)!);
    },
  })),
  ...([1, 3] as const).map(version => ({
    attack: `root versions not sequential: ${version} after 1 (CVE-2025-2885)`,
    role: 'root',
    code: 'TUF_VERSION' as const,
    tell: (world: World) => {
      world.serve('root', signDoc({ ...world.next('root'), version }, world.sim.signers.get('root')!));
    },
  })),
];

/** Versions that go back, after the client has seen higher ones. */
const ROLLBACKS: Lie[] = ROLES.filter(role => role !== 'root').flatMap(role => {
  const ahead = (world: World): void => {
    const { sim } = world;
    const doc = world.doc(role);
    doc.version = 1;
    sim.timestamp.version = role === 'timestamp' ? 1 : 9;
    if (role === 'snapshot') sim.writeSnapshot();
    else if (role === 'timestamp') sim.writeTimestamp();
    else {
      sim.snapshot.version = 9;
      sim.write(role);
    }
  };
  return [
    {
      attack: 'rollback (CVE-2022-29173, CVE-2025-2887)',
      role,
      code: 'TUF_ROLLBACK' as const,
      prepare: (world: World) => {
        world.sim.timestamp.version = 5;
        world.sim.snapshot.version = 5;
        if (role !== 'timestamp' && role !== 'snapshot') world.sim.targets.get(role)!.version = 5;
        world.sim.write(...(role === 'timestamp' || role === 'snapshot' ? [] : [role]));
      },
      kept: role === 'timestamp' || role === 'snapshot' ? role : 'snapshot',
      tell: ahead,
    },
  ];
});

const VANISHED: Lie[] = OWNERS.map(role => ({
  attack: 'rollback: a file that the snapshot lists no more',
  role,
  code: 'TUF_ROLLBACK' as const,
  kept: 'snapshot',
  tell: (world: World) => {
    Reflect.deleteProperty(world.sim.snapshot.meta, `${role}.json`);
    world.sim.snapshot.version = 2;
    world.sim.timestamp.version = 2;
    world.sim.writeSnapshot();
  },
}));

const WITHHELD: Lie[] = ROLES.filter(role => role !== 'root').map(role => ({
  attack: 'malicious mirror: the new version is withheld',
  role,
  code: 'TUF_MISSING' as const,
  tell: (world: World) => {
    world.publish(role);
    world.sim.files.delete(fileOf(role));
  },
}));

const SLOW: Lie[] = ROLES.map(role => ({
  attack: 'slow retrieval: the fetcher gives up',
  role,
  code: 'FETCH_TIMEOUT' as const,
  tell: (world: World) => {
    const { sim } = world;
    world.publish(role);
    const get = sim.files.get.bind(sim.files);
    let failures = 2;
    sim.files.get = name => {
      if (name !== fileOf(role) || failures-- <= 0) return get(name);
      throw new WritError('FETCH_TIMEOUT', 'no byte for a long time');
    };
  },
}));

const FREEZES: Lie[] = ROLES.map(role => ({
  attack: 'indefinite freeze: what was trusted has expired and is served on',
  role,
  code: 'TUF_EXPIRED' as const,
  kept: 'none',
  tell: (world: World) => {
    world.sim.now = '2030-02-01T00:00:00Z';
  },
}));

const TARGETS: [attack: string, code: Code, change: (world: World, wire: string, role: Role) => void][] = [
  ['arbitrary software: another content', 'TUF_HASH', (w, wire) => flip(w, wire)],
  [
    'endless data: a longer target',
    'TUF_LENGTH',
    (w, wire) => w.sim.targetFiles.set(wire, utf8('x'.repeat(100))),
  ],
  ['a truncated target', 'TUF_LENGTH', (w, wire) => w.sim.targetFiles.set(wire, utf8(''))],
  ['malicious mirror: the target is withheld', 'TUF_MISSING', (w, wire) => w.sim.targetFiles.delete(wire)],
  [
    'wrong software installation: the target of another name',
    'TUF_LENGTH',
    (w, wire) => w.sim.targetFiles.set(wire, utf8('of another role')),
  ],
];

function flip({ sim }: World, wire: string): void {
  sim.targetFiles.set(wire, sim.targetFiles.get(wire)!.map(byte => byte ^ 1)); // prettier-ignore
}

const wireOf = (role: Role): string => {
  const path = pathOf(role);
  const slash = path.lastIndexOf('/') + 1;
  return `${path.slice(0, slash)}${sha256(utf8(`of ${role}`))}.${path.slice(slash)}`;
};

const TARGET_LIES: Lie[] = TARGETS.flatMap(([attack, code, change]) =>
  OWNERS.map(role => ({
    attack,
    role,
    code,
    kept: 'none',
    tell: (world: World) => {
      change(world, wireOf(role), role);
    },
  })),
);

/** Entries of targets that cannot be read. */
const ENTRIES: [attack: string, code: Code, entry: unknown][] = [
  ['a target without a length', 'JSON_TYPE', { hashes: { sha256: '00'.repeat(32) } }],
  ['a target without hashes', 'JSON_TYPE', { length: 1 }],
  ['a target with no hash in hashes', 'TUF_FORMAT', { length: 1, hashes: {} }],
  ['a target with a length below 0', 'JSON_TYPE', { length: -1, hashes: { sha256: '00'.repeat(32) } }],
  [
    'a target with a hash that is a path',
    'TUF_FORMAT',
    { length: 1, hashes: { sha256: '../../etc/passwd' } },
  ],
  ['a target that is null', 'JSON_TYPE', null],
];

const ENTRY_LIES: Lie[] = ENTRIES.flatMap(([attack, code, entry]) =>
  OWNERS.map(role => ({
    attack,
    role,
    code,
    tell: (world: World) => {
      Object.assign(world.sim.targets.get(role)!.targets, { bad: entry });
      world.publish(role);
    },
  })),
);

export const WORKFLOW_LIES: Lie[] = [
  ...LISTING_LIES,
  ...REPLAYS,
  ...ROLLBACKS,
  ...VANISHED,
  ...WITHHELD,
  ...SLOW,
  ...FREEZES,
  ...TARGET_LIES,
  ...ENTRY_LIES,
];
