/** BullMQ, unchanged: what becomes of a job. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { DelayedError, type Job, UnrecoverableError } from 'bullmq'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BullStage, ended } from './bullmq-stage.ts'
import { againstEachServer } from './judges.ts'

againstEachServer('BullMQ, jobs', (server) => {
  let stage: BullStage
  beforeEach(async () => {
    stage = await BullStage.open(server().port)
  })
  afterEach(() => stage.close())

  describe('adding', () => {
    it('runs each job once, in the order of their coming, and keeps what it returned', async () => {
      const queue = stage.queue()
      const first = await queue.add('single', { number: 0 })
      const rest = await queue.addBulk(
        Array.from({ length: 200 }, (_, index) => ({ name: 'bulk', data: { number: index + 1 } })),
      )
      const worker = stage.worker(async (job) => ({ doubled: job.data.number * 2 }))
      const done = await ended(worker, 201)
      expect(done.map(({ id }) => id)).toEqual([first, ...rest].map((job) => job.id))
      expect(done.map(({ value }) => value)).toEqual(
        Array.from({ length: 201 }, (_, number) => ({ doubled: number * 2 })),
      )
      expect(await queue.getJobCounts('completed', 'waiting', 'active')).toEqual({
        completed: 201,
        waiting: 0,
        active: 0,
      })
      expect(await queue.getJob(first.id!)).toMatchObject({ returnvalue: { doubled: 0 }, attemptsMade: 1 })
    })

    it('divides the jobs among workers that run several at a time', async () => {
      const queue = stage.queue()
      const workers = [1, 2, 3].map(() => stage.worker(async (job) => job.data.number, { concurrency: 5 }))
      const all = new Promise<number[]>((resolve) => {
        const numbers: number[] = []
        for (const worker of workers) {
          worker.on('completed', (_job, number) => numbers.push(number) === 300 && resolve(numbers))
        }
      })
      await queue.addBulk(Array.from({ length: 300 }, (_, number) => ({ name: 'n', data: { number } })))
      expect((await all).sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, number) => number))
    })

    it('adds a job of one id once, and drops what is a duplicate of a job that waits', async () => {
      const queue = stage.queue()
      await queue.add('a', {}, { jobId: 'mine' })
      await queue.add('b', {}, { jobId: 'mine' })
      const kept = await queue.add('c', {}, { deduplication: { id: 'same', ttl: 5000 } })
      const dropped = await queue.add('d', {}, { deduplication: { id: 'same', ttl: 5000 } })
      expect(dropped.id).toBe(kept.id)
      expect((await queue.getWaiting()).map((job) => job.name)).toEqual(['a', 'c'])
      expect(await queue.getDeduplicationJobId('same')).toBe(kept.id)
    })

    it('carries data of any text, and large', async () => {
      const data = {
        text: 'Mühle \u0000 \r\n "quoted" 水車 \u{1F33E}',
        large: 'x'.repeat(300_000),
        nested: [[{}], null, 1.5],
      }
      const job = await stage.queue().add('odd', data)
      const worker = stage.worker(async (taken) => taken.data)
      expect(await ended(worker, 1)).toEqual([{ name: 'odd', id: job.id, value: data }])
    })
  })

  describe('order and time', () => {
    it('runs a delayed job when its time has come, and not before', async () => {
      const queue = stage.queue()
      const timestamp = Date.now()
      const late = await queue.add('late', {}, { timestamp, delay: 150 })
      const early = await queue.add('early', {}, { timestamp, delay: 50 })
      expect(await late.getState()).toBe('delayed')
      const done = await ended(
        stage.worker(async () => {}),
        2,
      )
      expect(done.map(({ id }) => id)).toEqual([early.id, late.id])
      const { processedOn } = (await queue.getJob(late.id!))!
      expect(processedOn! - timestamp).toBeGreaterThanOrEqual(150)
    })

    it('runs urgent jobs first, those of one priority in their order, and the last first where asked', async () => {
      const queue = stage.queue()
      await queue.addBulk([
        { name: 'low', data: {}, opts: { priority: 10 } },
        { name: 'urgent 1', data: {}, opts: { priority: 1 } },
        { name: 'none 1', data: {} },
        { name: 'urgent 2', data: {}, opts: { priority: 1 } },
        { name: 'none 2', data: {}, opts: { lifo: true } },
      ])
      expect(await queue.getCountsPerPriority([0, 1, 10])).toEqual({ 0: 2, 1: 2, 10: 1 })
      const done = await ended(
        stage.worker(async () => {}),
        5,
      )
      expect(done.map(({ name }) => name)).toEqual(['none 2', 'none 1', 'urgent 1', 'urgent 2', 'low'])
    })

    it('lets delay and priority be changed, and a delayed job be promoted', async () => {
      const queue = stage.queue()
      const never = await queue.add('promoted', {}, { delay: 1e6 })
      const sooner = await queue.add('sooner', {}, { delay: 1e6 })
      const lifted = await queue.add('lifted', {}, { priority: 9 })
      await queue.add('plain', {}, { priority: 5 })
      await lifted.changePriority({ priority: 1 })
      await never.promote()
      await sooner.changeDelay(100)
      const done = await ended(
        stage.worker(async () => {}),
        4,
      )
      const names = done.map(({ name }) => name)
      expect(names).toContain('sooner')
      expect(names.filter((name) => name !== 'sooner')).toEqual(['promoted', 'lifted', 'plain'])
    })

    it('keeps to a rate', async () => {
      const queue = stage.queue()
      await queue.addBulk(Array.from({ length: 5 }, () => ({ name: 'n', data: {} })))
      const startedAtMs: number[] = []
      const worker = stage.worker(async () => void startedAtMs.push(Date.now()), { limiter: { max: 2, duration: 150 } })
      await ended(worker, 5)
      expect(startedAtMs[4]! - startedAtMs[0]!).toBeGreaterThanOrEqual(250)
      expect(await queue.getRateLimitTtl(2)).toBeLessThanOrEqual(150)
    })
  })

  describe('failing', () => {
    it('tries again after a growing pause, and gives up in the end', async () => {
      const queue = stage.queue()
      const options = { attempts: 3, backoff: { type: 'exponential', delay: 20 } }
      const lucky = await queue.add('lucky', {}, options)
      const doomed = await queue.add('doomed', {}, options)
      const startedAtMs: Record<string, number[]> = { lucky: [], doomed: [] }
      const worker = stage.worker(async (job) => {
        startedAtMs[job.name]!.push(Date.now())
        if (job.name === 'doomed' || job.attemptsMade < 2) throw new Error(`attempt ${job.attemptsMade + 1}`)
        return 'at last'
      })
      await ended(worker, 6)
      const [first, second, third] = startedAtMs.doomed! as [number, number, number]
      expect([second - first >= 19, third - second >= 39]).toEqual([true, true])
      expect(await queue.getJob(lucky.id!)).toMatchObject({ returnvalue: 'at last', attemptsMade: 3 })
      const failed = (await queue.getJob(doomed.id!))!
      expect(failed).toMatchObject({ failedReason: 'attempt 3', attemptsMade: 3 })
      expect(failed.stacktrace!.map((trace) => trace.split('\n')[0])).toEqual(
        [1, 2, 3].map((n) => `Error: attempt ${n}`),
      )
      expect((await queue.getFailed()).map((job) => job.id)).toEqual([doomed.id])
    })

    it('does not try again what cannot be mended, until somebody asks for it', async () => {
      const queue = stage.queue()
      const job = await queue.add('broken', { mended: false }, { attempts: 5 })
      const worker = stage.worker(async ({ data }: Job) => {
        if (!data.mended) throw new UnrecoverableError('no use')
      })
      expect(await ended(worker, 1)).toMatchObject([{ id: job.id, failure: 'no use' }])
      expect(await job.isFailed()).toBe(true)
      await job.updateData({ mended: true })
      await job.retry('failed')
      await ended(worker, 1)
      expect(await job.getState()).toBe('completed')
    })

    it('may be put off by itself, with what it has noted until then', async () => {
      const queue = stage.queue()
      const job = await queue.add('steps', { step: 0 })
      const worker = stage.worker(async (taken: Job, token) => {
        await taken.log(`step ${taken.data.step}`)
        await taken.updateProgress({ step: taken.data.step })
        if (taken.data.step === 2) return 'done'
        await taken.updateData({ step: taken.data.step + 1 })
        await taken.moveToDelayed(Date.now() + 20, token)
        throw new DelayedError()
      })
      await ended(worker, 1)
      expect(await queue.getJobLogs(job.id!)).toEqual({ logs: ['step 0', 'step 1', 'step 2'], count: 3 })
      expect(await queue.getJob(job.id!)).toMatchObject({ progress: { step: 2 }, returnvalue: 'done' })
    })

    it('gives a job of a worker that was killed to another', async () => {
      const queue = stage.queue()
      const job = await queue.add('heavy', {})
      const active = new Promise((resolve) => stage.events().then((events) => events.once('active', resolve)))
      const victim = spawn(process.execPath, ['-e', vanishingWorker, String(server().port)], { stdio: 'inherit' })
      await active
      victim.kill('SIGKILL')
      await once(victim, 'exit')
      expect(await job.getState()).toBe('active')
      const rescuer = stage.worker(async () => 'rescued', { stalledInterval: 100 })
      const stalled = new Promise<string>((resolve) => rescuer.once('stalled', resolve))
      expect(await ended(rescuer, 1)).toEqual([{ name: 'heavy', id: job.id, value: 'rescued' }])
      expect(await stalled).toBe(job.id)
      expect((await queue.getJob(job.id!))!.stalledCounter).toBe(1)
    })
  })
})

/** Takes a job, never ends it, and holds its lock for a short time. */
const vanishingWorker = `
  const { Worker } = require('bullmq')
  new Worker('mill', () => new Promise(() => {}), {
    connection: { port: Number(process.argv[1]), host: '127.0.0.1' }, lockDuration: 300, stalledInterval: 200,
  })`
