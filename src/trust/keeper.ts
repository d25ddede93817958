/** All trusted repositories: refreshes them in the background, and answers from memory. */
import { WritError } from '../errors.js';
import type { Digest } from '../image/digest.js';
import type { ImageReference } from '../image/reference.js';
import type { RepositoryName } from '../image/repository-name.js';
import type { RoleName } from '../tuf/role-name.js';
import type { Answer } from './answer.js';
import type { RepositoryStatus, TrustedRepository } from './trusted-repository.js';

export interface KeeperOptions {
  /** Between two refreshes of one repository, in milliseconds; ± 10 %. */
  readonly intervalMs?: number;
  /** After the first failure, in milliseconds; doubles with each further one, up to the interval. */
  readonly retryMs?: number;
  /** In [0, 1): spreads the refreshes of many services. */
  readonly random?: () => number;
  /** Told of every refresh: for logs and metrics. */
  readonly onRefresh?: (event: RefreshEvent) => void;
}

export interface RefreshEvent {
  readonly repository: RepositoryName;
  /** Undefined when the refresh succeeded. */
  readonly error: WritError | undefined;
  readonly changed: boolean;
}

const DEFAULTS = { intervalMs: 60_000, retryMs: 1000, random: Math.random };

interface Kept {
  readonly repository: TrustedRepository;
  timer: NodeJS.Timeout | undefined;
  failures: number;
}

export class TrustKeeper {
  readonly #options: KeeperOptions & typeof DEFAULTS;
  readonly #kept = new Map<RepositoryName, Kept>();
  #roles: ReadonlyMap<RepositoryName, ReadonlySet<RoleName>> = new Map();
  #running = false;
  /** Counts what came and went, so that {@link generation} never takes a value twice. */
  #changes = 0;

  constructor(options: KeeperOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** Changes whenever an answer could, other than by expiry. */
  get generation(): number {
    let sum = this.#changes;
    for (const { repository } of this.#kept.values()) sum += repository.generation;
    return sum;
  }

  /** Keeps a repository; one of the same name is replaced. Refreshed at once when the keeper runs. */
  add(repository: TrustedRepository): void {
    this.remove(repository.name);
    const kept: Kept = { repository, timer: undefined, failures: 0 };
    repository.follow(this.#roles.get(repository.name) ?? new Set());
    this.#kept.set(repository.name, kept);
    this.#changes++;
    if (this.#running) this.#schedule(kept, 0);
  }

  /** Keeps it no more; its images are then denied. Nothing happens when it was not kept. */
  remove(name: RepositoryName): void {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    clearTimeout(kept.timer);
    this.#kept.delete(name);
    this.#changes += kept.repository.generation + 1;
  }

  /**
   * Mirrors the roles that the policies name.
   *
   * @returns repositories that are named and not kept: everything they should vouch for is denied
   */
  follow(roles: ReadonlyMap<RepositoryName, ReadonlySet<RoleName>>): RepositoryName[] {
    this.#roles = roles;
    for (const kept of this.#kept.values()) {
      const isNew = kept.repository.follow(roles.get(kept.repository.name) ?? new Set());
      if (isNew && this.#running) this.#schedule(kept, 0);
    }
    return [...roles.keys()].filter(name => !this.#kept.has(name));
  }

  /** Takes up what the stores hold, then refreshes at once and from then on. */
  async start(): Promise<void> {
    this.#running = true;
    await Promise.all(
      [...this.#kept.values()].map(({ repository }) => repository.open().catch(() => undefined)),
    );
    for (const kept of this.#kept.values()) this.#schedule(kept, 0);
  }

  /** No refresh begins any more; those under way end by themselves. */
  stop(): void {
    this.#running = false;
    for (const { timer } of this.#kept.values()) clearTimeout(timer);
  }

  /**
   * Refreshes one repository now, as after a publish.
   *
   * @returns true iff something changed
   * @throws WritError TRUST_UNKNOWN; as TrustedRepository.refresh
   */
  async refreshNow(name: RepositoryName): Promise<boolean> {
    const { repository } = this.#get(name);
    try {
      const changed = await repository.refresh();
      this.#tell({ repository: name, error: undefined, changed });
      return changed;
    } catch (error) {
      if (error instanceof WritError) this.#tell({ repository: name, error, changed: false });
      throw error;
    }
  }

  /**
   * The signed targets of exactly this reference, by these roles.
   *
   * @throws WritError TRUST_UNKNOWN when the repository is not kept, TRUST_STALE
   */
  find(name: RepositoryName, roles: readonly RoleName[], reference: ImageReference, now: Date): Answer {
    return this.#get(name).repository.find(roles, reference, now);
  }

  /** The images, by their signed digests, that are `digest` or contain it; in any repository. */
  byDigest(digest: Digest): ImageReference[] {
    const found = new Map<string, ImageReference>();
    for (const { repository } of this.#kept.values()) {
      for (const reference of repository.byDigest(digest)) found.set(reference.toString(), reference);
    }
    return [...found.values()];
  }

  /** One for each repository, in the order they were added. */
  status(now: Date): RepositoryStatus[] {
    return [...this.#kept.values()].map(({ repository }) => repository.status(now));
  }

  #get(name: RepositoryName): Kept {
    const kept = this.#kept.get(name);
    if (kept) return kept;
    throw new WritError('TRUST_UNKNOWN', `no root of the repository ${name} is pinned`, {
      details: { repository: name },
    });
  }

  #schedule(kept: Kept, delay: number): void {
    clearTimeout(kept.timer);
    kept.timer = setTimeout(() => void this.#refreshAndGoOn(kept), delay);
    kept.timer.unref();
  }

  async #refreshAndGoOn(kept: Kept): Promise<void> {
    const { name } = kept.repository;
    try {
      await this.refreshNow(name);
      kept.failures = 0;
    } catch {
      kept.failures++; // told by refreshNow, and kept in the status
    }
    if (this.#running && this.#kept.get(name) === kept) this.#schedule(kept, this.#pause(kept.failures));
  }

  #pause(failures: number): number {
    const { intervalMs, retryMs, random } = this.#options;
    const pause = failures === 0 ? intervalMs : Math.min(intervalMs, retryMs * 2 ** (failures - 1));
    return Math.round(pause * (0.9 + 0.2 * random()));
  }

  /** Whoever listens cannot stop the keeper. */
  #tell(event: RefreshEvent): void {
    try {
      this.#options.onRefresh?.(event);
    } catch {
      // a broken log must not make trust stale
    }
  }
}
