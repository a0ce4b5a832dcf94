/** BullMQ, unchanged, on a Millrace that is killed: nothing that was acknowledged is lost, and workers go on by themselves. */
import type { Queue } from 'bullmq'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { BullStage } from './bullmq-stage.ts'
import { KillableMillrace } from './killable-millrace.ts'

/** A job that was handed out while the server died is nobody's, until its lock is seen to have run out. */
const soonStalled = { lockDuration: 2000, stalledInterval: 500, maxStalledCount: 10 }

/** On a busy machine all of it takes a while; what is left then is told. */
const patiently = { timeout: 25_000, interval: 50 }

/** BullMQ calls a job failed of whose end it could not tell the server: such are tried again. */
const opts = { attempts: 5 }

let millrace: KillableMillrace
beforeEach(async () => {
  millrace = await KillableMillrace.start()
})
afterEach(() => millrace.stop())

it('BullMQ finds every job that it was told is there after a kill, delayed and scheduled ones too', async () => {
  const before = await BullStage.open(millrace.port)
  const queue = before.queue()
  const told = await queue.addBulk(Array.from({ length: 500 }, (_, number) => ({ name: 'n', data: { number }, opts })))
  const delayed = await queue.add('late', {}, { delay: 3_600_000 })
  await queue.upsertJobScheduler('hourly', { every: 3_600_000 }, { opts })
  const done = new Set<string>()
  const worker = before.worker(async () => {}, { concurrency: 10, ...soonStalled })
  worker.on('completed', (job) => done.add(job.id!))
  await expect.poll(() => done.size, patiently).toBeGreaterThanOrEqual(200)
  await millrace.killAndRestart()

  // The worker of before has connected anew; what it had not heard to be complete may run twice, and nothing is left out.
  const after = await BullStage.open(millrace.port, { keep: true })
  const wanted = new Set([...told.map((job) => job.id!), 'scheduled'])
  const events = await after.events()
  events.on('completed', ({ jobId }) => wanted.delete(jobId.startsWith('repeat:hourly') ? 'scheduled' : jobId))
  const found = after.queue()
  await expect.poll(() => statesOf(found, wanted), patiently).toEqual({})
  const counts = await found.getJobCounts('completed', 'failed', 'delayed', 'waiting', 'active')
  expect(counts).toEqual({ completed: 501, failed: 0, delayed: 2, waiting: 0, active: 0 })
  expect(await found.getJobState(delayed.id!)).toBe('delayed')
  for (const id of done) expect(await found.getJobState(id)).toBe('completed')
  await after.close()
  await before.close()
})

/** What BullMQ says of these jobs, by their ids, and why they failed if they did. */
async function statesOf(queue: Queue, ids: ReadonlySet<string>): Promise<Record<string, string>> {
  const told = async (id: string): Promise<[string, string]> => {
    const [state, job] = await Promise.all([queue.getJobState(id), queue.getJob(id)])
    return [id, `${state} ${job?.failedReason ?? ''}`]
  }
  return Object.fromEntries(await Promise.all([...ids].map(told)))
}
