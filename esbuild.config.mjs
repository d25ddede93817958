// `program` is what is installed (docs/decisions/0004-start-time.md):
//   dist/writ.js            decides which of the two below runs
//   dist/quick.cjs          the quick commands as one script, with what V8 compiled of it beside it
//   dist/program/           the full program and start.js for `npm start`, with lazy chunks
//   dist/catalogue.json     the catalogue as one file
//   dist/conformance/       the client under test of the TUF conformance suite
// `tools` are the demo, the benchmarks and the generators of documents and of tables of system calls. Packages stay in node_modules.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { build } from 'esbuild';

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
  legalComments: 'none',
};
const small = { minifySyntax: true, minifyWhitespace: true };
const QUICK = 'dist/quick.cjs';

async function buildProgram() {
  rmSync('dist', { recursive: true, force: true });
  await buildFull();
  await buildQuick();
  await build({
    ...common,
    ...small,
    format: 'cjs',
    entryPoints: { writ: 'src/launch.ts' },
    outdir: 'dist',
    banner: { js: '#!/usr/bin/env node' },
  });
  chmodSync('dist/writ.js', 0o755);
  // CommonJS starts faster than a module does.
  writeFileSync('dist/package.json', '{"type":"commonjs"}\n');
  writeFileSync('dist/catalogue.json', JSON.stringify(await assembleCatalogue()));
  const { status } = spawnSync(process.execPath, [import.meta.filename, 'cache'], {
    stdio: ['ignore', 'ignore', 2],
  });
  if (status !== 0) throw new Error('the quick commands do not run');
  await buildConformance();
}

async function buildFull() {
  const outdir = 'dist/program';
  await build({
    ...common,
    ...small,
    splitting: true,
    entryPoints: { main: 'src/main.ts' },
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
  });
  // A build of its own: chunks shared with it would cost every command a file more to load.
  await build({
    ...common,
    splitting: true,
    entryPoints: { start: 'src/start.ts' },
    outdir,
    chunkNames: 'chunks/start-[name]-[hash]',
  });
  writeFileSync(`${outdir}/package.json`, '{"type":"module"}\n');
}

/** One function expression of what src/launch.ts hands it. */
async function buildQuick() {
  await build({
    ...common,
    ...small,
    format: 'cjs',
    entryPoints: ['src/quick.ts'],
    outfile: QUICK,
    define: { 'import.meta.dirname': '__dirname' },
    supported: { 'dynamic-import': false }, // becomes require: a script has no loader of modules
    banner: { js: '(function(require,__dirname){' },
    footer: { js: '})' },
  });
}

/** The YAML of policies/, assembled by the same code that reads it in tests. */
async function assembleCatalogue() {
  const outfile = join(process.cwd(), 'dist', '.assemble.mjs');
  await build({ ...common, entryPoints: ['src/config/assemble-catalogue.ts'], outfile });
  const { assembleCatalogue: assemble } = await import(pathToFileURL(outfile).href);
  rmSync(outfile);
  return assemble('policies');
}

/** Runs a quick command once and keeps what V8 compiled for it. */
function writeCache() {
  const dist = join(import.meta.dirname, 'dist');
  const script = new Script(readFileSync(QUICK, 'latin1'), { filename: join(import.meta.dirname, QUICK) });
  const file = join(dist, `quick-${process.version}-${process.arch}.cache`);
  process.on('exit', () => writeFileSync(file, script.createCachedData()));
  process.argv = [process.argv[0], QUICK, 'profile', 'compile', '--grant', 'network=user', '--quiet'];
  script.runInThisContext()(createRequire(import.meta.url), dist);
}

async function buildTools() {
  mkdirSync('dist/tools', { recursive: true });
  await build({
    ...common,
    splitting: true,
    entryPoints: {
      'bench-echo': 'test/bench/echo-server.ts',
      'bench-tuf-server': 'test/bench/tuf-server.ts',
      demo: 'test/tools/demo/main.ts',
      bench: 'test/bench/main.ts',
      docs: 'test/tools/docs.ts',
      syscalls: 'test/tools/syscalls/main.ts',
    },
    outdir: 'dist/tools',
    chunkNames: 'chunks/[name]-[hash]',
  });
  writeFileSync('dist/tools/package.json', '{"type":"module"}\n');
}

/** The client under test of the TUF conformance suite: one file, put in its place whole. */
async function buildConformance() {
  const folder = 'dist/conformance';
  const outfile = `${folder}/.tuf-client-${process.pid}.cjs`;
  await build({ ...common, format: 'cjs', entryPoints: ['test/tools/tuf-client.ts'], outfile });
  renameSync(outfile, `${folder}/tuf-client.cjs`);
}

await { program: buildProgram, tools: buildTools, conformance: buildConformance, cache: writeCache }[
  process.argv[2] ?? 'program'
]();
