/** A repository as another server stored it: every key in the hands of the test. */
import { sha256Hex } from '../../../src/crypto/digest.js';
import { OnlineKeyring } from '../../../src/keystore/online-keyring.js';
import type { ForeignDocument, ForeignRepository } from '../../../src/repository/notary/import-history.js';
import type { ImportPorts } from '../../../src/repository/notary/import.js';
import { NotaryRepositories } from '../../../src/repository/notary/service.js';
import { notaryPorts } from '../../../src/server/notary/open.js';
import { MemoryBlobs } from '../../../src/storage/memory-blobs.js';
import { openMemoryIndex } from '../../../src/storage/memory-index.js';
import { describeNotaryFile } from '../../../src/tuf/notary/describe.js';
import { writeNotaryHashes } from '../../../src/tuf/format/notary1-parts.js';
import { parseNotaryRole } from '../../../src/tuf/notary/names.js';
import { FAR, GUN, NOW, pair, Publisher, signed, type Pair } from './publisher.js';

export const UNTIL = new Date('2026-12-01T12:00:00Z');

export class Foreign {
  readonly timestamp: Pair;
  readonly snapshot: Pair;
  readonly owner: Publisher;
  /** `ROLE VERSION` → the row. */
  readonly rows = new Map<string, ForeignDocument>();
  #files: Record<string, Uint8Array> = {};

  constructor(gun = GUN) {
    this.timestamp = pair();
    this.snapshot = pair();
    this.owner = new Publisher(gun, { snapshot: this.snapshot.key, timestamp: this.timestamp.key });
  }

  /** The next state: what is new of root, targets and delegations, with a snapshot and a timestamp of this version. */
  publish(
    version: number,
    files: Readonly<Record<string, [number, Uint8Array]>>,
    by: Partial<Signers> = {},
  ): this {
    for (const [role, [number, bytes]] of Object.entries(files)) this.store(role, number, bytes);
    const meta = Object.fromEntries(
      Object.entries(this.#files).map(([role, bytes]) => [role, fileOf(bytes)]),
    );
    const part = { _type: 'Snapshot', expires: FAR, meta, version };
    const snapshot = signed(part, [by.snapshot ?? this.snapshot]);
    this.row('snapshot', version, snapshot);
    const named = { snapshot: fileOf(snapshot) };
    const timestamp = {
      _type: 'Timestamp',
      expires: UNTIL.toISOString().replace('.000', ''),
      meta: named,
      version,
    };
    return this.row('timestamp', version, signed(timestamp, [by.timestamp ?? this.timestamp]));
  }

  store(role: string, version: number, bytes: Uint8Array): void {
    this.#files = { ...this.#files, [role]: bytes };
    this.row(role, version, bytes);
  }

  row(role: string, version: number, bytes: Uint8Array): this {
    this.rows.set(`${role} ${version}`, {
      role: parseNotaryRole(role),
      version,
      at: NOW,
      size: bytes.length,
      sha256: sha256Hex(bytes),
      read: () => Promise.resolve(bytes),
    });
    return this;
  }

  async bytes(name: string): Promise<Uint8Array> {
    return (await this.rows.get(name)?.read()) ?? new Uint8Array();
  }

  get repository(): ForeignRepository {
    return { gun: this.owner.gun, documents: [...this.rows.values()] };
  }
}

interface Signers {
  readonly snapshot: Pair;
  readonly timestamp: Pair;
}

const fileOf = (bytes: Uint8Array) => {
  const { length, hashes } = describeNotaryFile(bytes);
  return { length, hashes: writeNotaryHashes(hashes) };
};

/** Root and targets, then targets again. */
export function foreign(): Foreign {
  const made = new Foreign();
  const { owner } = made;
  return made
    .publish(1, { root: [1, owner.rootDocument(1)], targets: [1, owner.targetsDocument(1, ['v1'])] })
    .publish(2, { targets: [2, owner.targetsDocument(2, ['v1', 'v2'])] });
}

export interface Place extends ImportPorts {
  readonly repositories: NotaryRepositories;
  now: Date;
}

/** A service in memory to import into. */
export function place(): Place {
  const sources = {
    keyring: new OnlineKeyring([new Uint8Array(32).fill(9)]),
    index: openMemoryIndex(),
    blobs: new MemoryBlobs(),
    clock: { now: () => made.now },
    algorithm: 'ecdsa',
  } as const;
  const ports = notaryPorts(sources);
  const made: Place = {
    ...ports,
    seal: (gun, role, key) => sources.keyring.sealNotaryKey({ gun, role }, key),
    repositories: new NotaryRepositories(ports),
    now: NOW,
  };
  return made;
}
