import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{server,suites,orchestrator,docgen,reports}/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'reports/runs/**'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // A process each: tests look at the memory of their process, and load native modules.
    pool: 'forks',
    // Many wait for time to pass or for a process to start, so that two cores carry two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
