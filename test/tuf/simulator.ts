/**
 * An adversarial repository in memory. It holds the `signed` parts as plain JSON that a test may break in any
 * way, signs them without asking writ's builders, and serves what was written, or whatever the test puts into
 * `files`.
 */
import { createHash } from 'node:crypto';
import { canonicalBytes } from '../../src/json/canonical.js';
import { parseStrict } from '../../src/json/strict.js';
import { asObject } from '../../src/json/read.js';
import type { JsonObject } from '../../src/json/types.js';
import { pinRoot } from '../../src/tuf/client/load-root.js';
import { refresh } from '../../src/tuf/client/refresh.js';
import type { RepositoryView } from '../../src/tuf/client/view.js';
import type { Limits } from '../../src/tuf/limits.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import type { Fetcher, MetadataStore } from '../../src/tuf/ports.js';
import { ed25519, type KeyPair } from '../crypto/keys.js';

export interface Doc {
  _type: string;
  spec_version: string;
  version: number;
  expires: string;
  [member: string]: unknown;
}
export interface RoleDoc {
  keyids: string[];
  threshold: number;
}
export interface RootDoc extends Doc {
  consistent_snapshot: boolean;
  keys: Record<string, JsonObject>;
  roles: Record<string, RoleDoc>;
}
export interface FileDoc {
  version: number;
  length?: number;
  hashes?: Record<string, string>;
}
export interface MetaDoc extends Doc {
  meta: Record<string, FileDoc>;
}
export interface DelegatedDoc extends RoleDoc {
  name: string;
  terminating: boolean;
  paths?: string[];
  path_hash_prefixes?: string[];
}
export interface TargetsDoc extends Doc {
  targets: Record<string, { length: number; hashes: Record<string, string>; custom?: JsonObject }>;
  delegations?: { keys: Record<string, JsonObject>; roles: DelegatedDoc[] };
}
export interface SuccinctDoc extends RoleDoc {
  bit_length: number;
  name_prefix: string;
}

export const NOW = '2030-01-01T00:00:00Z';
export const LATER = '2030-02-01T00:00:00Z';
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A signed document of `doc`; `ids` replaces the key ids of the first signatures. */
export function signDoc(doc: object, pairs: readonly KeyPair[], ids: readonly string[] = []): Uint8Array {
  const signed = asObject(parseStrict(utf8(JSON.stringify(doc))), 'signed');
  const payload = canonicalBytes(signed);
  const signatures = pairs.map((pair, i) => ({
    keyid: ids[i] ?? pair.key.id,
    sig: Buffer.from(pair.sign(payload)).toString('hex'),
  }));
  return utf8(JSON.stringify({ signatures, signed }));
}

const part = (type: string): Doc => ({ _type: type, spec_version: '1.0.31', version: 1, expires: LATER });

/** Without a prototype: a target may be named `__proto__`. */
const emptyTargets = (): TargetsDoc => ({
  ...part('targets'),
  targets: Object.create(null) as TargetsDoc['targets'],
});

export class Simulator {
  /** What the server serves, by wire name. */
  readonly files = new Map<string, Uint8Array>();
  readonly targetFiles = new Map<string, Uint8Array>();
  /** Every metadata and target file that was asked for, in order. */
  readonly requests: string[] = [];
  readonly maxBytes = new Map<string, number>();
  readonly signers = new Map<string, KeyPair[]>();
  readonly root: RootDoc;
  readonly timestamp: MetaDoc = { ...part('timestamp'), meta: {} };
  readonly snapshot: MetaDoc = { ...part('snapshot'), meta: {} };
  readonly targets = new Map<string, TargetsDoc>();
  /** Whether timestamp and snapshot give length and hashes. */
  hashes = true;
  now = NOW;
  private rootSigners: readonly KeyPair[] = [];

  constructor() {
    this.root = { ...part('root'), consistent_snapshot: true, keys: {}, roles: {} };
    for (const role of ['root', 'timestamp', 'snapshot', 'targets']) {
      this.root.roles[role] = { keyids: [], threshold: 1 };
      this.setKeys(role, [ed25519(role)]);
    }
    this.targets.set('targets', emptyTargets());
    this.write('targets');
    this.writeRoot();
  }

  /** Gives a top-level role other keys; the root has still to be committed. */
  setKeys(role: string, pairs: KeyPair[], threshold = pairs.length): void {
    this.signers.set(role, pairs);
    for (const { key } of pairs) this.root.keys[key.id] = key.toJson();
    this.root.roles[role] = { keyids: pairs.map(({ key }) => key.id), threshold };
  }

  top(): TargetsDoc {
    return this.targets.get('targets')!;
  }

  /** Delegates `paths` from one role to another, which gets an empty first version. Nothing is written yet. */
  delegate(from: string, name: string, paths: string[], more: Partial<DelegatedDoc> = {}): TargetsDoc {
    const pair = ed25519(`${name}-key`);
    const delegator = this.targets.get(from)!;
    delegator.delegations ??= { keys: {}, roles: [] };
    delegator.delegations.keys[pair.key.id] = pair.key.toJson();
    const role = { name, keyids: [pair.key.id], threshold: 1, terminating: false, paths, ...more };
    delegator.delegations.roles.push(role);
    this.signers.set(name, this.signers.get(name) ?? [pair]);
    const doc = this.targets.get(name) ?? emptyTargets();
    this.targets.set(name, doc);
    return doc;
  }

  /** Delegates everything from one role to 2^bits hash bins of one key, all empty. Nothing is written yet. */
  delegateBins(from: string, prefix: string, bits: number): SuccinctDoc {
    const pair = ed25519(`${prefix}-key`);
    const succinct = { keyids: [pair.key.id], threshold: 1, bit_length: bits, name_prefix: prefix };
    const delegations = { keys: { [pair.key.id]: pair.key.toJson() }, succinct_roles: succinct };
    this.targets.get(from)!.delegations = delegations as unknown as NonNullable<TargetsDoc['delegations']>;
    const digits = (2 ** bits - 1).toString(16).length;
    for (let i = 0; i < 2 ** bits; i++) {
      const name = `${prefix}-${i.toString(16).padStart(digits, '0')}`;
      this.signers.set(name, [pair]);
      this.targets.set(name, emptyTargets());
    }
    return succinct;
  }

  addTarget(path: string, content: string, role = 'targets'): void {
    const bytes = utf8(content);
    const digest = sha256(bytes);
    this.targets.get(role)!.targets[path] = { length: bytes.length, hashes: { sha256: digest } };
    const slash = path.lastIndexOf('/') + 1;
    this.targetFiles.set(`${path.slice(0, slash)}${digest}.${path.slice(slash)}`, bytes);
  }

  /** Raises the versions of `roles` (targets documents), of snapshot and timestamp, and writes all of them. */
  commit(...roles: string[]): void {
    for (const role of roles) this.targets.get(role)!.version++;
    this.snapshot.version++;
    this.timestamp.version++;
    this.write(...this.targets.keys());
  }

  /** Writes the documents as they are, versions unchanged, and lists them. */
  write(...roles: string[]): void {
    for (const role of roles) this.snapshot.meta[`${role}.json`] = this.put(role, this.targets.get(role)!);
    this.writeSnapshot();
  }

  writeSnapshot(): void {
    this.timestamp.meta['snapshot.json'] = this.put('snapshot', this.snapshot);
    this.writeTimestamp();
  }

  writeTimestamp(): void {
    this.files.set('timestamp.json', signDoc(this.timestamp, this.signers.get('timestamp')!));
  }

  /** Writes the next root, signed by the keys of the last one and by its own. */
  commitRoot(): void {
    this.root.version++;
    this.writeRoot();
  }

  writeRoot(): void {
    const own = this.signers.get('root')!;
    const signers = [...this.rootSigners.filter(pair => !own.includes(pair)), ...own];
    this.files.set(`${this.root.version}.root.json`, signDoc(this.root, signers));
    this.rootSigners = own;
  }

  private put(role: string, doc: Doc): FileDoc {
    const bytes = signDoc(doc, this.signers.get(role)!);
    this.files.set(this.root.consistent_snapshot ? `${doc.version}.${role}.json` : `${role}.json`, bytes);
    if (!this.hashes) return { version: doc.version };
    return { version: doc.version, length: bytes.length, hashes: { sha256: sha256(bytes) } };
  }

  readonly fetcher: Fetcher = {
    metadata: (name, maxBytes) => {
      this.requests.push(name);
      this.maxBytes.set(name, maxBytes);
      return Promise.resolve(this.files.get(name) ?? null);
    },
    target: (path, maxBytes) => {
      this.requests.push(path);
      this.maxBytes.set(path, maxBytes);
      return Promise.resolve(this.targetFiles.get(path) ?? null);
    },
  };

  /** A client that has pinned the root as it was in `version`. */
  async client(version = 1): Promise<Client> {
    const store = new MemoryMetadataStore();
    await pinRoot(store, this.files.get(`${version}.root.json`)!);
    return new Client(this, store);
  }
}

export class Client {
  readonly store: MetadataStore;
  private readonly simulator: Simulator;
  constructor(simulator: Simulator, store: MetadataStore) {
    this.simulator = simulator;
    this.store = store;
  }

  refresh(limits: Partial<Limits> = {}): Promise<RepositoryView> {
    const { fetcher, now } = this.simulator;
    return refresh({ fetcher, store: this.store, clock: { now: () => new Date(now) }, limits });
  }
}
