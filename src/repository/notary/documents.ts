/**
 * The bytes of Notary documents. Those of publications that come together are written as one blob, so that they wait
 * for the disk together; what is asked for often is kept in memory, verified once.
 */
import { WritError } from '../../errors.js';
import type { NotaryFile } from '../../tuf/format/notary1.js';
import { describeNotaryFile, describeNotaryFileLater } from '../../tuf/notary/describe.js';
import { BoundedCache } from '../../storage/bounded-cache.js';
import type { BlobDraft, BlobStore } from '../../storage/ports.js';
import { readStoredFile, type BlobPart, type FileRecord } from '../file-record.js';

/** A document that is to be stored. */
export interface NewDocument {
  readonly bytes: Uint8Array;
  /** Whether it will be served for ever: it gets a blob of its own, since a shared one stays with all it holds. */
  readonly stays: boolean;
  /** Of the same bytes, where they are being written already. */
  readonly draft?: BlobDraft | undefined;
}

/** A large document that is being written, and hashed, while it is verified. */
interface BegunDocument {
  readonly bytes: Uint8Array;
  readonly file: Promise<NotaryFile>;
  readonly draft: BlobDraft;
}

/** What was begun of an upload. A document is found by its bytes, whoever has them. */
export class DocumentDrafts {
  readonly #begun: Set<BegunDocument>;

  constructor(begun: Iterable<BegunDocument>) {
    this.#begun = new Set(begun);
  }

  /** As `describeNotaryFile`, sooner where it was begun. */
  async describe(bytes: Uint8Array): Promise<NotaryFile> {
    return this.#find(bytes)?.file ?? describeNotaryFile(bytes);
  }

  /** The draft of these bytes, for who keeps it. */
  take(bytes: Uint8Array): BlobDraft | undefined {
    const found = this.#find(bytes);
    if (found !== undefined) this.#begun.delete(found);
    return found?.draft;
  }

  /** Drops those that nobody took. */
  async drop(): Promise<void> {
    await Promise.all(Array.from(this.#begun, ({ draft }) => draft.drop()));
  }

  #find(bytes: Uint8Array): BegunDocument | undefined {
    return [...this.#begun].find(begun => Buffer.compare(begun.bytes, bytes) === 0);
  }
}

/** Larger ones gain nothing from company. */
const MAX_SHARED = 64 * 1024;
/** Of a shared blob. */
const MAX_PACK = 4 * 1024 * 1024;
const MAX_CACHED = 64 * 1024 * 1024;
/** What an entry costs beside its bytes. */
const ENTRY = 256;

interface Waiting {
  readonly bytes: readonly Uint8Array[];
  readonly resolve: (parts: BlobPart[]) => void;
  readonly reject: (error: unknown) => void;
}

export class NotaryDocuments {
  readonly #blobs: BlobStore;
  readonly #cache = new BoundedCache<string, Uint8Array>(MAX_CACHED, bytes => ENTRY + bytes.length);
  #queue: Waiting[] = [];
  #writing = false;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /**
   * Begins to write the large ones among `documents`, none of which is verified yet. A store that takes none says so
   * when it is asked to keep them.
   *
   * @param documents - must not change until the drafts are taken or dropped
   */
  async begin(documents: Iterable<Uint8Array>): Promise<DocumentDrafts> {
    const large = [...documents].filter(({ length }) => length > MAX_SHARED);
    const begun = await Promise.allSettled(
      large.map(async bytes => {
        const draft = await this.#blobs.begin(bytes);
        return { bytes, draft, file: describeNotaryFileLater(bytes, draft.sha256) };
      }),
    );
    return new DocumentDrafts(begun.flatMap(one => (one.status === 'fulfilled' ? [one.value] : [])));
  }

  /**
   * Stores documents; durable when it resolves.
   *
   * @returns where each is: undefined for one that is a blob of its own
   * @throws WritError STORE_FULL, STORE_IO, STORE_SIZE
   */
  async store(documents: readonly NewDocument[]): Promise<(BlobPart | undefined)[]> {
    const isShared = ({ bytes, stays }: NewDocument): boolean => !stays && bytes.length <= MAX_SHARED;
    const shared = documents.filter(isShared).map(({ bytes }) => bytes);
    const alone = documents.filter(document => !isShared(document));
    const [parts] = await Promise.all([
      shared.length === 0 ? [] : this.#share(shared),
      ...alone.map(({ bytes, draft }) => draft?.keep() ?? this.#blobs.put(bytes)),
    ]);
    const rest = [...parts];
    return documents.map(document => (isShared(document) ? rest.shift() : undefined));
  }

  /**
   * The bytes of a document, verified against its hash.
   *
   * @throws WritError NOTARY_BROKEN when they are missing, STORE_CORRUPT, STORE_*
   */
  async read(record: FileRecord): Promise<Uint8Array> {
    const kept = this.#cache.get(record.sha256);
    if (kept !== undefined) return kept;
    const bytes = await readStoredFile(record, this.#blobs);
    if (bytes === null) {
      throw new WritError('NOTARY_BROKEN', `the stored document ${record.sha256} is missing`);
    }
    this.keep(record.sha256, bytes);
    return bytes;
  }

  /** Keeps in memory what was stored: it will be asked for next. */
  keep(sha256: string, bytes: Uint8Array): void {
    this.#cache.set(sha256, bytes);
  }

  #share(bytes: readonly Uint8Array[]): Promise<BlobPart[]> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ bytes, resolve, reject });
      if (!this.#writing) void this.#write();
    });
  }

  /** Writes blob after blob: what comes while one is written goes into the next. */
  async #write(): Promise<void> {
    this.#writing = true;
    // What comes in this turn of the loop comes along.
    await new Promise(resolve => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      try {
        const pack = Buffer.concat(batch.flatMap(({ bytes }) => bytes));
        const blob = await this.#blobs.put(pack);
        let offset = 0;
        for (const { bytes, resolve } of batch) {
          resolve(
            bytes.map(({ length }) => {
              offset += length;
              return { blob, offset: offset - length, length };
            }),
          );
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = false;
  }

  #takeBatch(): Waiting[] {
    let total = 0;
    const end = this.#queue.findIndex(({ bytes }, i) => {
      total += bytes.reduce((sum, { length }) => sum + length, 0);
      return i > 0 && total > MAX_PACK;
    });
    return this.#queue.splice(0, end === -1 ? this.#queue.length : end);
  }
}
