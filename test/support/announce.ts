/** Says before the first test what can't be tested here, so that nobody takes a skipped comparison for a passed one. */
import { spawnSync } from 'node:child_process'
import { hasChromium } from './chromium.ts'
import { findRedisServer } from './servers.ts'

/** Called by vitest once, before all tests. */
export function setup(): void {
  if (findRedisServer() === undefined) {
    console.warn(
      'No redis-server on the PATH: tests that compare with it are skipped (Debian: apt-get install redis-server)',
    )
  }
  for (const [program, words, name] of [
    ['/usr/bin/python3', ['-c', 'import redis'], 'python3-redis'],
    ['/usr/bin/python3', ['-c', 'import celery'], 'python3-celery'],
    ['/usr/bin/ruby', ['-e', 'require "sidekiq"'], 'ruby-sidekiq'],
  ] as const) {
    if (spawnSync(program, words).status === 0) continue
    console.warn(`No ${name}: tests with it are skipped (Debian: apt-get install ${name})`)
  }
  if (!hasChromium) {
    console.warn('No Chromium: tests of the console are skipped (Debian: apt-get install chromium)')
  }
}
