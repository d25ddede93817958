/** The trusted repositories of one running service. */
import type { TrustEntry } from '../config/types.js';
import { toWritError, type WritError } from '../errors.js';
import { parseRepositoryName, type RepositoryName } from '../image/repository-name.js';
import type { PolicySet } from '../policy/policy-set.js';
import type { RepositoryService } from '../repository/types.js';
import { TrustKeeper } from '../trust/keeper.js';
import { PinStore } from '../trust/pins.js';
import type { Clock } from '../tuf/ports.js';
import type { ServiceLog } from './log.js';
import { pinConfigured, pinHosted, trustedRepository } from './trust-setup.js';

export interface ServiceTrustOptions {
  readonly entries: readonly TrustEntry[];
  /** Trust the repositories that the service hosts. */
  readonly hosted: boolean;
  /** The folder of pins. */
  readonly dir: string;
  readonly repositories: RepositoryService;
  readonly clock: Clock;
  readonly log: ServiceLog;
  /** Called for each refresh that failed. */
  readonly onFailure: () => void;
}

export class ServiceTrust {
  readonly keeper: TrustKeeper;
  readonly #options: ServiceTrustOptions;
  readonly #pins: PinStore;
  /** Repositories that could not be pinned, and why. */
  readonly #refused = new Map<RepositoryName, WritError>();
  #unpinned: readonly RepositoryName[] = [];
  #policies: PolicySet | undefined;

  private constructor(options: ServiceTrustOptions) {
    this.#options = options;
    this.#pins = new PinStore(options.dir);
    this.keeper = new TrustKeeper({
      onRefresh: ({ repository, error }) => {
        if (error === undefined) return;
        options.onFailure();
        const { code, message } = error;
        options.log.event('error', `the refresh of ${repository} failed: ${message}`, { repository, code });
      },
    });
  }

  /** @throws WritError as pinConfigured: a root that was configured and cannot be trusted stops the start */
  static async open(options: ServiceTrustOptions): Promise<ServiceTrust> {
    const trust = new ServiceTrust(options);
    for (const entry of options.entries) {
      const pin = await pinConfigured(entry, trust.#pins);
      trust.keeper.add(await trustedRepository(pin, options.repositories, options.clock));
    }
    if (options.hosted) {
      for (const { name } of await options.repositories.list())
        await trust.#addHosted(parseRepositoryName(name));
    }
    return trust;
  }

  /** Mirrors the roles that the policies name. */
  follow(policies: PolicySet): void {
    this.#policies = policies;
    this.#unpinned = this.keeper.follow(policies.roles);
  }

  /** A hosted repository was made or changed: what it now says counts from here on. Never throws. */
  async written(name: RepositoryName): Promise<void> {
    if (this.#options.hosted && !this.#isKept(name)) await this.#addHosted(name);
    if (!this.#isKept(name)) return;
    await this.keeper.refreshNow(name).catch(() => false); // told by onRefresh, and kept in the status
  }

  /** What keeps the service from answering as it should; undefined when nothing does. */
  problem(): string | undefined {
    const problems = [
      ...[...this.#refused.values()].map(({ message }) => message),
      ...this.#unpinned.map(name => `a policy trusts the repository ${name}, of which no root is pinned`),
      ...this.keeper
        .status(this.#options.clock.now())
        .filter(({ state }) => state !== 'fresh')
        .map(
          ({ name, state, lastError }) => `${name} is ${state}: ${lastError?.message ?? 'not refreshed yet'}`,
        ),
    ];
    return problems.length === 0 ? undefined : problems.join('; ');
  }

  fresh(): ReadonlyMap<string, boolean> {
    const status = this.keeper.status(this.#options.clock.now());
    return new Map(status.map(({ name, state }) => [name, state === 'fresh']));
  }

  #isKept(name: RepositoryName): boolean {
    return this.keeper.status(this.#options.clock.now()).some(status => status.name === name);
  }

  async #addHosted(name: RepositoryName): Promise<void> {
    const { repositories, clock, log } = this.#options;
    try {
      const pin = await pinHosted(name, repositories, this.#pins);
      this.keeper.add(await trustedRepository(pin, repositories, clock));
      this.#refused.delete(name);
      if (this.#policies !== undefined) this.follow(this.#policies);
    } catch (error) {
      const failure = toWritError(error);
      this.#refused.set(name, failure);
      log.event('error', `the hosted repository ${name} is not trusted: ${failure.message}`, {
        code: failure.code,
      });
    }
  }
}
