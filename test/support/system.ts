/**
 * Real programs in tests. A test that needs one names it; where it is missing the test is a skip that the
 * summary counts and explains, and with WRIT_REQUIRE_SYSTEM=1 (CI) it is a failure.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'vitest';
import { findProgram } from './programs.js';

export { findProgram };

/** A need beyond programs on PATH: `root` for uid 0, `file:PATH` for a file, `python:NAME` for a module of the system's Python. */
export type Need = 'root' | `python:${string}` | `file:${string}` | (string & {});

/** The Python that the system's packages are for, whatever stands before it in PATH. */
export const SYSTEM_PYTHON = '/usr/bin/python3';

/** What of `needs` this machine does not have. */
export function lacking(needs: readonly Need[]): string[] {
  return needs.filter(need => !has(need));
}

function has(need: Need): boolean {
  if (need === 'root') return process.getuid?.() === 0;
  if (need.startsWith('file:')) return existsSync(need.slice('file:'.length));
  const [, module] = /^python:(.+)$/.exec(need) ?? [];
  if (module === undefined) return findProgram(need) !== undefined;
  return spawnSync(SYSTEM_PYTHON, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0;
}

/** `describe`, but a counted skip (a failure in CI) when this machine lacks one of `needs`. */
export function describeWith(needs: readonly Need[], name: string, body: () => void): void {
  const lacks = lacking(needs);
  if (lacks.length === 0) {
    describe(name, body);
  } else if (process.env['WRIT_REQUIRE_SYSTEM'] === '1') {
    describe(name, () => {
      it(`needs ${lacks.join(', ')}`, () => {
        throw new Error(`WRIT_REQUIRE_SYSTEM=1 and this machine lacks ${lacks.join(', ')}`);
      });
    });
  } else {
    describe.skip(`${name} [skipped: needs ${lacks.join(', ')}]`, body);
  }
}
