import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most tests wait for programs and workers of their own: more of them at once only slow each other down.
    maxWorkers: 2,
    env: { NO_COLOR: '', FORCE_COLOR: '' },
  },
});
