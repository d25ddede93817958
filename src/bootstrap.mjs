// What must run before anything is installed: `npm start`, `npm test`, `npm run demo`, `npm run bench`.
// Installs when the lock file changed, builds when a source changed, then hands over. Plain Node, no imports
// from node_modules.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => join(root, ...parts);

/** Runs a program to its end, its output on ours; a failure ends this process with the same status. */
function run(program, args, options = {}) {
  const { status, signal, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  if (signal) process.exit(128 + constants.signals[signal]);
  if (status !== 0) process.exit(status);
}

function newestChange(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce(
    (newest, name) => Math.max(newest, newestChange(join(path, name))),
    stat.mtimeMs,
  );
}

function ensureInstalled() {
  const wanted = createHash('sha256')
    .update(readFileSync(at('package-lock.json')))
    .digest('hex');
  const stamp = at('node_modules', '.writ-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (lstatSync(at('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    // npm would empty the folder that it points to.
    console.error(
      'error: node_modules is a link, and not of this package-lock.json; run npm ci where it points',
    );
    process.exit(1);
  }
  console.error('writ: installing packages (once)');
  run('npm', ['ci', '--include=dev', '--engine-strict', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
  });
  writeFileSync(stamp, wanted);
}

/** @param what `program` (dist/writ.js) or `tools` (demo, bench, documents and tables, from test/) */
function ensureBuilt(what) {
  const sources = [
    'src',
    'policies',
    'package.json',
    'esbuild.config.mjs',
    ...(what === 'tools' ? ['test'] : []),
  ];
  const newest = Math.max(...sources.map(source => newestChange(at(source))));
  const stamp = at('dist', `.built-${what}`);
  if (existsSync(stamp) && statSync(stamp).mtimeMs > newest) return;
  if (what === 'program') console.error('writ: building');
  run(process.execPath, ['esbuild.config.mjs', what], { stdio: ['ignore', 2, 2] });
  writeFileSync(stamp, '');
}

/** Runs a program in this process, so that a signal sent to it reaches the one that it is meant for. */
async function become(file, args) {
  process.chdir(root);
  process.argv = [process.argv[0], file, ...args];
  await import(pathToFileURL(file).href);
}

function runTool(name, args) {
  ensureBuilt('tools');
  return become(at('dist', 'tools', `${name}.js`), args);
}

const TASKS = {
  start: args => become(at('dist', 'program', 'start.js'), args),
  test: args => run(process.execPath, [at('node_modules', 'vitest', 'vitest.mjs'), 'run', ...args]),
  demo: args => runTool('demo', args),
  bench: args => runTool('bench', args),
  docs: args => runTool('docs', args),
  syscalls: args => runTool('syscalls', args),
};

const [task = 'start', ...args] = process.argv.slice(2);
if (!Object.hasOwn(TASKS, task)) {
  console.error(`error: no task ${task}; there are ${Object.keys(TASKS).join(', ')}`);
  process.exit(2);
}
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 17)) {
  console.error(`error: writ needs Node 20.17 or newer; this is ${process.versions.node}`);
  process.exit(1);
}
ensureInstalled();
ensureBuilt('program');
await TASKS[task](args);
