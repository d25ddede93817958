import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Nothing is measured by waiting: the limits only end what hangs, and machines may be slow and busy. */
const PATIENCE = {
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 60_000 } },
} as const;

/**
 * Vitest would leave a processor to itself, which of two is half of the machine. System tests start servers and engines:
 * more of them at once would take more memory than machines have.
 */
const WORKERS = Math.min(availableParallelism(), 8);

export default defineConfig({
  test: {
    reporters: ['default', './test/support/reporter.ts'],
    maxWorkers: WORKERS,
    // By their names: `system` first, whose files take long, and those of `unit` fill what is left of a worker.
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**'],
          ...PATIENCE,
        },
      },
      {
        // Real programs and real servers, in folders, at ports and under names of their own.
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          globalSetup: ['test/support/build.ts'],
          ...PATIENCE,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
  },
});
