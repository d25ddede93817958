/**
 * The least CPU time of several runs, in microseconds. What else runs on the machine counts as little as it can: tests
 * compare two such costs, never a cost with a clock, and may try again.
 */
export function cost(body: () => unknown, runs = 7): number {
  let best = Infinity;
  for (let run = 0; run < runs; run++) {
    const start = process.cpuUsage();
    body();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, user + system);
  }
  return best;
}

/** For tests that compare costs: a disturbance does not last, a defect does. */
export const RETRIES = { retry: 4 } as const;
