/** A publisher in tests: keys in memory, documents made and signed with the builders, a repository over memory. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { publicKeyOf, type PublicKey } from '../../src/crypto/public-key.js';
import { parseRepositoryName } from '../../src/image/repository-name.js';
import type { JsonObject } from '../../src/json/types.js';
import { deriveOnlineSigner } from '../../src/keystore/derive.js';
import { createRepositoryService, type RepositoryPorts } from '../../src/repository/service.js';
import type { RepositoryService } from '../../src/repository/types.js';
import { MemoryBlobs } from '../../src/storage/memory-blobs.js';
import { openMemoryIndex } from '../../src/storage/memory-index.js';
import { describeTarget } from '../../src/tuf/build/describe.js';
import { signDocument } from '../../src/tuf/build/sign.js';
import { buildRoot, buildTargets } from '../../src/tuf/build/signed-part.js';
import type { DelegatedRole, Delegations, RoleKeys, TargetFile } from '../../src/tuf/model.js';
import type { Signer } from '../../src/tuf/ports.js';
import { parseRoleName, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, type RoleName } from '../../src/tuf/role-name.js';

export const DAY = 86_400_000;
export const START = new Date('2026-05-01T12:00:00Z');
export const EXAMPLE = parseRepositoryName('example');
export const TEAM = parseRoleName('team');

export interface TestKey extends Signer {
  readonly key: PublicKey;
}

export function newKey(): TestKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    key: publicKeyOf(privateKey),
    sign: async (_role, payload) => new Uint8Array(sign(null, payload, privateKey)),
  };
}

export const rootKey = newKey();
export const targetsKey = newKey();
export const teamKey = newKey();

const MASTER = new Uint8Array(32).fill(9);
export const onlineSigners = (name: string) => ({
  snapshot: deriveOnlineSigner(MASTER, name, SNAPSHOT, 1),
  timestamp: deriveOnlineSigner(MASTER, name, TIMESTAMP, 1),
});

export const roleKeys = (...keys: TestKey[]): RoleKeys => ({
  keyIds: keys.map(({ key }) => key.id),
  threshold: 1,
});
export const keyMap = (...keys: { key: PublicKey }[]) => new Map(keys.map(({ key }) => [key.id, key]));

export interface RootOptions {
  readonly version?: number;
  readonly expires?: Date;
  readonly name?: string;
  readonly signers?: readonly TestKey[];
  readonly root?: TestKey;
  readonly targets?: TestKey;
  readonly consistentSnapshot?: boolean;
  readonly online?: { readonly snapshot: { key: PublicKey }; readonly timestamp: { key: PublicKey } };
  readonly onlineThreshold?: number;
  readonly unrecognized?: JsonObject;
}

export function makeRoot(options: RootOptions = {}): Promise<Uint8Array> {
  const { root = rootKey, targets = targetsKey, online = onlineSigners(options.name ?? 'example') } = options;
  const { snapshot, timestamp } = online;
  const threshold = options.onlineThreshold ?? 1;
  const signed = buildRoot({
    version: options.version ?? 1,
    expires: options.expires ?? new Date(START.getTime() + 365 * DAY),
    consistentSnapshot: options.consistentSnapshot ?? true,
    ...(options.unrecognized && { unrecognized: options.unrecognized }),
    keys: keyMap(root, targets, snapshot, timestamp),
    roles: {
      root: roleKeys(root),
      targets: roleKeys(targets),
      snapshot: { keyIds: [snapshot.key.id], threshold },
      timestamp: { keyIds: [timestamp.key.id], threshold },
    },
  });
  return signDocument(signed, ROOT, options.signers ?? [root]);
}

export interface TargetsOptions {
  readonly role?: RoleName;
  readonly version?: number;
  readonly expires?: Date;
  readonly signer?: TestKey;
  /** Instead of `signer`. */
  readonly signers?: readonly TestKey[];
  readonly targets?: ReadonlyMap<string, TargetFile>;
  readonly delegations?: Delegations;
}

export function makeTargets(options: TargetsOptions = {}): Promise<Uint8Array> {
  const signed = buildTargets({
    version: options.version ?? 1,
    expires: options.expires ?? new Date(START.getTime() + 365 * DAY),
    targets: options.targets ?? new Map(),
    ...(options.delegations && { delegations: options.delegations }),
  });
  return signDocument(signed, options.role ?? TARGETS, options.signers ?? [options.signer ?? targetsKey]);
}

export function delegationTo(...roles: { name: RoleName; key: TestKey; patterns?: string[] }[]): Delegations {
  const list: DelegatedRole[] = roles.map(({ name, key, patterns }) => ({
    name,
    ...roleKeys(key),
    terminating: true,
    scope: { kind: 'paths', patterns: patterns ?? ['registry.example/team/*'] },
  }));
  return { keys: keyMap(...roles.map(({ key }) => key)), roles: list };
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
export const documents = (entries: Record<string, Uint8Array>): Record<string, string> =>
  Object.fromEntries(Object.entries(entries).map(([role, bytes]) => [role, base64(bytes)]));

export const file = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
export const targetsOf = (entries: Record<string, Uint8Array>): Map<string, TargetFile> =>
  new Map(Object.entries(entries).map(([path, bytes]) => [path, describeTarget(bytes)]));

export interface TestService extends RepositoryPorts {
  readonly service: RepositoryService;
  readonly time: { now: Date };
}

export function newService(change: Partial<RepositoryPorts> = {}): TestService {
  const time = { now: START };
  const ports: RepositoryPorts = {
    blobs: new MemoryBlobs(),
    index: openMemoryIndex(),
    signers: onlineSigners,
    clock: { now: () => time.now },
    lifetimes: { snapshot: 7 * DAY, timestamp: 2 * DAY },
    ...change,
  };
  return { ...ports, time, service: createRepositoryService(ports) };
}

export const createRequest = async (options: RootOptions = {}) => ({
  name: options.name ?? 'example',
  documents: documents({
    root: await makeRoot(options),
    targets: await makeTargets({ ...(options.expires && { expires: options.expires }) }),
  }),
});

/** A service that hosts `example`, without targets. */
export async function exampleService(change: Partial<RepositoryPorts> = {}): Promise<TestService> {
  const made = newService(change);
  await made.service.create(EXAMPLE, await createRequest());
  return made;
}

/** A service whose `example` delegates registry.example/team/* to `team`. */
export async function teamService(): Promise<TestService> {
  const made = await exampleService();
  const delegations = delegationTo({ name: TEAM, key: teamKey });
  await made.service.publish(EXAMPLE, {
    base: { targets: 1, team: 0 },
    documents: documents({
      targets: await makeTargets({ version: 2, delegations }),
      team: await makeTargets({ role: TEAM, signer: teamKey }),
    }),
  });
  return made;
}
