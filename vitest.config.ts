/** Two kinds of tests: those inside this process, a file for each core, and those that start servers, one file after the
 *  other, since they measure time and would only take it from each other. */
import { defineConfig } from 'vitest/config'

/** Files that start servers, or programs that do. */
const withServers = [
  'test/browser/**/*.test.ts',
  'test/clients/**/*.test.ts',
  'test/crash/**/*.test.ts',
  'test/oracle/**/*.test.ts',
  'test/examples.test.ts',
  'test/sessions.test.ts',
  'test/**/*-oracle.test.ts',
  'test/**/*-process.test.ts',
]

export default defineConfig({
  test: {
    globalSetup: 'test/support/announce.ts',
    projects: [
      {
        test: {
          name: 'core',
          include: ['test/**/*.test.ts'],
          exclude: withServers,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'servers',
          include: withServers,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
