/** Someone who signs Notary repositories, as `notary` does, and a service of them in memory. */
import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { notaryKeyOf, notaryKeyOfCertificate, type NotaryKey } from '../../../src/crypto/notary-key.js';
import { canonicalBytes } from '../../../src/json/canonical.js';
import type { JsonObject } from '../../../src/json/types.js';
import { issueCertificate } from '../../../src/keystore/certificate.js';
import { OnlineKeyring } from '../../../src/keystore/online-keyring.js';
import { describeNotaryFile } from '../../../src/tuf/notary/describe.js';
import { parseGun, parseNotaryRole, type Gun } from '../../../src/tuf/notary/names.js';
import type { KeyHolder } from '../../../src/repository/notary/online.js';
import type { NotaryRepositories } from '../../../src/repository/notary/service.js';
import type { Upload } from '../../../src/repository/notary/validate.js';
import { openNotary } from '../../../src/server/notary/open.js';
import { MemoryBlobs } from '../../../src/storage/memory-blobs.js';
import { openMemoryIndex } from '../../../src/storage/memory-index.js';
import { base64Of } from '../../../src/crypto/base64.js';
import { writeNotaryHashes } from '../../../src/tuf/format/notary1-parts.js';
import { writeNotaryDocument } from '../../../src/tuf/format/notary1-write.js';

export const NOW = new Date('2026-11-21T12:00:00Z');
export const GUN = parseGun('registry.example/acme/app');
export const FAR = '2036-11-21T12:00:00.123456789Z';

export interface Pair {
  readonly key: NotaryKey;
  readonly privateKey: KeyObject;
}

export function pair(): Pair {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { key: notaryKeyOf(privateKey), privateKey };
}

/** A key in a certificate that is made out to `name`. */
export function certified(name: string, notBefore = new Date(NOW.getTime() - 86_400_000), days = 800): Pair {
  const { cert, key } = issueCertificate({ names: [name], notBefore, days });
  return { key: notaryKeyOfCertificate(cert), privateKey: createPrivateKey(key) };
}

export function signed(part: JsonObject, signers: readonly Pair[]): Uint8Array {
  const payload = canonicalBytes(part);
  return writeNotaryDocument(
    part,
    signers.map(({ key, privateKey }) => ({
      keyid: key.id,
      method: 'ecdsa',
      bytes: sign('sha256', payload, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    })),
  );
}

export const roleOf = (keys: readonly { key: NotaryKey }[], threshold = 1): JsonObject => ({
  keyids: keys.map(({ key }) => key.id),
  threshold,
});
export const listed = (keys: readonly { key: NotaryKey }[]): JsonObject =>
  Object.fromEntries(keys.map(({ key }) => [key.id, key.toJson()]));

const target = (text: string): JsonObject => {
  const { length, hashes } = describeNotaryFile(new TextEncoder().encode(text));
  return { length, hashes: writeNotaryHashes(hashes) };
};

/** One repository's owner: a root in a certificate, a targets key, a snapshot key of their own. */
export class Publisher {
  readonly gun: Gun;
  root: Pair;
  targets = pair();
  snapshot = pair();
  readonly online: { snapshot: NotaryKey; timestamp: NotaryKey };

  constructor(gun: Gun, online: { snapshot: NotaryKey; timestamp: NotaryKey }) {
    this.gun = gun;
    this.root = certified(gun);
    this.online = online;
  }

  /** @param serverSnapshot - whether the service signs snapshots */
  rootPart(version: number, serverSnapshot: boolean, change: JsonObject = {}): JsonObject {
    const snapshot = serverSnapshot ? { key: this.online.snapshot } : this.snapshot;
    const timestamp = { key: this.online.timestamp };
    return {
      _type: 'Root',
      consistent_snapshot: false,
      expires: FAR,
      keys: listed([this.root, this.targets, snapshot, timestamp]),
      roles: {
        root: roleOf([this.root]),
        targets: roleOf([this.targets]),
        snapshot: roleOf([snapshot]),
        timestamp: roleOf([timestamp]),
      },
      version,
      ...change,
    };
  }

  rootDocument(version = 1, serverSnapshot = true, signers: readonly Pair[] = [this.root]): Uint8Array {
    return signed(this.rootPart(version, serverSnapshot), signers);
  }

  targetsPart(version: number, names: readonly string[] = [], change: JsonObject = {}): JsonObject {
    return {
      _type: 'Targets',
      delegations: { keys: {}, roles: [] },
      expires: FAR,
      targets: Object.fromEntries(names.map(name => [name, target(name)])),
      version,
      ...change,
    };
  }

  targetsDocument(version = 1, names: readonly string[] = [], change: JsonObject = {}): Uint8Array {
    return signed(this.targetsPart(version, names, change), [this.targets]);
  }

  snapshotDocument(version: number, files: Readonly<Record<string, Uint8Array>>): Uint8Array {
    const meta = Object.fromEntries(
      Object.entries(files).map(([role, bytes]) => {
        const { length, hashes } = describeNotaryFile(bytes);
        return [role, { length, hashes: writeNotaryHashes(hashes) }];
      }),
    );
    return signed({ _type: 'Snapshot', expires: FAR, meta, version }, [this.snapshot]);
  }
}

export const upload = (files: Readonly<Record<string, Uint8Array>>): Upload =>
  new Map(Object.entries(files).map(([role, bytes]) => [parseNotaryRole(role), bytes]));

/** Blobs that can be counted. */
export class CountedBlobs extends MemoryBlobs {
  readonly #names = new Set<string>();

  get size(): number {
    return this.#names.size;
  }

  override async put(bytes: Uint8Array): Promise<string> {
    const name = await super.put(bytes);
    this.#names.add(name);
    return name;
  }

  override async delete(sha256: string): Promise<void> {
    await super.delete(sha256);
    this.#names.delete(sha256);
  }
}

export interface World {
  readonly repositories: NotaryRepositories;
  readonly blobs: CountedBlobs;
  readonly index: ReturnType<typeof openMemoryIndex>;
  now: Date;
  publisher(gun?: string): Promise<Publisher>;
}

export function world(algorithm: 'ecdsa' | 'ed25519' = 'ecdsa', holder?: KeyHolder): World {
  const keyring = new OnlineKeyring([new Uint8Array(32).fill(7)]);
  const index = openMemoryIndex();
  const blobs = new CountedBlobs();
  const made: World = {
    index,
    blobs,
    now: NOW,
    repositories: openNotary({
      keyring,
      index,
      blobs,
      clock: { now: () => made.now },
      algorithm,
      holder,
    }),
    publisher: async (gun = GUN) => {
      const name = parseGun(gun);
      return new Publisher(name, {
        snapshot: await made.repositories.key(name, 'snapshot'),
        timestamp: await made.repositories.key(name, 'timestamp'),
      });
    },
  };
  return made;
}

export { base64Of };
