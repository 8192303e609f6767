import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{server,suites,orchestrator,docgen,reports}/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'reports/runs/**'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    pool: 'threads',
  },
});
