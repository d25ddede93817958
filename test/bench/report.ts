/** One measured figure beside its baseline. */
export interface Result {
  what: string;
  /** The figure, in `unit`. */
  value: number;
  /** The same for the baseline, measured in the same run. */
  baseline: number;
  baselineName: string;
  unit: string;
  /** The most (or, with `atLeast`, the least) that value/baseline should be. */
  wanted?: number;
  atLeast?: boolean;
}

export type Suite = () => Promise<Result[]>;

export function printResults(results: readonly Result[]): void {
  for (const { what, value, baseline, baselineName, unit, wanted, atLeast } of results) {
    const ratio = value / baseline;
    const verdict =
      wanted === undefined ? '' : (atLeast ? ratio >= wanted : ratio <= wanted) ? 'reached' : 'MISSED';
    const goal = wanted === undefined ? '' : ` (wanted ${atLeast ? '≥' : '≤'} ${wanted}: ${verdict})`;
    console.log(
      `${what}: ${ratio.toFixed(2)} × ${baselineName}${goal} [${value.toFixed(3)} against ${baseline.toFixed(3)} ${unit}]`,
    );
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Milliseconds of CPU that one call of `run` takes: the median over `rounds`. */
export async function cpuOf(run: () => unknown, rounds = 9): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const before = process.cpuUsage();
    await run();
    const used = process.cpuUsage(before);
    times.push((used.user + used.system) / 1000);
  }
  return median(times);
}
