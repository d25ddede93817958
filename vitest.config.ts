import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Nothing is measured by waiting: the limits only end what hangs, and machines may be slow and busy. */
const PATIENCE = {
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 60_000 } },
} as const;

/** Vitest would leave a processor to itself, which of two is half of the machine. */
const WORKERS = availableParallelism();
/** They mostly wait for others, but start servers and engines: many at once would take more memory than machines have. */
const SYSTEM_WORKERS = Math.min(WORKERS + 1, 6);

export default defineConfig({
  test: {
    reporters: ['default', './test/support/reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**'],
          ...PATIENCE,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Real programs and real servers, in folders, at ports and under names of their own: after the quick tests,
        // whose verdict nobody should wait for.
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          globalSetup: ['test/support/build.ts'],
          ...PATIENCE,
          maxWorkers: SYSTEM_WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
  },
});
