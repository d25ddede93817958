/** A map that forgets what was not used for the longest time, so that what it holds costs no more than a limit. */
export class BoundedCache<K, V> {
  readonly #maxCost: number;
  readonly #costOf: (value: V) => number;
  /** Oldest use first. */
  readonly #kept = new Map<K, V>();
  #cost = 0;

  /** @param costOf - of one value, the same whenever it is asked for; bytes, or 1 where entries are counted */
  constructor(maxCost: number, costOf: (value: V) => number) {
    this.#maxCost = maxCost;
    this.#costOf = costOf;
  }

  get(key: K): V | undefined {
    const value = this.#kept.get(key);
    if (value === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, value);
    return value;
  }

  /** What costs more than the limit by itself is not kept. */
  set(key: K, value: V): void {
    this.delete(key);
    const cost = this.#costOf(value);
    if (cost > this.#maxCost) return;
    this.#kept.set(key, value);
    this.#cost += cost;
    for (const oldest of this.#kept.keys()) {
      if (this.#cost <= this.#maxCost) return;
      this.delete(oldest);
    }
  }

  delete(key: K): void {
    const value = this.#kept.get(key);
    if (value === undefined) return;
    this.#kept.delete(key);
    this.#cost -= this.#costOf(value);
  }
}
