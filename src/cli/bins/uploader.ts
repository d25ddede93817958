/** Sends many signed bins in bounded batches: while one is on its way, the next is signed. */
import type { ApiClient } from '../../transport/api-client.js';
import type { RoleName } from '../../tuf/role-name.js';
import { base64 } from '../publish.js';

/** Half of what the service takes in one upload. */
const BATCH = { documents: 2048, bytes: 6 * 1024 * 1024 } as const;

export class BinUploader {
  readonly #service: ApiClient;
  readonly #repository: string;
  readonly #onSent: (bins: number) => void;
  readonly #uploads: string[] = [];
  #batch: Record<string, string> = {};
  #documents = 0;
  #bytes = 0;
  #sent = 0;
  #sending: Promise<void> = Promise.resolve();

  /** @param onSent - learns after each batch how many bins the service has */
  constructor(service: ApiClient, repository: string, onSent: (bins: number) => void) {
    this.#service = service;
    this.#repository = repository;
    this.#onSent = onSent;
  }

  /** @throws WritError as ApiClient.upload, for this batch or the one before */
  async add(role: RoleName, document: Uint8Array): Promise<void> {
    if (this.#documents >= BATCH.documents || this.#bytes + document.length > BATCH.bytes) await this.#send();
    this.#batch[role] = base64(document);
    this.#documents++;
    this.#bytes += document.length;
  }

  /**
   * Sends the rest.
   *
   * @returns the uploads to publish; none when nothing was added
   */
  async finish(): Promise<readonly string[]> {
    if (this.#documents > 0) await this.#send();
    await this.#sending;
    return this.#uploads;
  }

  /** Begins to send the batch once the one before has arrived. */
  async #send(): Promise<void> {
    const [documents, count] = [this.#batch, this.#documents];
    this.#batch = {};
    this.#documents = 0;
    this.#bytes = 0;
    await this.#sending;
    this.#sending = this.#upload(documents, count);
    this.#sending.catch(() => undefined); // whoever adds next, or finishes, gets it
  }

  async #upload(documents: Record<string, string>, count: number): Promise<void> {
    const { upload } = await this.#service.upload(this.#repository, { documents });
    this.#uploads.push(upload);
    this.#sent += count;
    this.#onSent(this.#sent);
  }
}
