/** The roof: puts the rooms together and hands the command line over. */
import { COMMANDS } from './cli/commands.js';
import { finishOutput, processIo } from './cli/io.js';
import { runCli } from './cli/run.js';
import type { Services } from './cli/services.js';

const services: Services = {
  startServer: async (config, options) => {
    const { startServer } = await import('./server/start.js');
    return startServer(config, options);
  },
};

process.exitCode = await runCli(process.argv.slice(2), { io: processIo(), services, commands: COMMANDS });
await finishOutput();
process.exit();
