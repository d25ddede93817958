import { defineConfig } from 'vitest/config';

/** The tests of the rooms that `npm run mutation` changes, and no others: it runs them thousands of times. */
export default defineConfig({
  test: {
    include: ['test/errors.test.ts', 'test/{json,crypto,tuf,entitlements,image,policy}/**/*.test.ts'],
    testTimeout: 30_000,
  },
});
