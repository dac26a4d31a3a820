import { defineConfig } from 'vitest/config';

const conditions = ['@rivulet/source', 'module', 'node'];

/** Every package tests its sources (and those of its neighbours) directly, without a build in between. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
