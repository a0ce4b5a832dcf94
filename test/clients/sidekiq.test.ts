/** Debian's Sidekiq, unchanged: a real worker process takes jobs, also from a Millrace that is killed. */
import { spawnSync } from 'node:child_process'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { againstEachServer } from './judges.ts'
import { KillableMillrace } from './killable-millrace.ts'
import { Program } from './program.ts'

const isInstalled = spawnSync('/usr/bin/ruby', ['-e', 'require "sidekiq"']).status === 0
const skipped = isInstalled ? '' : ', skipped: ruby-sidekiq is not installed,'
const jobs = './sidekiq_jobs.rb'
const threadCount = 3

/** A worker starts slowly, and waits for up to five seconds before it looks for jobs whose time has come. */
const patienceMs = 120_000

const startWorker = (port: number) =>
  Program.start('/usr/bin/sidekiq', ['-r', jobs, '-c', String(threadCount), '-q', 'default', '-q', 'low'], port)
const act = (port: number, action: string) => Program.run('/usr/bin/ruby', ['-W0', jobs, action], port)

describe.skipIf(!isInstalled)('Sidekiq', () => {
  let worker: Program | undefined
  afterEach(() => worker?.stop('SIGKILL'))

  againstEachServer(`Sidekiq${skipped}`, (server) => {
    it('runs jobs at once, later, again after a failure, and buries what cannot be done', {
      timeout: patienceMs,
    }, async () => {
      const { port } = server()
      await act(port, 'one of each')
      worker = await startWorker(port)
      expect((await done(port, 4)).sort()).toEqual(['at once', 'flaky', 'later', 'other queue'])
      // A worker counts what it has done every few seconds and when it goes.
      await worker.stop()
      expect(JSON.parse(await act(port, 'tell'))).toEqual({
        ...{ processed: 6, failed: 2, enqueued: 0, scheduled: 0, retries: 0 },
        ...{ dead: ['no use'], processes: 0, queues: ['default', 'low'] },
      })
    })
  })

  const title = `loses no job that Millrace has acknowledged when that is killed${skipped}`
  it(title, { timeout: patienceMs }, async () => {
    const millrace = await KillableMillrace.start()
    try {
      await act(millrace.port, 'three hundred')
      await millrace.killAndRestart()
      expect(JSON.parse(await act(millrace.port, 'tell'))).toMatchObject({ enqueued: 300, scheduled: 1 })
      worker = await startWorker(millrace.port)
      await done(millrace.port, 100)
      await millrace.killAndRestart()
      // Sidekiq takes by BRPOP: what was on its way to one of the worker's threads is gone with the connection.
      const words = new Set(await done(millrace.port, 301 - threadCount))
      expect([...words].filter((word) => word !== 'later' && !(Number(word) < 300))).toEqual([])
      expect(words.size).toBeGreaterThanOrEqual(301 - threadCount)
    } finally {
      await worker?.stop('SIGKILL')
      await millrace.stop()
    }
  })
})

/** Resolves with the list that jobs write to when it is so long. */
async function done(port: number, count: number): Promise<string[]> {
  const redis = new Redis({ port, host: '127.0.0.1' })
  try {
    // Each round waits a little for a key that nobody pushes to.
    while ((await redis.llen('done')) < count) await redis.blpop('nothing', 0.02)
    return await redis.lrange('done', 0, -1)
  } finally {
    redis.disconnect()
  }
}
