/** `npm run docs` writes the generated documents; `npm run docs -- --check` fails when one is out of date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { generatedDocuments } from './documents.js';

const check = process.argv.includes('--check');
let stale = 0;
for (const [path, text] of generatedDocuments()) {
  if (read(path) === text) continue;
  if (check) {
    stale++;
    console.error(`error: ${path} is out of date\nhint: npm run docs`);
  } else {
    writeFileSync(path, text);
    console.error(`wrote ${path}`);
  }
}
if (stale > 0) process.exitCode = 1;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
