/**
 * What code costs, in steps: how often the blocks of `src/` are run, as V8 counts them for coverage. The same work takes
 * the same steps on every machine under every load, which no clock shows. What a built-in function does is one step,
 * however much it is.
 *
 * Import it before the sources: of functions that ran before, the blocks are not counted.
 */
import { Session, type Profiler } from 'node:inspector';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const SOURCES = join(import.meta.dirname, '..', '..', 'src');
const OURS = [SOURCES, pathToFileURL(SOURCES).href].map(folder => `${folder}/`);

const session = new Session();
session.connect();
session.post('Profiler.enable');
count();

/** The steps of `src/` while `body` runs, and until what it promises is there. */
export async function stepsOf(body: () => unknown): Promise<number> {
  // Optimised code does not count: none is made meanwhile, and to begin to count throws away what there is.
  setFlagsFromString('--no-turbofan');
  try {
    count();
    taken();
    await body();
    return taken().reduce((sum, script) => sum + stepsIn(script), 0);
  } finally {
    setFlagsFromString('--turbofan');
  }
}

function count(): void {
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
}

/** What was counted since the last time. */
function taken(): Profiler.ScriptCoverage[] {
  let scripts: Profiler.ScriptCoverage[] | undefined;
  // The answer is there when `post` returns: the session is with this thread itself.
  session.post('Profiler.takePreciseCoverage', (error, { result }) => {
    if (error) throw error;
    scripts = result.filter(({ url }) => OURS.some(folder => url.startsWith(folder)));
  });
  if (scripts === undefined) throw new Error('V8 counts nothing');
  return scripts;
}

const stepsIn = ({ functions }: Profiler.ScriptCoverage): number =>
  functions.flatMap(({ ranges }) => ranges).reduce((sum, { count: times }) => sum + times, 0);
