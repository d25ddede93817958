/**
 * Blobs as files: `<root>/blobs/sha256/ab/<hex>`. A file is written whole beside its place, made durable, and
 * renamed into it; its name is the hash of its bytes, so it never changes and is checked each time it is read.
 */
import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestHexLater, sha256Hex } from '../crypto/digest.js';
import { WritError } from '../errors.js';
import { checkBlobName, checkBlobSize, MAX_BLOB_BYTES } from './blob-name.js';
import { failedWith, storeFailure } from './failure.js';
import { Draft, ensureDataDir, readFilePart, readWholeFile, removeIfThere, syncFolder } from './files.js';
import type { BlobDraft, BlobStore } from './ports.js';

/** A draft of this age is of a process that died. */
const STALE_DRAFT_MS = 60 * 60 * 1000;

export class BlobFolder implements BlobStore {
  readonly #files: string;
  readonly #drafts: string;
  readonly #maxBytes: number;

  private constructor(root: string, maxBytes: number) {
    this.#files = join(root, 'blobs', 'sha256');
    this.#drafts = join(root, 'blobs', 'drafts');
    this.#maxBytes = maxBytes;
  }

  /**
   * Opens, or makes, the blobs of a store; removes drafts that a crash left. Many processes may have it open.
   *
   * @param maxBytes - the most bytes of one blob
   * @throws WritError STORE_PERMISSIONS, STORE_FULL, STORE_IO
   */
  static async open(root: string, maxBytes = MAX_BLOB_BYTES): Promise<BlobFolder> {
    const folder = new BlobFolder(root, maxBytes);
    await ensureDataDir(folder.#files);
    await ensureDataDir(folder.#drafts);
    await makeShards(folder.#files);
    await removeStale(folder.#drafts);
    return folder;
  }

  async put(bytes: Uint8Array): Promise<string> {
    checkBlobSize(bytes, this.#maxBytes);
    const copy = new Uint8Array(bytes);
    const name = sha256Hex(copy);
    const path = this.#pathOf(name);
    try {
      if (await isIntact(path, name, this.#maxBytes)) await syncFolder(dirname(path));
      else await (await Draft.begin(this.#drafts, copy)).keep(path);
    } catch (cause) {
      throw notWritten(name, cause);
    }
    return name;
  }

  async begin(bytes: Uint8Array): Promise<BlobDraft> {
    checkBlobSize(bytes, this.#maxBytes);
    const draft = await Draft.begin(this.#drafts, bytes).catch((cause: unknown) => {
      throw storeFailure(cause, 'a blob cannot be written');
    });
    const sha256 = digestHexLater('sha256', bytes);
    return {
      sha256,
      keep: async () => {
        const name = await sha256;
        // Also where it is there already: what is there may be damaged, and this is not.
        await draft.keep(this.#pathOf(name)).catch((cause: unknown) => {
          throw notWritten(name, cause);
        });
        return name;
      },
      drop: () => draft.drop(),
    };
  }

  async get(sha256: string): Promise<Uint8Array | null> {
    checkBlobName(sha256);
    const path = this.#pathOf(sha256);
    const bytes = await readWholeFile(path, this.#maxBytes);
    if (bytes === null || sha256Hex(bytes) === sha256) return bytes;
    throw new WritError('STORE_CORRUPT', `the blob ${path} does not have the hash that it is named by`, {
      details: { path },
    });
  }

  async part(sha256: string, offset: number, length: number): Promise<Uint8Array | null> {
    checkBlobName(sha256);
    checkBlobSize({ length }, this.#maxBytes);
    return readFilePart(this.#pathOf(sha256), offset, length);
  }

  async has(sha256: string): Promise<boolean> {
    checkBlobName(sha256);
    try {
      return (await stat(this.#pathOf(sha256))).isFile();
    } catch (error) {
      if (failedWith(error, 'ENOENT')) return false;
      throw storeFailure(error, `the blob ${sha256} cannot be looked up`);
    }
  }

  async delete(sha256: string): Promise<void> {
    checkBlobName(sha256);
    try {
      await unlink(this.#pathOf(sha256));
    } catch (error) {
      if (!failedWith(error, 'ENOENT')) throw storeFailure(error, `the blob ${sha256} cannot be deleted`);
    }
  }

  #pathOf(name: string): string {
    return join(this.#files, name.slice(0, 2), name);
  }
}

const notWritten = (name: string, cause: unknown): WritError =>
  storeFailure(cause, `the blob ${name} cannot be written`);

/** All 256 at once, so that no `put` has to make a folder durable before its file. */
async function makeShards(files: string): Promise<void> {
  try {
    const there = new Set(await readdir(files));
    for (let i = 0; i < 256; i++) {
      const shard = i.toString(16).padStart(2, '0');
      if (!there.has(shard)) await mkdir(join(files, shard), { recursive: true, mode: 0o700 });
    }
    await syncFolder(files);
  } catch (cause) {
    throw storeFailure(cause, `the folder ${files} cannot be made`);
  }
}

/** True iff the blob is there as it should be. A damaged one is written again: whoever puts it has the bytes. */
async function isIntact(path: string, name: string, maxBytes: number): Promise<boolean> {
  try {
    const bytes = await readWholeFile(path, maxBytes);
    return bytes !== null && sha256Hex(bytes) === name;
  } catch {
    return false;
  }
}

async function removeStale(drafts: string): Promise<void> {
  for (const name of await readdir(drafts)) {
    const path = join(drafts, name);
    const age =
      Date.now() -
      (await stat(path)
        .then(found => found.mtimeMs)
        .catch(() => Infinity));
    if (age > STALE_DRAFT_MS) await removeIfThere(path);
  }
}
