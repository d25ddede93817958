/**
 * `npm start`: a development service in one folder, with a repository to sign in and an example to sign. It is
 * `writ serve`, after the folder was made and with a word on what to try next. What is there already is kept.
 */
import { join, relative, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { defineCommand, type Command, type Context } from './cli/command.js';
import { command as init } from './cli/commands/init.js';
import { command as serve } from './cli/commands/serve.js';
import { finishOutput, processIo } from './cli/io.js';
import { Output } from './cli/output.js';
import { runCli } from './cli/run.js';
import { openPins } from './cli/trusted.js';
import type { Services } from './cli/services.js';
import { DEVELOPMENT, prepareDevelopment, type DevelopmentFiles } from './server/development.js';
import { startServer } from './server/start.js';

const DEFAULT_FOLDER = 'keys/dev';

// The settings of a real service that this shell may hold must not reach the one that is made here.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WRIT_')));
const argv = process.argv.slice(2);
const folder = folderOf(argv);

process.exitCode = await runCli(['start', '--config', join(folder, 'writ.yaml'), ...argv], {
  io: { ...processIo(), env },
  services: { startServer },
  commands: [
    {
      name: 'start',
      summary: 'start a development service',
      load: () => Promise.resolve({ command: startCommand() }),
    },
  ],
});
await finishOutput();
process.exit();

/** Needed before the command line is read: the settings are a file in it. */
function folderOf(args: readonly string[]): string {
  const { values } = parseArgs({ args: [...args], options: { data: { type: 'string' } }, strict: false });
  return resolve(typeof values.data === 'string' ? values.data : DEFAULT_FOLDER);
}

function startCommand(): Command {
  return defineCommand({
    usage: '[--data DIR] [--listen HOST:PORT] [--admission-listen HOST:PORT]',
    description: `Makes a development service in DIR (default: ${DEFAULT_FOLDER}) on its first run, and serves it until Ctrl-C.`,
    arguments: [0, 0],
    options: serve.options,
    examples: ['npm start', 'npm start -- --listen 127.0.0.1:8443'],
    run: async (context, values) => {
      const files = await prepareDevelopment(folder, context.io.clock);
      return serve.execute({ ...context, services: greeting(context, files) }, values, []);
    },
  });
}

/** The real service; once it answers, the repository is made in it and the user told what to do. */
function greeting(context: Context, files: DevelopmentFiles): Services {
  return {
    startServer: async (config, options) => {
      const server = await startServer(config, options);
      try {
        const pins = await openPins(context);
        if ((await pins.list()).length === 0) await makeRepository(context, server.addresses.repository);
      } catch (error) {
        await server.close();
        throw error;
      }
      const { repository } = server.addresses;
      const elsewhere = repository === config.server ? [] : [`WRIT_SERVER=${repository}`];
      context.out.note(whatToTry(files, elsewhere));
      return server;
    },
  };
}

/** `writ init`, with this service for the one of the settings: it may listen elsewhere. */
async function makeRepository(context: Context, server: string): Promise<void> {
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const out = new Output({ ...context.io, stdout: nowhere }, { json: false, quiet: true, verbose: false });
  const { config, origins } = await context.config();
  const here = { origins, config: { ...config, server } };
  await init.execute({ ...context, out, config: () => Promise.resolve(here) }, {}, [DEVELOPMENT.repository]);
}

function whatToTry(files: DevelopmentFiles, servers: readonly string[]): string {
  const path = (file: string): string => relative(process.cwd(), file);
  const { image } = DEVELOPMENT;
  return `
A development service in ${path(folder)}. Try, in another terminal:

${[`WRIT_CONFIG=${files.config}`, ...servers].map(setting => `  export ${setting}`).join('\n')}
  npx writ sign ${image} --preset web-service --manifest ${path(files.manifest)}
  npx writ verify ${image}
  npx writ admit ${path(files.pod)}
`;
}
