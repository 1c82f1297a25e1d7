import { defineConfig } from 'vitest/config';

/** Tests of pure functions: they need no server, and do not wait for one. */
const PURE = ['test/domain/**/*.test.ts', 'test/infra/config/**/*.test.ts'];

export default defineConfig({
  test: {
    // A process per file: Temporal's native runtime is one per process.
    pool: 'forks',
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'pure', include: PURE } },
      {
        extends: true,
        test: {
          name: 'engine',
          include: ['test/**/*.test.ts'],
          exclude: PURE,
          globalSetup: 'test/support/global-setup.ts',
        },
      },
    ],
    coverage: {
      include: ['{workflows,activities,workers,api,infra}/**/*.ts'],
      // Workflows run in the worker's own isolate, where coverage cannot look.
      exclude: [
        'workflows/{index,topologies/**,agents/**,support/**,maintenance/**}',
        'infra/db/migrations/**',
      ],
    },
  },
});
