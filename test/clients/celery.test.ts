/** Debian's Celery, unchanged: a real worker process takes tasks, also from a Millrace that is killed. */
import { spawnSync } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import { RespClient } from '../support/resp-client.ts'
import { againstEachServer } from './judges.ts'
import { KillableMillrace } from './killable-millrace.ts'
import { Program } from './program.ts'

const python = '/usr/bin/python3'
const isInstalled = spawnSync(python, ['-c', 'import celery, redis']).status === 0
const skipped = isInstalled ? '' : ', skipped: python3-celery is not installed,'

/** A worker starts slowly, and waits for seconds before it connects anew. */
const patienceMs = 120_000

const startWorker = (port: number) =>
  Program.start(python, ['-m', 'celery', '-A', 'celery_jobs', 'worker', '-P', 'solo', '-l', 'critical'], port)
const act = (port: number, action: string, input = '') => Program.run(python, ['celery_jobs.py', action], port, input)

/** Resolves when the worker is in the task that keeps it; results are in database 1. */
async function isHeld(port: number): Promise<void> {
  const client = await RespClient.open({ port })
  await client.call('SELECT', '1')
  while (!('text' in (await client.call('GET', 'held'))));
  client.reset()
}

describe.skipIf(!isInstalled)('Celery', () => {
  let worker: Program | undefined
  afterEach(() => worker?.stop('SIGKILL'))

  againstEachServer(`Celery${skipped}`, (server) => {
    it('runs tasks, chains, groups and chords, tries again, waits, and brings results back', {
      timeout: patienceMs,
    }, async () => {
      worker = await startWorker(server().port)
      // A failed case ends the program with an error.
      await act(server().port, 'cases')
    })
  })

  const title = `finishes every task that Millrace has acknowledged when that is killed${skipped}`
  it(title, { timeout: patienceMs }, async () => {
    const millrace = await KillableMillrace.start()
    try {
      const ids = await act(millrace.port, 'send')
      await millrace.killAndRestart()
      worker = await startWorker(millrace.port)
      // A worker that is about to note what it has popped loses it with its connection, so it is held up in a task.
      await isHeld(millrace.port)
      await millrace.killAndRestart()
      expect(JSON.parse(await act(millrace.port, 'collect', ids))).toEqual(
        Array.from({ length: 200 }, (_, number) => 2 * number),
      )
    } finally {
      await worker?.stop('SIGKILL')
      await millrace.stop()
    }
  })
})
