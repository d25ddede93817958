/** A repository that a test makes document by document, and a server that serves exactly that. */
import { WritError } from '../../src/errors.js';
import type { NotaryServer } from '../../src/notary/server.js';
import { digestHex } from '../../src/crypto/digest.js';
import type { JsonObject } from '../../src/json/types.js';
import { describeNotaryFile } from '../../src/tuf/notary/describe.js';
import { writeNotaryHashes } from '../../src/tuf/format/notary1-parts.js';
import { certified, listed, pair, roleOf, signed, type Pair } from '../repository/notary/publisher.js';
import { GUN } from './client.js';

export const NOW = new Date('2026-11-21T12:00:00Z');
export const LATER = '2036-11-21T12:00:00Z';
export const CLOCK = { now: () => NOW };

export const part = (type: string, version: number, rest: JsonObject, expires = LATER): JsonObject => ({
  _type: type,
  expires,
  version,
  ...rest,
});

export const metaOf = (files: Readonly<Record<string, Uint8Array>>): JsonObject =>
  Object.fromEntries(
    Object.entries(files).map(([role, bytes]) => {
      const { length, hashes } = describeNotaryFile(bytes);
      return [role, { length, hashes: writeNotaryHashes(hashes) }];
    }),
  );

export const targetOf = (text: string): JsonObject => {
  const { length, hashes } = describeNotaryFile(Buffer.from(text));
  return { length, hashes: writeNotaryHashes(hashes) };
};

export interface MadeOptions {
  readonly gun?: string;
  /** Version of everything. */
  readonly version?: number;
  readonly expires?: Partial<Record<'root' | 'targets' | 'snapshot' | 'timestamp', string>>;
  readonly targets?: JsonObject;
  readonly delegations?: JsonObject;
  /** Delegations' documents. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly roles?: JsonObject;
  /** Other keys that the root lists. */
  readonly keys?: JsonObject;
  readonly targetsSigners?: readonly Pair[];
  readonly rootSigners?: readonly Pair[];
}

export class Made implements NotaryServer {
  readonly host = 'made.example';
  readonly files = new Map<string, Uint8Array>();
  readonly asked: string[] = [];
  /** What it was sent; it serves what the test made all the same. */
  readonly published = new Map<string, Uint8Array>();
  /** What the server does instead of answering. */
  failure: WritError | undefined;
  root: Pair;
  targets = pair();
  snapshot = pair();
  timestamp = pair();

  constructor(gun = GUN) {
    this.root = certified(gun, new Date('2026-01-01T00:00:00Z'), 800);
  }

  /** Makes and serves a whole repository. */
  serve(options: MadeOptions = {}): this {
    const { version = 1, expires = {}, targets = { v1: targetOf('one') }, files = {} } = options;
    const { delegations = { keys: {}, roles: [] } } = options;
    const root = signed(
      part(
        'Root',
        version,
        {
          consistent_snapshot: false,
          keys: { ...listed([this.root, this.targets, this.snapshot, this.timestamp]), ...options.keys },
          roles: {
            root: roleOf([this.root]),
            targets: roleOf([this.targets]),
            snapshot: roleOf([this.snapshot]),
            timestamp: roleOf([this.timestamp]),
            ...options.roles,
          },
        },
        expires.root,
      ),
      options.rootSigners ?? [this.root],
    );
    const body = { targets, delegations };
    const targetsFile = signed(
      part('Targets', version, body, expires.targets),
      options.targetsSigners ?? [this.targets],
    );
    const named = { root, targets: targetsFile, ...files };
    this.#serveAll(version, named, expires);
    return this;
  }

  #serveAll(version: number, named: Record<string, Uint8Array>, expires: MadeOptions['expires'] = {}): void {
    this.publishSnapshot(version, version, named, expires);
    this.files.set(`${version}.root`, named['root'] ?? new Uint8Array());
  }

  /** Serves documents under a new snapshot and timestamp. */
  publishSnapshot(
    version: number,
    timestampVersion: number,
    named: Readonly<Record<string, Uint8Array>>,
    expires: MadeOptions['expires'] = {},
  ): void {
    const snapshot = signed(part('Snapshot', version, { meta: metaOf(named) }, expires.snapshot), [
      this.snapshot,
    ]);
    const timestamp = signed(
      part('Timestamp', timestampVersion, { meta: metaOf({ snapshot }) }, expires.timestamp),
      [this.timestamp],
    );
    for (const [role, bytes] of Object.entries({ ...named, snapshot, timestamp })) {
      this.files.set(role, bytes);
      this.files.set(`${role}.${digestHex('sha256', bytes)}`, bytes);
    }
  }

  get(name: string): Promise<Uint8Array | null> {
    this.asked.push(name);
    return this.failure === undefined
      ? Promise.resolve(this.files.get(name) ?? null)
      : Promise.reject(this.failure);
  }

  key(): Promise<Uint8Array> {
    return Promise.reject(new WritError('NOTARY_SERVER', 'this server makes no keys'));
  }

  rotateKey(): Promise<Uint8Array> {
    return this.key();
  }

  publish(documents: ReadonlyMap<string, Uint8Array>): Promise<void> {
    for (const [role, bytes] of documents) this.published.set(role, bytes);
    return Promise.resolve();
  }

  remove(): Promise<void> {
    return Promise.resolve();
  }
}
