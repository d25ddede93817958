/** One update: its ports, its bounds and its start time. */
import { DEFAULT_LIMITS, type Limits } from '../limits.js';
import type { Clock, Fetcher, MetadataStore } from '../ports.js';

export interface ClientOptions {
  readonly fetcher: Fetcher;
  readonly store: MetadataStore;
  readonly clock: Clock;
  /** Replaces single default bounds. */
  readonly limits?: Partial<Limits>;
}

export interface Session {
  readonly fetcher: Fetcher;
  readonly store: MetadataStore;
  readonly limits: Limits;
  /** Every expiry of the update is judged at this moment. */
  readonly now: Date;
}

/** Records the fixed start time of the update. TUF specification §5.1. */
export function startSession({ fetcher, store, clock, limits }: ClientOptions): Session {
  return { fetcher, store, limits: { ...DEFAULT_LIMITS, ...limits }, now: clock.now() };
}
