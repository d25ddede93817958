import { basename } from 'node:path';
import { finishOutput } from './io.js';
import { runCli, type Surroundings } from './run.js';

/** Names that the program may be called by, through a link, and the command that it then is. */
const CALLED_AS: ReadonlySet<string> = new Set(['notary']);

/** Run the command line of this process and end with its exit code. */
export async function runProcess(surroundings: Surroundings): Promise<never> {
  const [, program = '', ...words] = process.argv;
  const name = basename(program);
  process.exitCode = await runCli(CALLED_AS.has(name) ? [name, ...words] : words, surroundings);
  await finishOutput();
  process.exit();
}
