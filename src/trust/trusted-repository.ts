/** One repository with a pinned root, kept verified: what it last said that was good, until that expires. */
import { toWritError, WritError } from '../errors.js';
import type { Digest } from '../image/digest.js';
import type { ImageReference } from '../image/reference.js';
import type { RepositoryName } from '../image/repository-name.js';
import { pinRoot } from '../tuf/client/load-root.js';
import { openRepository, refresh } from '../tuf/client/refresh.js';
import type { RepositoryView } from '../tuf/client/view.js';
import { parseDocument } from '../tuf/document.js';
import type { Limits } from '../tuf/limits.js';
import type { Clock, Fetcher, MetadataStore } from '../tuf/ports.js';
import { ROOT, SNAPSHOT, TIMESTAMP, type RoleName } from '../tuf/role-name.js';
import { Verifications } from '../tuf/verified.js';
import type { Answer } from './answer.js';
import { Contents, type ReadContents } from './contents.js';
import { Mirror } from './mirror.js';

export interface TrustedRepositoryOptions {
  readonly name: RepositoryName;
  /** The pinned root, vouched for by whoever pinned it. */
  readonly root: Uint8Array;
  readonly fetcher: Fetcher;
  /** Where the trusted metadata is kept between starts. */
  readonly store: MetadataStore;
  readonly clock: Clock;
  /** The roles to mirror; see {@link TrustedRepository.follow}. */
  readonly roles?: Iterable<RoleName>;
  readonly limits?: Partial<Limits>;
  /** Without it, images are found by the signed digest alone. */
  readonly contents?: ReadContents;
}

export interface RepositoryStatus {
  readonly name: RepositoryName;
  /** `never`: nothing was verified yet. */
  readonly state: 'fresh' | 'stale' | 'never';
  /** When the repository as a whole becomes stale. */
  readonly expires: Date | undefined;
  readonly lastSuccess: Date | undefined;
  /** Why the last refresh failed; undefined when it did not. */
  readonly lastError: WritError | undefined;
  readonly versions: Mirror['versions'] | undefined;
  /** Every mirrored role. */
  readonly roles: readonly {
    readonly name: RoleName;
    readonly state: 'fresh' | 'expired' | 'missing';
    readonly version: number;
    readonly targets: number;
  }[];
}

export class TrustedRepository {
  readonly name: RepositoryName;
  readonly #options: TrustedRepositoryOptions;
  readonly #contents: Contents | undefined;
  readonly #known = new Verifications();
  #roles: ReadonlySet<RoleName>;
  #mirror: Mirror | undefined;
  #generation = 0;
  #lastSuccess: Date | undefined;
  #lastError: WritError | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: TrustedRepositoryOptions) {
    this.name = options.name;
    this.#options = options;
    this.#roles = new Set(options.roles);
    this.#contents = options.contents && new Contents(options.contents);
  }

  /** Grows whenever an answer may have changed, other than by expiry. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Mirrors exactly these roles from the next refresh on.
   *
   * @returns true iff some of them are not mirrored yet
   */
  follow(roles: ReadonlySet<RoleName>): boolean {
    this.#roles = new Set(roles);
    return [...roles].some(role => this.#mirror?.roles.get(role) === undefined);
  }

  /**
   * Takes up what the store holds, without asking the repository.
   *
   * @throws WritError as openRepository: the store lacks something, or it has expired; a refresh may still succeed
   */
  open(): Promise<void> {
    return this.#alone(async () => {
      const { store, limits } = this.#options;
      await this.#startFromPin();
      const known = this.#known;
      await this.#adopt(
        await openRepository({ store, known, clock: this.#clock, ...(limits && { limits }) }),
      );
    });
  }

  /**
   * Asks the repository, verifies what it says, and takes it up as a whole, or not at all: when anything fails, the
   * last good state stays in force until it expires.
   *
   * @returns true iff something changed
   * @throws WritError as `refresh` of tuf/client: TUF_THRESHOLD, TUF_ROLLBACK, TUF_HASH, …; FETCH_*
   */
  refresh(): Promise<boolean> {
    return this.#alone(async () => {
      const { fetcher, store, limits } = this.#options;
      const before = this.#generation;
      try {
        await this.#startFromPin();
        const known = this.#known;
        const view = await refresh({ fetcher, store, known, clock: this.#clock, ...(limits && { limits }) });
        await this.#adopt(view);
        this.#lastSuccess = view.now;
        this.#lastError = undefined;
        return this.#generation !== before;
      } catch (error) {
        this.#lastError = toWritError(error);
        throw this.#lastError;
      }
    });
  }

  /** @throws WritError TRUST_STALE when the repository has expired, or nothing was verified yet */
  find(roles: readonly RoleName[], reference: ImageReference, now: Date): Answer {
    if (this.#mirror === undefined) {
      throw new WritError('TRUST_STALE', `nothing of the repository ${this.name} could be verified yet`, {
        details: { repository: this.name },
        ...(this.#lastError && { cause: this.#lastError }),
      });
    }
    return this.#mirror.find(roles, reference, this.#notBefore(now));
  }

  /** The images, by their signed digests, that are `digest` or contain it; whichever mirrored role signed them. */
  byDigest(digest: Digest): readonly ImageReference[] {
    return this.#mirror?.pinned(this.#contents?.imagesWith(digest) ?? [digest]) ?? [];
  }

  status(now: Date): RepositoryStatus {
    const mirror = this.#mirror;
    const moment = this.#notBefore(now);
    return {
      name: this.name,
      state: mirror === undefined ? 'never' : moment < mirror.first.expires ? 'fresh' : 'stale',
      expires: mirror?.first.expires,
      lastSuccess: this.#lastSuccess,
      lastError: this.#lastError,
      versions: mirror?.versions,
      roles: [...(mirror?.roles.values() ?? [])].map(({ name, state, expires, version, table, bins }) => ({
        name,
        state: state === 'missing' ? state : expires <= moment ? 'expired' : 'fresh',
        version,
        targets: (table?.size ?? 0) + (bins?.size ?? 0),
      })),
    };
  }

  /** A clock that was set back does not revive what had expired when the last refresh succeeded. */
  #notBefore(now: Date): Date {
    return this.#lastSuccess !== undefined && now < this.#lastSuccess ? this.#lastSuccess : now;
  }

  readonly #clock: Clock = { now: () => this.#notBefore(this.#options.clock.now()) };

  async #adopt(view: RepositoryView): Promise<void> {
    const mirror = await Mirror.of(this.name, view, this.#roles, this.#mirror);
    const changed = !mirror.isSameAs(this.#mirror);
    this.#mirror = mirror;
    if (changed) this.#generation++;
    if (changed && (await this.#contents?.update(imagesOf(mirror))) === true) this.#generation++;
  }

  /**
   * The store starts from the pinned root: when it holds none, an older one, or another one of the same version, which
   * its chain cannot lead to.
   */
  async #startFromPin(): Promise<void> {
    const { store, root } = this.#options;
    const stored = await store.load(ROOT);
    const pinned = parseDocument(root, 'root').signed.version;
    if (stored !== null) {
      const { version } = parseDocument(stored, 'root').signed;
      if (version > pinned || (version === pinned && Buffer.compare(stored, root) === 0)) return;
      await store.remove(TIMESTAMP);
      await store.remove(SNAPSHOT);
    }
    await pinRoot(store, root);
  }

  /** One after the other: two refreshes at once would compare with each other's half. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#running.then(work);
    this.#running = result.catch(() => undefined);
    return result;
  }
}

function imagesOf(mirror: Mirror): Set<Digest> {
  const images = new Set<Digest>();
  for (const { table, bins } of mirror.roles.values()) {
    for (const listed of [table, bins]) {
      for (const [path, digest] of listed?.entries() ?? []) {
        if (path.endsWith(`@${digest}`)) images.add(digest);
      }
    }
  }
  return images;
}
