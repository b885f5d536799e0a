import { defineConfig } from 'vitest/config';

/** Fuzz and soak: minutes to hours, run by hand and at night. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 3_600_000,
  },
});
