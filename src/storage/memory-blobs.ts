/** The in-memory {@link BlobStore}. */
import { sha256Hex } from '../crypto/digest.js';
import { checkBlobName, checkBlobSize, MAX_BLOB_BYTES } from './blob-name.js';
import type { BlobDraft, BlobStore } from './ports.js';

export class MemoryBlobs implements BlobStore {
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #maxBytes: number;

  /** @param maxBytes - the most bytes of one blob */
  constructor(maxBytes = MAX_BLOB_BYTES) {
    this.#maxBytes = maxBytes;
  }

  async put(bytes: Uint8Array): Promise<string> {
    return (await this.begin(bytes)).keep();
  }

  async begin(bytes: Uint8Array): Promise<BlobDraft> {
    checkBlobSize(bytes, this.#maxBytes);
    const copy = new Uint8Array(bytes);
    const name = sha256Hex(copy);
    return {
      sha256: Promise.resolve(name),
      keep: async () => {
        this.#blobs.set(name, copy);
        return name;
      },
      drop: async () => undefined,
    };
  }

  async get(sha256: string): Promise<Uint8Array | null> {
    checkBlobName(sha256);
    const bytes = this.#blobs.get(sha256);
    return bytes === undefined ? null : new Uint8Array(bytes);
  }

  async part(sha256: string, offset: number, length: number): Promise<Uint8Array | null> {
    const bytes = await this.get(sha256);
    return bytes === null || offset + length > bytes.length ? null : bytes.slice(offset, offset + length);
  }

  async has(sha256: string): Promise<boolean> {
    checkBlobName(sha256);
    return this.#blobs.has(sha256);
  }

  async delete(sha256: string): Promise<void> {
    checkBlobName(sha256);
    this.#blobs.delete(sha256);
  }
}
