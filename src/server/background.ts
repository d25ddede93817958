/** A task that runs again and again, one run at a time, until it is stopped. */

export interface Background {
  /** Begins no further run and waits for the one under way. */
  stop(): Promise<void>;
}

/**
 * @param task - must not throw: it says itself what fails
 * @param intervalMs - from the end of a run to the beginning of the next
 */
export function repeat(task: () => Promise<void>, intervalMs: number): Background {
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const schedule = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = task().finally(schedule);
    }, intervalMs).unref();
  };
  schedule();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
