import { finishOutput } from './io.js';
import { runCli, type Surroundings } from './run.js';

/** Run the command line of this process and end with its exit code. */
export async function runProcess(surroundings: Surroundings): Promise<never> {
  process.exitCode = await runCli(process.argv.slice(2), surroundings);
  await finishOutput();
  process.exit();
}
