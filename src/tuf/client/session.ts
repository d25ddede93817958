/** One update: its ports, its bounds and its start time. */
import { DEFAULT_LIMITS, type Limits } from '../limits.js';
import { Verifications } from '../verified.js';
import type { Clock, Fetcher, MetadataStore } from '../ports.js';

export interface ClientOptions {
  readonly fetcher: Fetcher;
  readonly store: MetadataStore;
  readonly clock: Clock;
  /** Replaces single default bounds. */
  readonly limits?: Partial<Limits>;
  /** What this process has verified before, of this store: kept from one refresh to the next, it saves signature checks. */
  readonly known?: Verifications;
}

export interface Session {
  readonly fetcher: Fetcher;
  readonly store: MetadataStore;
  readonly limits: Limits;
  readonly known: Verifications;
  /** Every expiry of the update is judged at this moment. */
  readonly now: Date;
}

/** Records the fixed start time of the update. TUF specification §5.1. */
export function startSession(options: ClientOptions): Session {
  const { fetcher, store, clock, limits, known = new Verifications() } = options;
  return { fetcher, store, limits: { ...DEFAULT_LIMITS, ...limits }, known, now: clock.now() };
}
