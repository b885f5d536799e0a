import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/long/**', 'test/services/**'],
    testTimeout: 30_000,
    // Many tests wait for servers: as many files at once as there are cores, not one fewer.
    maxWorkers: '100%',
  },
});
