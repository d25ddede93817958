/** Target files that no metadata of a repository names any more, nor any index that it names. */
import { digestHex } from '../crypto/digest.js';
import type { RepositoryName } from '../image/repository-name.js';
import { asString } from '../json/read.js';
import type { BlobStore, IndexReader } from '../storage/ports.js';
import { parseDocument } from '../tuf/document.js';
import type { RoleName } from '../tuf/role-name.js';
import { readStoredFile, type FileRecord } from './file-record.js';
import { keysOf } from './state.js';
import { childDigests } from './target-files.js';

/** One stored version of a role. */
export interface StoredVersion {
  /** In the index. */
  readonly key: string;
  readonly role: RoleName;
  readonly version: number;
  readonly record: FileRecord;
}

/** A target file, by every digest that it is asked for by. */
export interface LostFile {
  readonly sha256: string;
  readonly digests: readonly string[];
}

interface Ports {
  readonly blobs: BlobStore;
  readonly index: IndexReader;
}

/** Documents that are read at a stretch: others have their turn then. */
const PIECE = 64;

/**
 * The files that `old` documents name, and the manifests inside of them, but for those that `kept` documents name or
 * hold inside. Where the repository stores no target files, nothing is read but the old documents.
 *
 * @throws WritError STORE_*, those of parseDocument for a stored document that cannot be read
 */
export async function findLostFiles(
  name: RepositoryName,
  old: readonly StoredVersion[],
  kept: readonly StoredVersion[],
  ports: Ports,
): Promise<readonly LostFile[]> {
  const lost = await reachableFrom(name, old, ports);
  if (lost.size === 0) return [];
  for (const sha256 of (await reachableFrom(name, kept, ports)).keys()) lost.delete(sha256);
  return [...lost.values()];
}

/** Every stored file that documents name, directly or inside of one that they name. */
async function reachableFrom(
  name: RepositoryName,
  documents: readonly StoredVersion[],
  { blobs, index }: Ports,
): Promise<Map<string, LostFile>> {
  const found = new Map<string, LostFile>();
  const follow = async (digests: Iterable<string>): Promise<void> => {
    for (const digest of digests) {
      const stored = await index.get(keysOf(name).blob(digest));
      if (stored === undefined) continue;
      const sha256 = asString(stored, 'blob');
      if (found.has(sha256)) continue;
      const bytes = await blobs.get(sha256);
      found.set(sha256, {
        sha256,
        digests: [sha256, ...(bytes === null ? [] : [digestHex('sha512', bytes)])],
      });
      if (bytes !== null) await follow(childDigests(bytes));
    }
  };
  for (const [i, document] of documents.entries()) {
    await follow(await digestsIn(document, blobs));
    if (i % PIECE === PIECE - 1) await new Promise(resolve => setImmediate(resolve));
  }
  return found;
}

async function digestsIn({ record }: StoredVersion, blobs: BlobStore): Promise<string[]> {
  const bytes = await readStoredFile(record, blobs);
  if (bytes === null) return [];
  const { targets } = parseDocument(bytes, 'targets').signed;
  return [...targets.values()].flatMap(({ hashes }) => [...hashes.values()]);
}
