/** How long the command line takes to start, beside an empty Node process. */
import { spawnSync } from 'node:child_process';
import { median, type Result } from './report.js';

const ROUNDS = 41;
const CASES: Record<string, string[]> = {
  'node -e 0': ['-e', '0'],
  'writ --help': ['dist/writ.js', '--help'],
  'writ profile compile': ['dist/writ.js', 'profile', 'compile', '--grant', 'network=user'],
};

/** Rounds of all cases in turn, so that noise of the machine falls on each alike. */
export default function startup(): Promise<Result[]> {
  const times = new Map(Object.keys(CASES).map(name => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, args] of Object.entries(CASES)) {
      const start = performance.now();
      const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
      if (status !== 0) throw new Error(`${name} ended ${String(status)}`);
      times.get(name)?.push(performance.now() - start);
    }
  }
  const of = (name: string): number => median(times.get(name) ?? []);
  const result = (what: string): Result => ({
    what: `start of ${what}`,
    value: of(what),
    baseline: of('node -e 0'),
    baselineName: 'an empty node -e 0',
    unit: 'ms',
    wanted: 1.35,
  });
  return Promise.resolve([result('writ --help'), result('writ profile compile')]);
}
