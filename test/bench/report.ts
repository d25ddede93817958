/** One measured figure, beside a baseline or alone. */
export interface Result {
  what: string;
  /** The figure, in `unit`. */
  value: number;
  unit: string;
  /** The same for the baseline, measured in the same run; without one the figure is judged as it is. */
  baseline?: number;
  baselineName?: string;
  /** The most (or, with `atLeast`, the least) that value/baseline, or the value, should be. */
  wanted?: number;
  atLeast?: boolean;
}

export type Suite = () => Promise<Result[]>;

export function printResults(results: readonly Result[]): void {
  for (const result of results) console.log(lineOf(result));
}

function lineOf({ what, value, unit, baseline, baselineName = '', wanted, atLeast }: Result): string {
  const judged = baseline === undefined ? value : value / baseline;
  const verdict =
    wanted === undefined ? '' : (atLeast ? judged >= wanted : judged <= wanted) ? 'reached' : 'MISSED';
  const goal = wanted === undefined ? '' : ` (wanted ${atLeast ? '≥' : '≤'} ${wanted}: ${verdict})`;
  if (baseline === undefined) return `${what}: ${value.toFixed(2)} ${unit}${goal}`;
  const figures = `[${value.toFixed(3)} against ${baseline.toFixed(3)} ${unit}]`;
  return `${what}: ${judged.toFixed(2)} × ${baselineName}${goal} ${figures}`;
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
