/**
 * Real programs in tests. A test that needs one names it; where it is missing the test is a skip that the
 * summary counts and explains, and with WRIT_REQUIRE_SYSTEM=1 (CI) it is a failure.
 */
import { describe, it } from 'vitest';
import { findProgram } from './programs.js';

export { findProgram };

/** A need beyond programs on PATH: `root` for uid 0. */
export type Need = 'root' | (string & {});

/** What of `needs` this machine does not have. */
export function lacking(needs: readonly Need[]): string[] {
  return needs.filter(need => (need === 'root' ? process.getuid?.() !== 0 : findProgram(need) === undefined));
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
