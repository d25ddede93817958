/** Signed metadata for the benchmarks: keys in memory, a root, targets in any number. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { sha256Hex } from '../../src/crypto/digest.js';
import { publicKeyOf } from '../../src/crypto/public-key.js';
import { signDocument } from '../../src/tuf/build/sign.js';
import { buildRoot, buildSnapshot, buildTargets } from '../../src/tuf/build/signed-part.js';
import { binCount, binNameOf } from '../../src/tuf/bins.js';
import type { MetaFile, RoleKeys, SuccinctRoles, TargetFile } from '../../src/tuf/model.js';
import type { Signer } from '../../src/tuf/ports.js';
import { metadataFileName, ROOT, SNAPSHOT, TARGETS } from '../../src/tuf/role-name.js';

export const EXPIRES = new Date('2040-01-01T00:00:00Z');

export function newSigner(): Signer {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    key: publicKeyOf(privateKey),
    sign: (_role, payload) => Promise.resolve(sign(null, payload, privateKey)),
  };
}

export const roleKeys = (signers: readonly Signer[], threshold = 1): RoleKeys => ({
  keyIds: signers.map(({ key }) => key.id),
  threshold,
});

/** A root whose first signer signs it and the online roles; all of them are keys of targets. */
export function rootFile(signers: readonly Signer[], threshold: number): Promise<Uint8Array> {
  const online = roleKeys(signers.slice(0, 1));
  const signed = buildRoot({
    version: 1,
    expires: EXPIRES,
    consistentSnapshot: true,
    keys: new Map(signers.map(({ key }) => [key.id, key])),
    roles: { root: online, targets: roleKeys(signers, threshold), snapshot: online, timestamp: online },
  });
  return signDocument(signed, ROOT, signers.slice(0, 1));
}

export function targetsFile(signers: readonly Signer[], count: number): Promise<Uint8Array> {
  const targets = new Map(Array.from({ length: count }, (_, i) => targetOf(i)));
  return signDocument(buildTargets({ version: 1, expires: EXPIRES, targets }), TARGETS, signers);
}

/** The path and the description of the image number `i`. */
export function targetOf(i: number): [path: string, target: TargetFile] {
  const hashes = new Map([['sha256', sha256Hex(Buffer.from(`manifest ${i}`))]]);
  const custom = { writ: { v: 1, catalogue: '1', grants: { network: 'user' } } };
  return [`registry.example/team/app-${i}:1.0`, { length: 1000 + i, hashes, custom }];
}

/** A snapshot of `bins` hash bins whose versions are spread over 1 to 999, as ones that were long in use are. */
export function snapshotFile(signer: Signer, bins: SuccinctRoles): Promise<Uint8Array> {
  const meta = new Map<string, MetaFile>([['targets.json', { version: 1 }]]);
  for (let i = 0; i < binCount(bins); i++) {
    meta.set(metadataFileName(binNameOf(bins, i)), { version: versionOf(i) });
  }
  return signDocument(buildSnapshot({ version: 1, expires: EXPIRES, meta }), SNAPSHOT, [signer]);
}

/** 1 to 999, as if by chance: what has no pattern is the hardest to compress. */
export const versionOf = (bin: number): number =>
  1 + (parseInt(sha256Hex(Buffer.from(`version ${bin}`)).slice(0, 8), 16) % 999);
