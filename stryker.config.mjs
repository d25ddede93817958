// `npm run mutation`: changes floors 0 to 2 and policy/ one expression at a time, and asks whether a test notices.
// One room: `npm run mutation -- --mutate 'src/json/**/*.ts'`. Reads what it knows from reports/mutation; `--force` forgets it.
import { join } from 'node:path';

// The tests run in a copy of the project, from which the way to the vectors is another one.
process.env.WRIT_VECTORS ??= join(import.meta.dirname, '..', 'shared', 'vectors');

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: [
    'src/errors.ts',
    'src/{json,crypto,tuf,entitlements,image,policy}/**/*.ts',
    // Texts: the generated reference is their check.
    '!src/error-catalogue/**',
  ],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts' },
  coverageAnalysis: 'perTest',
  // A test that is slow on a busy machine is no endless loop.
  timeoutMS: 15_000,
  timeoutFactor: 4,
  concurrency: 2,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['clear-text', 'json'],
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 90, low: 80, break: 75 },
  ignorePatterns: ['dist', 'reports', 'coverage', 'docs', 'keys/dev', 'test/system', 'test/bench'],
};
