/** Says before the first test what can't be tested here, so that nobody takes a skipped comparison for a passed one. */
import { spawnSync } from 'node:child_process'
import { findRedisServer } from './servers.ts'

/** Called by vitest once, before all tests. */
export function setup(): void {
  if (findRedisServer() === undefined) {
    console.warn(
      'No redis-server on the PATH: tests that compare with it are skipped (Debian: apt-get install redis-server)',
    )
  }
  if (spawnSync('/usr/bin/python3', ['-c', 'import redis']).status !== 0) {
    console.warn('No python3-redis: tests with that client are skipped (Debian: apt-get install python3-redis)')
  }
}
