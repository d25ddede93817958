/** Public test vectors: read in place from WRIT_VECTORS, else from shared/vectors beside the checkout. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

const folder =
  process.env['WRIT_VECTORS'] ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors');

/** `describe` with the folder of one set of vectors; a counted skip (a failure in CI) where they are absent. */
export function describeVectors(set: string, name: string, body: (folder: string) => void): void {
  const path = join(folder, set);
  if (existsSync(path)) {
    describe(name, () => {
      body(path);
    });
  } else if (process.env['WRIT_REQUIRE_SYSTEM'] === '1') {
    describe(name, () => {
      it('needs the public vectors', () => {
        throw new Error(`WRIT_REQUIRE_SYSTEM=1 and there is no ${path}`);
      });
    });
  } else {
    describe.skip(`${name} [skipped: no vectors, set WRIT_VECTORS]`, () => {
      it('is not read', () => undefined);
    });
  }
}
