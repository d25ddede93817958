import { defineConfig } from 'vitest/config';

/** Nothing is measured by waiting: the limits only end what hangs, and machines may be slow and busy. */
const PATIENCE = {
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 60_000 } },
} as const;

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
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Real programs and real servers: after the unit tests, one file at a time.
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          ...PATIENCE,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
  },
});
