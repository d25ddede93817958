/** How often each caller may ask: a bucket that fills evenly and holds one minute's worth. */
import { WritError } from '../../errors.js';

interface Bucket {
  left: number;
  /** Milliseconds of the monotonic clock. */
  at: number;
}

export class RateLimit {
  readonly #perMinute: number;
  readonly #now: () => number;
  /** As many as there are names that may call. */
  readonly #buckets = new Map<string, Bucket>();

  /** @param now - milliseconds that only grow */
  constructor(perMinute: number, now: () => number = () => performance.now()) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /** @throws WritError SIGNER_RATE */
  take(caller: string): void {
    const now = this.#now();
    const bucket = this.#buckets.get(caller) ?? { left: this.#perMinute, at: now };
    const filled = Math.min(this.#perMinute, bucket.left + ((now - bucket.at) / 60_000) * this.#perMinute);
    if (filled < 1)
      throw new WritError('SIGNER_RATE', `${caller} asked more than ${this.#perMinute} times in a minute`);
    this.#buckets.set(caller, { left: filled - 1, at: now });
  }
}
