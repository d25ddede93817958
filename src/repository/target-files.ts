/** The bytes behind new targets: sent with the publication, or stored by an earlier one; never missing. */
import { digestHex, isDigestAlgorithm } from '../crypto/digest.js';
import { WritError } from '../errors.js';
import { arrayAt, stringAt } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';
import { verifyTargetBytes } from '../tuf/file-bytes.js';
import type { Hashes, TargetFile, Targets } from '../tuf/model.js';

/** One file to store, under every digest that it is asked for by. */
export interface NewFile {
  readonly bytes: Uint8Array;
  /** In hex, SHA-256 first. */
  readonly digests: readonly string[];
}

export interface TargetChange {
  readonly before: { readonly value: Targets } | undefined;
  readonly after: { readonly value: Targets };
}

/** The bytes that the repository stores under a digest, or null. */
export type StoredFile = (hex: string) => Promise<Uint8Array | null>;

/** As deep as an index may hold indexes; containerd and docker follow one. */
const MAX_NESTING = 4;

/**
 * The files of `sent` that must be stored so that every new target can be fetched.
 *
 * @param changes - each changed targets role, before and after
 * @param sent - what came with the publication: new targets, and the manifests inside them
 * @throws WritError REPOSITORY_TARGET_MISSING for a target whose bytes are neither sent nor stored;
 *   TUF_LENGTH, TUF_HASH for one with other bytes; REPOSITORY_BLOB for bytes that no changed role names
 */
export async function collectTargetFiles(
  changes: readonly TargetChange[],
  sent: readonly Uint8Array[],
  stored: StoredFile,
): Promise<readonly NewFile[]> {
  const files = sent.map(toNewFile);
  const byDigest = new Map(files.flatMap(file => file.digests.map(digest => [digest, file] as const)));
  for (const { before, after } of changes) {
    for (const [path, target] of after.value.targets) {
      if (sameFile(before?.value.targets.get(path), target)) continue;
      await requireBytes(path, target, byDigest, stored);
    }
  }
  refuseForeignFiles(files, byDigest, changes);
  return [...new Set(byDigest.values())];
}

const toNewFile = (bytes: Uint8Array): NewFile => ({
  bytes,
  digests: [digestHex('sha256', bytes), digestHex('sha512', bytes)],
});

function sameFile(before: TargetFile | undefined, after: TargetFile): boolean {
  return (
    before?.length === after.length &&
    before.hashes.size === after.hashes.size &&
    [...after.hashes].every(([algorithm, digest]) => before.hashes.get(algorithm) === digest)
  );
}

async function requireBytes(
  path: string,
  target: TargetFile,
  sent: ReadonlyMap<string, NewFile>,
  stored: StoredFile,
): Promise<void> {
  for (const digest of knownDigests(target.hashes)) {
    const bytes = sent.get(digest)?.bytes ?? (await stored(digest));
    if (bytes === null) continue;
    verifyTargetBytes(path, target, bytes);
    return;
  }
  throw new WritError(
    'REPOSITORY_TARGET_MISSING',
    `the bytes of the target ${JSON.stringify(path)} were neither sent nor stored before`,
  );
}

function knownDigests(hashes: Hashes): string[] {
  return [...hashes].filter(([algorithm]) => isDigestAlgorithm(algorithm)).map(([, digest]) => digest);
}

/** The service is no file store: what is kept is a target of a changed role, or a manifest inside of one. */
function refuseForeignFiles(
  files: readonly NewFile[],
  byDigest: ReadonlyMap<string, NewFile>,
  changes: readonly TargetChange[],
): void {
  if (files.length === 0) return;
  const named = new Set<NewFile>();
  for (const { after } of changes) {
    for (const { hashes } of after.value.targets.values()) {
      for (const digest of knownDigests(hashes)) markWithChildren(byDigest.get(digest), byDigest, named);
    }
  }
  const foreign = files.findIndex(file => !named.has(byDigest.get(file.digests[0] ?? '') ?? file));
  if (foreign === -1) return;
  throw new WritError(
    'REPOSITORY_BLOB',
    `target file ${foreign} is neither a target of a changed role nor inside one`,
  );
}

function markWithChildren(
  file: NewFile | undefined,
  byDigest: ReadonlyMap<string, NewFile>,
  named: Set<NewFile>,
  depth = 0,
): void {
  if (file === undefined || named.has(file) || depth > MAX_NESTING) return;
  named.add(file);
  for (const child of childDigests(file.bytes))
    markWithChildren(byDigest.get(child), byDigest, named, depth + 1);
}

/** The manifests that an OCI image index or a docker manifest list names; nothing for other files. */
export function childDigests(bytes: Uint8Array): string[] {
  try {
    const index = parseStrict(bytes, { numbers: 'any' });
    if (!isJsonObject(index) || member(index, 'manifests') === undefined) return [];
    return arrayAt(index, 'manifests', 'index').filter(isJsonObject).map(sha256Of);
  } catch {
    return []; // A target may be any file: one that is no index names no other.
  }
}

function sha256Of(descriptor: JsonObject & JsonValue): string {
  return stringAt(descriptor, 'digest', 'index.manifests').replace(/^sha256:/, '');
}
