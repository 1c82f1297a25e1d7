import { defineConfig } from 'vitest/config';

/** Tests that need neither PostgreSQL nor Temporal, and do not wait for them. */
const ALONE = ['domain', 'infra/config', 'infra/faults', 'infra/stack', 'infra/telemetry'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

const PROVIDER_VARIABLES = [
  'ANTHROPIC_API_KEY',
  'GOOGLE_GENERATIVE_AI_API_KEY',
  'HF_TOKEN',
  'OLLAMA_HOST',
  'OPENAI_API_KEY',
  'OPENROUTER_API_KEY',
];

export default defineConfig({
  test: {
    // A process per file: Temporal's native runtime is one per process.
    pool: 'forks',
    // Most tests wait for other processes most of the time: two at once keep two cores busy.
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line.ts'],
    // Keys of whoever runs the tests are not used: empty counts as unset.
    env: Object.fromEntries(PROVIDER_VARIABLES.map((name) => [name, ''])),
    testTimeout: 20_000,
    // Nothing is a matter of one second on a machine that is busy.
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE } },
      {
        extends: true,
        test: {
          name: 'engine',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          globalSetup: 'test/support/global-setup.ts',
        },
      },
    ],
    coverage: {
      include: ['{workflows,activities,workers,api,infra}/**/*.ts'],
      // Workflows run in the worker's own isolate, where coverage cannot look.
      exclude: [
        'workflows/{index,tracing,topologies/**,agents/**,support/**,maintenance/**}',
        'infra/db/migrations/**',
      ],
    },
  },
});
