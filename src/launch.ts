/**
 * The file that is `writ`. The full program is loaded as modules, which takes its time; a quick command is one script
 * that was compiled when writ was built. Both do the same: docs/decisions/0004-start-time.md.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Script } from 'node:vm';
import { QUICK_COMMANDS } from './cli/quick-commands.js';

const words = process.argv.slice(2, 4).join(' ');
const FULL_PROGRAM: string = './program/main.js';

// Called by another name it is another program: cli/process.ts.
const isWrit = basename(process.argv[1] ?? '') !== 'notary';

if (isWrit && QUICK_COMMANDS.some(({ name }) => name === words)) runQuick();
else void import(FULL_PROGRAM);

function runQuick(): void {
  const filename = join(__dirname, 'quick.cjs');
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: compiled() });
  const run = script.runInThisContext() as (require: NodeJS.Require, dirname: string) => void;
  run(require, __dirname);
}

/** What V8 made of the script when writ was built. Another V8 refuses it and compiles the script itself. */
function compiled(): Buffer | undefined {
  try {
    return readFileSync(join(__dirname, `quick-${process.version}-${process.arch}.cache`));
  } catch {
    return undefined;
  }
}
