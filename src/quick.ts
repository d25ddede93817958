/** The roof of the quick commands: the same command line, with no others in its table. */
import { command as profileCompile } from './cli/commands/profile-compile.js';
import { processIo } from './cli/io.js';
import { runProcess } from './cli/process.js';
import { PROFILE_COMPILE } from './cli/quick-commands.js';

void runProcess({
  io: processIo(),
  services: { startServer: () => Promise.reject(new Error('no quick command starts a service')) },
  commands: [{ ...PROFILE_COMPILE, load: () => Promise.resolve({ command: profileCompile }) }],
});
