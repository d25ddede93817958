// Two builds: `program` is dist/writ.js with lazy chunks beside it, dist/start.js for `npm start`, and the catalogue
// as one JSON file;
// `tools` are the demo, the benchmarks and the document generator. Packages stay in node_modules.
import { build } from 'esbuild';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mkdtempSync } from 'node:fs';

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  splitting: true,
  logLevel: 'warning',
  legalComments: 'none',
};

async function buildProgram() {
  rmSync('dist', { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: { writ: 'src/main.ts' },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    banner: { js: '#!/usr/bin/env node' },
    minifySyntax: true,
    minifyWhitespace: true,
  });
  chmodSync('dist/writ.js', 0o755);
  // A build of its own: chunks shared with it would cost every command a file more to load.
  await build({
    ...common,
    entryPoints: { start: 'src/start.ts' },
    outdir: 'dist',
    chunkNames: 'chunks/start-[name]-[hash]',
  });
  writeFileSync('dist/catalogue.json', JSON.stringify(await assembleCatalogue()));
}

/** The YAML of policies/, checked and assembled by the same code that reads it in tests. */
async function assembleCatalogue() {
  const folder = mkdtempSync(join(tmpdir(), 'writ-build-'));
  try {
    const outfile = join(process.cwd(), 'dist', '.assemble.mjs');
    await build({ ...common, splitting: false, entryPoints: ['src/config/assemble-catalogue.ts'], outfile });
    const { assembleCatalogue: assemble } = await import(pathToFileURL(outfile).href);
    rmSync(outfile);
    return await assemble('policies');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function buildTools() {
  mkdirSync('dist/tools', { recursive: true });
  await build({
    ...common,
    entryPoints: {
      'bench-echo': 'test/bench/echo-server.ts',
      demo: 'test/tools/demo/main.ts',
      bench: 'test/bench/main.ts',
      docs: 'test/tools/docs.ts',
    },
    outdir: 'dist/tools',
    chunkNames: 'chunks/[name]-[hash]',
  });
}

await { program: buildProgram, tools: buildTools }[process.argv[2] ?? 'program']();
