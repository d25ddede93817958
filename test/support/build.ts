/** The program that the system tests start: built, when it is not there, before any of them runs. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

export const PROGRAM = join(ROOT, 'dist', 'writ.js');

export default function build(): void {
  if (existsSync(PROGRAM)) return;
  execFileSync(process.execPath, ['esbuild.config.mjs', 'program'], { cwd: ROOT, stdio: 'inherit' });
}
