import { defineConfig } from 'vitest/config';

/** What needs other programs: the packed tarball, a browser, Python libraries. Slow, one file at a time. */
export default defineConfig({
  test: {
    include: ['test/services/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 400_000,
  },
});
