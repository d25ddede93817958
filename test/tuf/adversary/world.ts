/**
 * One lie at one role of an otherwise honest repository. Every role has three keys, of which two must sign. The client
 * has verified everything once; then the lie is served, listed with its true length and hash, so that nothing but the
 * check that it is about can refuse it.
 */
import { expect } from 'vitest';
import { binName } from '../../../src/tuf/bins.js';
import { fetchTarget } from '../../../src/tuf/client/fetch-target.js';
import { findTarget } from '../../../src/tuf/client/find-target.js';
import { parseRoleName, TOP_LEVEL_ROLES, type RoleName } from '../../../src/tuf/role-name.js';
import type { ErrorCode } from '../../../src/errors.js';
import { ed25519, type KeyPair } from '../../crypto/keys.js';
import {
  type Client,
  NOW,
  sha256,
  signDoc,
  Simulator,
  type Doc,
  type RoleDoc,
  type SuccinctDoc,
  type TargetsDoc,
} from '../simulator.js';

export const BIN = binName({ keyIds: [], threshold: 1, bitLength: 1, namePrefix: 'bin' }, 'bins/app');
/** One of each kind: top level, delegated, delegated by a delegated one, hash bin. */
export const ROLES = ['root', 'timestamp', 'snapshot', 'targets', 'team', 'team/deep', BIN] as const;
export type Role = (typeof ROLES)[number];
/** Roles that list targets. */
export const OWNERS = ROLES.slice(3);
/** Who names the keys of each role. */
export const DELEGATOR: Readonly<Record<string, Role | 'owner'>> = {
  root: 'root',
  timestamp: 'root',
  snapshot: 'root',
  targets: 'root',
  team: 'targets',
  'team/deep': 'team',
  [BIN]: 'owner',
};
const PATHS: Readonly<Record<string, string>> = {
  targets: 'app',
  team: 'team/app',
  'team/deep': 'team/deep/app',
  [BIN]: 'bins/app',
};
/** The target that shows whether a role is trusted; of roles that list none, one of the top level. */
export const pathOf = (role: string): string => PATHS[role] ?? 'app';
export const pairsOf = (role: string): KeyPair[] => [1, 2, 3].map(i => ed25519(`${role} key ${i}`));

export class World {
  readonly sim = new Simulator();
  client!: Client;
  #honest!: Map<string, Doc>;
  #files!: Map<string, Uint8Array>;
  #targetFiles!: Map<string, Uint8Array>;
  #stored!: (readonly [RoleName, Uint8Array])[];

  /** Made once; each case begins with it as it was. Cases of one file must not run at once. */
  static async begin(): Promise<World> {
    const world = await (World.#made ??= World.#make());
    await world.#reset();
    return world;
  }

  static #made: Promise<World> | undefined;

  static async #make(): Promise<World> {
    const world = new World();
    const { sim } = world;
    sim.delegate('targets', 'team', ['team/*', 'team/*/*']);
    sim.delegate('team', 'team/deep', ['team/deep/*']);
    sim.delegate('targets', 'owner', ['bins/*']);
    sim.delegateBins('owner', 'bin', 1);
    for (const role of [...sim.targets.keys(), 'root', 'timestamp', 'snapshot'])
      world.setKeys(role, pairsOf(role.replace(/^bin-./, 'bin')));
    for (const role of OWNERS) sim.addTarget(pathOf(role), `of ${role}`, role);
    sim.writeRoot();
    sim.write(...sim.targets.keys());
    world.client = await sim.client();
    const view = await world.client.refresh();
    for (const role of OWNERS) await findTarget(view, pathOf(role));
    world.#honest = new Map(['owner', ...ROLES].map(role => [role, structuredClone(world.doc(role))]));
    world.#files = new Map(sim.files);
    world.#targetFiles = new Map(sim.targetFiles);
    world.#stored = await Promise.all(
      ['owner', ...ROLES]
        .map(parseRoleName)
        .map(async role => [role, (await world.client.store.load(role))!] as const),
    );
    return world;
  }

  async #reset(): Promise<void> {
    const { sim } = this;
    Reflect.deleteProperty(sim.files, 'get'); // a case may have put its own in front
    this.#restore(doc => doc);
    for (const [map, kept] of [
      [sim.files, this.#files],
      [sim.targetFiles, this.#targetFiles],
    ] as const) {
      map.clear();
      for (const [name, bytes] of kept) map.set(name, bytes);
    }
    sim.now = NOW;
    for (const [role, bytes] of this.#stored) await this.client.store.save(role, bytes);
  }

  /** Every document as it was when the world was made, changed by `change`; and every key. */
  #restore(change: (doc: Doc) => Doc): void {
    for (const [role, honest] of this.#honest) {
      const doc = this.doc(role);
      for (const key of Object.keys(doc)) if (!(key in honest)) Reflect.deleteProperty(doc, key);
      Object.assign(doc, change(structuredClone(honest)));
      this.sim.signers.set(role, pairsOf(role.replace(/^bin-./, 'bin')).slice(0, 2));
    }
  }

  doc(role: string): Doc {
    const { root, timestamp, snapshot, targets } = this.sim;
    const found = { root, timestamp, snapshot }[role] ?? targets.get(role);
    if (found === undefined) throw new Error(`no role ${role}`);
    return found;
  }

  /** The entry that names the keys of `role`, in the document of its delegator, with the keys that are listed there. */
  entry(role: string): { keys: Record<string, unknown>; entry: RoleDoc } {
    const delegator = DELEGATOR[role] ?? (role === 'owner' ? 'targets' : 'owner');
    if (delegator === 'root') return { keys: this.sim.root.keys, entry: this.sim.root.roles[role]! };
    const { keys, ...rest } = (this.doc(delegator) as TargetsDoc).delegations!;
    const { roles, succinct_roles } = rest as {
      roles?: (RoleDoc & { name: string })[];
      succinct_roles?: SuccinctDoc;
    };
    return { keys, entry: succinct_roles ?? roles!.find(({ name }) => name === role)! };
  }

  setKeys(role: string, pairs: KeyPair[]): void {
    const { keys, entry } = this.entry(role);
    for (const { key } of pairs) keys[key.id] = structuredClone(key.toJson());
    Object.assign(entry, { keyids: pairs.map(({ key }) => key.id), threshold: 2 });
    this.sim.signers.set(role, pairs.slice(0, 2));
  }

  /** Serves `bytes` as the next version of `role`, listed as what they are. */
  serve(role: string, bytes: Uint8Array): void {
    const { sim } = this;
    if (role === 'root') sim.files.set('2.root.json', bytes);
    else if (role === 'timestamp') sim.files.set('timestamp.json', bytes);
    else {
      const list = role === 'snapshot' ? sim.timestamp : sim.snapshot;
      list.meta[`${role}.json`] = { version: 2, length: bytes.length, hashes: { sha256: sha256(bytes) } };
      sim.files.set(`2.${role}.json`, bytes);
      sim.timestamp.version = 2;
      if (role !== 'snapshot') {
        sim.snapshot.version = 2;
        sim.writeSnapshot();
      } else sim.writeTimestamp();
    }
  }

  /** The next version of `role`, before anybody lies about it. */
  next(role: string): Doc {
    return { ...structuredClone(this.doc(role)), version: 2 };
  }

  /** Publishes the next version of `role` as its document now is, honestly signed. */
  publish(role: string): void {
    this.serve(role, signDoc(this.next(role), this.sim.signers.get(role)!));
  }

  /** What a client does to trust `role`: the whole workflow, to the bytes of a target. */
  async probe(role: string): Promise<string> {
    const view = await this.client.refresh();
    const found = await findTarget(view, pathOf(role));
    if (found === undefined) throw new Error(`nobody lists ${pathOf(role)}`);
    return Buffer.from(
      await fetchTarget(this.sim.fetcher, view, pathOf(role), found.target, 1000),
    ).toString();
  }

  stored(role: string): Promise<Uint8Array | null> {
    return this.client.store.load(parseRoleName(role));
  }

  /** Publishes everything anew, honestly, with higher versions. */
  heal(): void {
    const { sim } = this;
    const meta = [sim.timestamp.meta, sim.snapshot.meta] as const;
    this.#restore(doc => ({ ...doc, version: 50, expires: '2031-01-01T00:00:00Z' }));
    [sim.timestamp.meta, sim.snapshot.meta] = meta;
    for (const role of OWNERS) sim.addTarget(pathOf(role), `of ${role}`, role);
    sim.write('owner', ...OWNERS);
    // A root that was adopted cannot be taken back, only succeeded.
    for (const version of [2, 3])
      sim.files.set(`${version}.root.json`, signDoc({ ...sim.root, version }, sim.signers.get('root')!));
  }
}

export interface Lie {
  readonly attack: string;
  readonly role: string;
  readonly code: ErrorCode;
  /** The truth before it, which the client takes up. */
  readonly prepare?: (world: World) => void;
  /** Tells the lie. */
  readonly tell: (world: World) => void;
  /** The role whose stored bytes must stay as they were, where it is another than `role`; `none` where there is none. */
  readonly kept?: string;
}

export const nameOf = ({ attack, role }: Lie): string => `attack: ${attack}, at ${role}`;

/** The lie is refused, each time, and leaves no trace; the truth after it is taken up. */
export async function expectRefusal({ role, code, prepare, tell, kept = role }: Lie): Promise<void> {
  const world = await World.begin();
  if (prepare !== undefined) {
    prepare(world);
    await world.probe(role);
  }
  tell(world);
  const before = await world.stored(kept);
  for (let i = 0; i < 2; i++) {
    await expect(world.probe(role)).rejects.toMatchObject({ name: 'WritError', code });
    expect(await world.stored(kept)).toEqual(before);
  }
  world.heal();
  expect(await world.probe(role)).toBe(`of ${TOP_LEVEL_ROLES.some(top => top === role) ? 'targets' : role}`);
  if (kept !== 'none') expect(await world.stored(kept)).not.toEqual(before);
}
