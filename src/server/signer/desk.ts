/** Where a request becomes a signature: one at a time, remembered before it is signed, and logged whatever comes of it. */
import { sha256Hex } from '../../crypto/digest.js';
import { hexFromBytes } from '../../crypto/hex.js';
import { toWritError, WritError } from '../../errors.js';
import type { RepositoryName } from '../../image/repository-name.js';
import type { JsonObject } from '../../json/types.js';
import type { OnlineKeyring } from '../../keystore/online-keyring.js';
import type { OnlineGenerations } from '../../repository/online-keys.js';
import type { Clock } from '../../tuf/ports.js';
import { SNAPSHOT, TIMESTAMP, type RoleName } from '../../tuf/role-name.js';
import type { ServiceLog } from '../log.js';
import { firstOf, nextOf } from '../online-signers.js';
import type { SignedBook } from './book.js';
import type { RateLimit } from './rate.js';
import { Recall } from './recall.js';
import { checkExpiry, checkNext, checkRole, readPlain, type MaxLifetime } from './rules.js';

export interface DeskOptions {
  /** What every key is derived from. */
  readonly keyring: OnlineKeyring;
  readonly book: SignedBook;
  readonly clock: Clock;
  readonly maxLifetime: MaxLifetime;
  readonly rate: RateLimit;
  readonly log: ServiceLog;
}

export interface SignRequest {
  /** The common name of the caller's certificate. */
  readonly caller: string;
  readonly repository: RepositoryName;
  readonly role: RoleName;
  readonly payload: Uint8Array;
  /** Of the key; that which new repositories begin with when it is left out. */
  readonly generation?: number | undefined;
}

/** The public keys of a repository, and which they are. */
export interface SignerKeys {
  readonly snapshot: JsonObject;
  readonly timestamp: JsonObject;
  readonly generations: OnlineGenerations;
  /** Those that its next root may name. */
  readonly next: OnlineGenerations;
}

/** As a document lists it. */
export interface Signature {
  readonly keyid: string;
  /** Hex. */
  readonly sig: string;
}

/** Each may hold a snapshot of megabytes. */
const MAX_WAITING = 64;

export class SigningDesk {
  readonly #options: DeskOptions;
  readonly #recall: Recall;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#recall = new Recall(options.book);
  }

  /** The public keys of a repository, existing or not. @throws WritError KEYSTORE_SECRET for a retired generation */
  keys(repository: RepositoryName, asked?: OnlineGenerations): SignerKeys {
    const { keyring } = this.#options;
    const generations = asked ?? firstOf(keyring);
    const keyOf = (role: RoleName, generation: number): JsonObject =>
      keyring.signer(repository, role, generation).key.toJson();
    return {
      snapshot: keyOf(SNAPSHOT, generations.snapshot),
      timestamp: keyOf(TIMESTAMP, generations.timestamp),
      generations,
      next: nextOf(keyring, generations),
    };
  }

  /**
   * Signs the next snapshot or timestamp, or again the very one that was signed last: an answer may be lost.
   *
   * @throws WritError KEYSTORE_REFUSED, SIGNER_VERSION, SIGNER_RATE; STORE_* when it cannot be remembered, and then it
   *   is not signed
   */
  sign(request: SignRequest): Promise<Signature> {
    if (this.#waiting >= MAX_WAITING)
      return Promise.reject(new WritError('SIGNER_RATE', `${MAX_WAITING} requests wait already`));
    this.#waiting++;
    const run = this.#queue.then(() => this.#logged(request));
    this.#queue = run
      .catch(() => undefined)
      .finally(() => {
        this.#waiting--;
      });
    return run;
  }

  async #logged(request: SignRequest): Promise<Signature> {
    const { caller, repository, role, payload } = request;
    const { log } = this.#options;
    const facts = { caller, repository, role, sha256: sha256Hex(payload) };
    try {
      const { signature, version } = await this.#decide(request);
      log.event('info', 'signed', { ...facts, version });
      return signature;
    } catch (error) {
      const { code, message } = toWritError(error);
      log.event('warn', 'refused', { ...facts, code, reason: message });
      throw error;
    } finally {
      log.flush(); // before the answer: what was signed and what was refused survives the process
    }
  }

  async #decide({ caller, repository, role, payload, generation }: SignRequest) {
    const { rate, clock, maxLifetime, book, keyring } = this.#options;
    rate.take(caller);
    const kind = checkRole(role);
    const document = readPlain(kind, payload);
    checkExpiry(document, clock.now(), maxLifetime);
    const signer = keyring.signer(repository, role, generation ?? keyring.first);
    const last = await book.last(repository, kind);
    // Ed25519 is deterministic: the answer to the same question is the same signature.
    if (last === null || Buffer.compare(last, payload) !== 0) {
      checkNext(document, await this.#recall.before(repository));
      await book.record(repository, kind, payload);
      this.#recall.keep(repository, document, payload);
    }
    const sig = hexFromBytes(await signer.sign(role, payload));
    return { signature: { keyid: signer.key.id, sig }, version: document.version };
  }
}
