/** The program that the system tests start: built before any of them runs, where it is not that of these sources. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const SOURCES = ['src', 'policies', 'package.json', 'esbuild.config.mjs', 'test/tools/tuf-client.ts'];

export const PROGRAM = join(ROOT, 'dist', 'writ.js');

export default function build(): void {
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > newestOf(SOURCES.map(name => join(ROOT, name))))
    return;
  execFileSync(process.execPath, ['esbuild.config.mjs', 'program'], { cwd: ROOT, stdio: 'inherit' });
}

function newestOf(paths: readonly string[]): number {
  const files = paths.flatMap(path =>
    statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true }).map(name => join(path, String(name)))
      : [path],
  );
  return Math.max(...files.map(file => statSync(file).mtimeMs));
}
