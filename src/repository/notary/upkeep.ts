/** What a service does for its Notary repositories without being asked: signs ahead of expiry, and removes what is old. */
import { toWritError } from '../../errors.js';
import type { Gun } from '../../tuf/notary/names.js';
import type { Clock } from '../../tuf/ports.js';
import type { NotaryLifetimes } from './online.js';
import type { NotaryRepositories } from './service.js';

interface Failure {
  readonly repository: Gun;
  readonly error: Error;
}

const DAY_MS = 86_400_000;
/** A timestamp is signed again when half of its life is over. */
const TIMESTAMP_LEFT = 0.5;
/** A snapshot before the clients of Notary warn of it: they do from six months on. */
const SNAPSHOT_LEFT_MS = 210 * DAY_MS;

export class NotaryUpkeep {
  readonly #repositories: NotaryRepositories;
  readonly #clock: Clock;
  readonly #lifetimes: NotaryLifetimes;

  constructor(repositories: NotaryRepositories, clock: Clock, lifetimes: NotaryLifetimes) {
    this.#repositories = repositories;
    this.#clock = clock;
    this.#lifetimes = lifetimes;
  }

  /** Signs again what the service signs and what expires soon. @throws WritError STORE_* */
  async resignDue(): Promise<{ readonly signed: readonly Gun[]; readonly failed: readonly Failure[] }> {
    const now = this.#clock.now().getTime();
    const until = {
      timestamp: new Date(now + TIMESTAMP_LEFT * this.#lifetimes.timestamp),
      snapshot: new Date(now + Math.min(SNAPSHOT_LEFT_MS, this.#lifetimes.snapshot / 2)),
    };
    const signed: Gun[] = [];
    const failed = await this.#each(async gun => {
      if (await this.#repositories.resign(gun, until)) signed.push(gun);
    });
    return { signed, failed };
  }

  /**
   * Removes documents that were replaced more than `keepMs` ago; their blobs go when the store is swept.
   *
   * @throws WritError STORE_*
   */
  async collect(
    keepMs: number,
  ): Promise<{ readonly documents: number; readonly blobs: number; readonly failed: readonly Failure[] }> {
    const until = new Date(this.#clock.now().getTime() - keepMs);
    let documents = 0;
    const failed = await this.#each(async gun => {
      documents += await this.#repositories.collect(gun, until);
    });
    return { documents, blobs: 0, failed };
  }

  /** Does the same with every repository; one that fails does not keep the others from it. */
  async #each(work: (gun: Gun) => Promise<void>): Promise<readonly Failure[]> {
    const failed: Failure[] = [];
    for (const gun of await this.#repositories.list()) {
      await work(gun).catch((error: unknown) => {
        failed.push({ repository: gun, error: toWritError(error) });
      });
    }
    return failed;
  }
}
