/** Three kinds of tests, one kind after the other: those inside this process; those that start servers, which mostly wait
 *  for them, so that two files at a time take half the time; and the few that measure time, which have the machine to
 *  themselves. */
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

/** Those of them that say how fast something must be. */
const alone = ['test/crash/shutdown.test.ts']

/** Programs are awaited for as long as a busy machine may need for them. */
const expectation = { poll: { timeout: 10_000 } }

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
          exclude: alone,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: expectation,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'alone',
          include: alone,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: expectation,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
