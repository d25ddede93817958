import { defineConfig } from 'vitest/config';

/** `WRIT_ROOM=json`: the tests of this room alone, as the figures of docs/mutation.md count. */
const ROOM = process.env['WRIT_ROOM'];

/**
 * The tests of the rooms that `npm run mutation` changes, and no others: it runs them thousands of times. The 712 lies
 * go through all of `tuf/` each, so that every change there would run all of them; the tests beside them are as sharp.
 */
export default defineConfig({
  test: {
    include: [
      'test/errors.test.ts',
      ROOM === undefined
        ? 'test/{json,crypto,tuf,entitlements,image,policy}/**/*.test.ts'
        : `test/${ROOM}/**/*.test.ts`,
    ],
    exclude: ['test/tuf/adversary-*.test.ts'],
    testTimeout: 30_000,
  },
});
