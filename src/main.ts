/** The roof: puts the rooms together and hands the command line over. */
import { finishOutput, processIo } from './cli/io.js';
import { runCli } from './cli/run.js';

process.exitCode = await runCli(process.argv.slice(2), processIo());
await finishOutput();
process.exit();
