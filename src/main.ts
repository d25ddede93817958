/** The roof: puts the rooms together and hands the command line over. */
import { COMMANDS } from './cli/commands.js';
import { processIo } from './cli/io.js';
import { runProcess } from './cli/process.js';
import type { Services } from './cli/services.js';

const services: Services = {
  startServer: async (config, options) => {
    const { startServer } = await import('./server/start.js');
    return startServer(config, options);
  },
  openMigration: async (config, options) => {
    const { openMigration } = await import('./server/migration.js');
    return openMigration(config, options);
  },
  startSigner: async (config, options) => {
    const { startSigner } = await import('./server/signer/start.js');
    return startSigner(config, options);
  },
};

await runProcess({ io: processIo(), services, commands: COMMANDS });
