/** What was signed last, read: a snapshot of 16,384 bins is parsed once, not for each of the three times it is asked for. */
import { reasonOf, WritError } from '../../errors.js';
import type { RepositoryName } from '../../image/repository-name.js';
import type { SignedBook } from './book.js';
import { readPlain, type Before, type OnlineDocument } from './rules.js';

interface Kept {
  readonly payload: Uint8Array;
  readonly document: OnlineDocument;
}

/** A large snapshot has some megabytes when it is read. */
const MAX_KEPT = 16;

export class Recall {
  readonly #book: SignedBook;
  readonly #kept = new Map<string, Kept>();

  constructor(book: SignedBook) {
    this.#book = book;
  }

  /** @throws WritError STORE_CORRUPT for what this signer would never have signed, STORE_IO */
  async before(repository: RepositoryName): Promise<Before> {
    const [snapshot, timestamp] = [
      await this.#read(repository, 'snapshot'),
      await this.#read(repository, 'timestamp'),
    ];
    return {
      snapshot: snapshot?.type === 'snapshot' ? snapshot : undefined,
      timestamp: timestamp?.type === 'timestamp' ? timestamp : undefined,
    };
  }

  /** Keeps what `payload` was read as; it is used only while the book holds these very bytes. */
  keep(repository: RepositoryName, document: OnlineDocument, payload: Uint8Array): void {
    const place = `${repository}/${document.type}`;
    this.#kept.delete(place);
    for (const oldest of this.#kept.keys()) if (this.#kept.size >= MAX_KEPT) this.#kept.delete(oldest);
    this.#kept.set(place, { payload, document });
  }

  async #read(
    repository: RepositoryName,
    role: 'snapshot' | 'timestamp',
  ): Promise<OnlineDocument | undefined> {
    const payload = await this.#book.last(repository, role);
    if (payload === null) return undefined;
    const kept = this.#kept.get(`${repository}/${role}`);
    if (kept !== undefined && Buffer.compare(kept.payload, payload) === 0) return kept.document;
    try {
      const document = readPlain(role, payload);
      this.keep(repository, document, payload);
      return document;
    } catch (cause) {
      throw new WritError(
        'STORE_CORRUPT',
        `the ${role} that was signed last for ${repository} cannot be read: ${reasonOf(cause)}`,
        { cause },
      );
    }
  }
}
