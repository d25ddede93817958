/**
 * Keeps the removal of blobs apart from writes: a write first stores blobs, of which some may be there already, and
 * then names them in the index. What is removed in between would be missing for ever.
 */
export class StoreGate {
  #writing = 0;
  #idle: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  /** Runs a write, beside others. Must not be nested: the inner one would wait for a removal that waits for the outer. */
  async write<R>(work: () => Promise<R>): Promise<R> {
    while (this.#closed !== undefined) await this.#closed;
    this.#writing++;
    try {
      return await work();
    } finally {
      if (--this.#writing === 0) this.#idle?.();
    }
  }

  /** Runs a removal while no write is under way; those that come wait. */
  async remove<R>(work: () => Promise<R>): Promise<R> {
    while (this.#closed !== undefined) await this.#closed;
    let open: () => void = () => undefined;
    this.#closed = new Promise(resolve => {
      open = resolve;
    });
    try {
      if (this.#writing > 0) await new Promise<void>(resolve => (this.#idle = resolve));
      return await work();
    } finally {
      this.#idle = undefined;
      this.#closed = undefined;
      open();
    }
  }
}
