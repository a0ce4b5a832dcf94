/** BullMQ, unchanged: queues as a whole, flows of jobs, schedules, and what listeners hear. */
import { QueueEventsProducer } from 'bullmq'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BullStage, ended } from './bullmq-stage.ts'
import { againstEachServer } from './judges.ts'

const named = (...names: string[]) => names.map((name) => ({ name, data: {} }))

againstEachServer('BullMQ, queues', (server) => {
  let stage: BullStage
  beforeEach(async () => {
    stage = await BullStage.open(server().port)
  })
  afterEach(() => stage.close())

  describe('a queue', () => {
    it('hands out nothing while it is paused', async () => {
      const queue = stage.queue()
      await queue.pause()
      await queue.addBulk(named('a', 'b'))
      const worker = stage.worker(async () => {})
      await worker.waitUntilReady()
      expect(await queue.isPaused()).toBe(true)
      expect(await queue.getJobCounts('waiting', 'completed')).toEqual({ waiting: 2, completed: 0 })
      const done = ended(worker, 2)
      await queue.resume()
      expect((await done).map(({ name }) => name)).toEqual(['a', 'b'])
    })

    it('tells its jobs by state, page by page, in both orders', async () => {
      const queue = stage.queue()
      await queue.addBulk([
        ...named('w0', 'w1', 'w2', 'w3'),
        { name: 'd', data: {}, opts: { delay: 1e6 } },
        { name: 'p', data: {}, opts: { priority: 2 } },
      ])
      const names = async (...page: [start: number, end: number, ascending: boolean]) =>
        (await queue.getJobs('waiting', ...page)).map((job) => job.name)
      expect(await names(0, 1, true)).toEqual(['w0', 'w1'])
      expect(await names(0, 1, false)).toEqual(['w3', 'w2'])
      expect(await names(2, -1, true)).toEqual(['w2', 'w3'])
      expect(await queue.getJobCounts()).toMatchObject({ waiting: 4, delayed: 1, prioritized: 1, active: 0, failed: 0 })
      expect(await queue.getJobCountByTypes('waiting', 'delayed')).toBe(5)
      expect((await queue.getDelayed()).map((job) => job.name)).toEqual(['d'])
      expect((await queue.getPrioritized()).map((job) => job.name)).toEqual(['p'])
      expect(await queue.exportPrometheusMetrics()).toContain('bullmq_job_count{queue="mill", state="waiting"} 4')
    })

    it('removes, drains, cleans and obliterates', async () => {
      const queue = stage.queue()
      const [first] = await queue.addBulk(named('a', 'b', 'c'))
      expect(await queue.remove(first!.id!)).toBe(1)
      expect(await queue.getJob(first!.id!)).toBeUndefined()
      await ended(
        stage.worker(async () => {}),
        2,
      )
      expect(await queue.clean(0, 1, 'completed')).toHaveLength(1)
      expect(await queue.getCompletedCount()).toBe(1)
      await queue.pause()
      await queue.addBulk([...named('d', 'e'), { name: 'late', data: {}, opts: { delay: 1e6 } }])
      await queue.drain(true)
      expect(await queue.getJobCounts('waiting', 'delayed', 'completed')).toEqual({
        waiting: 0,
        delayed: 0,
        completed: 1,
      })
      await queue.addBulk(named('f', 'g'))
      await queue.obliterate()
      expect(await stage.keys()).toEqual([])
    })

    it('keeps only so many finished jobs as it is told', async () => {
      const queue = stage.queue()
      await queue.addBulk(
        Array.from({ length: 10 }, (_, index) => ({
          name: String(index),
          data: {},
          opts: { removeOnComplete: { count: 3 }, removeOnFail: true },
        })),
      )
      const worker = stage.worker(async (job) => {
        if (job.name === '9') throw new Error('the last one')
      })
      await ended(worker, 10)
      expect((await queue.getCompleted()).map((job) => job.name)).toEqual(['8', '7', '6'])
      expect(await queue.getFailedCount()).toBe(0)
    })

    it('retries all failed jobs, and promotes all delayed ones, at once', async () => {
      const queue = stage.queue()
      let isBroken = true
      await queue.addBulk(named('a', 'b', 'c'))
      const worker = stage.worker(async () => {
        if (isBroken) throw new Error('broken')
      })
      await ended(worker, 3)
      isBroken = false
      await queue.addBulk(['d', 'e'].map((name) => ({ name, data: {}, opts: { delay: 1e6 } })))
      const done = ended(worker, 5)
      await queue.retryJobs({ state: 'failed' })
      await queue.promoteJobs()
      expect((await done).map(({ name }) => name).sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
    })

    it('limits how many jobs run at a time over all its workers', async () => {
      const queue = stage.queue()
      await queue.setGlobalConcurrency(2)
      await queue.addBulk(named('a', 'b', 'c', 'd', 'e', 'f'))
      let running = 0
      let most = 0
      const work = async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
      }
      const workers = [stage.worker(work, { concurrency: 4 }), stage.worker(work, { concurrency: 4 })]
      await new Promise<void>((resolve) => {
        let done = 0
        for (const worker of workers) worker.on('completed', () => ++done === 6 && resolve())
      })
      expect(most).toBeLessThanOrEqual(2)
      expect(await queue.getGlobalConcurrency()).toBe(2)
    })

    it('knows its workers and how much they have done', async () => {
      const queue = stage.queue()
      await queue.addBulk(named('a', 'b', 'c'))
      const worker = stage.worker(async () => {}, { name: 'miller', metrics: { maxDataPoints: 60 } })
      await ended(worker, 3)
      expect((await queue.getMetrics('completed')).meta.count).toBe(3)
      const workers = await queue.getWorkers()
      expect(workers.map(({ rawname }) => rawname)).toEqual([`bull:${Buffer.from('mill').toString('base64')}:w:miller`])
    })
  })

  describe('flows', () => {
    it('run a parent when all its children, of any queue and depth, are done', async () => {
      const order: string[] = []
      const work = async (job: { name: string; getChildrenValues(): Promise<Record<string, unknown>> }) => {
        order.push(job.name)
        return { [job.name]: Object.values(await job.getChildrenValues()) }
      }
      const mill = stage.worker(work)
      stage.worker(work, {}, 'bakery')
      const flow = await stage.flows().add({
        name: 'bread',
        queueName: 'mill',
        children: [
          { name: 'water', queueName: 'bakery' },
          { name: 'dough', queueName: 'bakery', children: [{ name: 'flour', queueName: 'mill' }] },
        ],
      })
      const [, bread] = await ended(mill, 2)
      expect(bread).toMatchObject({ name: 'bread', id: flow.job.id })
      expect((bread!.value as { bread: object[] }).bread).toHaveLength(2)
      expect((bread!.value as { bread: object[] }).bread).toEqual(
        expect.arrayContaining([{ water: [] }, { dough: [{ flour: [] }] }]),
      )
      expect(order.indexOf('dough')).toBeGreaterThan(order.indexOf('flour'))
      expect(order.at(-1)).toBe('bread')
    })

    it('hold their parent in a state of its own, and can be read as a tree', async () => {
      const flows = stage.flows()
      const { job } = await flows.add({
        name: 'parent',
        queueName: 'mill',
        children: ['a', 'b', 'c'].map((name) => ({ name, queueName: 'other' })),
      })
      expect(await job.getState()).toBe('waiting-children')
      expect(await job.getDependenciesCount()).toMatchObject({ unprocessed: 3, processed: 0 })
      const tree = await flows.getFlow({ id: job.id!, queueName: 'mill' })
      expect(tree.children!.map(({ job: child }) => child.name).sort()).toEqual(['a', 'b', 'c'])
      await job.remove()
      expect(await stage.queue('other').getWaitingCount()).toBe(0)
    })

    it('fail, or do not mind, when a child has failed', async () => {
      const flows = stage.flows()
      const worker = stage.worker(async (job) => {
        if (job.name.startsWith('bad')) throw new Error('spoilt')
        return (await job.getIgnoredChildrenFailures()) ?? {}
      })
      const strict = { name: 'bad flour', queueName: 'mill', opts: { failParentOnFailure: true } }
      const lenient = { name: 'bad raisins', queueName: 'mill', opts: { ignoreDependencyOnFailure: true } }
      const [spoilt, fine] = await flows.addBulk([
        { name: 'bread', queueName: 'mill', children: [strict] },
        { name: 'cake', queueName: 'mill', children: [lenient] },
      ])
      await ended(worker, 4)
      expect(await spoilt!.job.isFailed()).toBe(true)
      expect(await fine!.job.getState()).toBe('completed')
      expect(Object.values((await stage.queue().getJob(fine!.job.id!))!.returnvalue)).toEqual(['spoilt'])
    })
  })

  describe('schedules', () => {
    it('repeat a job at an interval, as often as they are told', async () => {
      const queue = stage.queue()
      await queue.upsertJobScheduler('tick', { every: 60, limit: 3 }, { name: 'tock', data: { loud: true } })
      const worker = stage.worker(async (job) => job.data.loud)
      const done = await ended(worker, 3)
      expect(done.map(({ name, value }) => [name, value])).toEqual(Array(3).fill(['tock', true]))
      const at = (await queue.getCompleted()).map((job) => job.processedOn!).reverse()
      expect(at[2]! - at[0]!).toBeGreaterThanOrEqual(60)
    })

    it('follow a pattern, can be changed, listed and removed', async () => {
      const queue = stage.queue()
      await queue.upsertJobScheduler('nightly', { pattern: '0 0 3 * * *', tz: 'UTC' }, { name: 'sweep' })
      await queue.upsertJobScheduler('often', { every: 3_600_000 })
      await queue.upsertJobScheduler('nightly', { pattern: '0 30 4 * * *', tz: 'UTC' }, { name: 'mop' })
      expect(await queue.getJobSchedulersCount()).toBe(2)
      const nightly = (await queue.getJobScheduler('nightly'))!
      expect(nightly).toMatchObject({ key: 'nightly', name: 'mop', pattern: '0 30 4 * * *', tz: 'UTC' })
      expect(new Date(nightly.next!).toISOString()).toContain('T04:30:00.000Z')
      const delayed = (await queue.getDelayed()).filter((job) => job.repeatJobKey === 'nightly')
      expect(delayed.map((job) => [job.name, job.timestamp + job.delay])).toEqual([['mop', nightly.next]])
      expect(await queue.removeJobScheduler('nightly')).toBe(true)
      expect((await queue.getJobSchedulers()).map(({ key }) => key)).toEqual(['often'])
    })
  })

  describe('listeners', () => {
    it('hear what happens to each job, in order', async () => {
      const queue = stage.queue()
      const events = await stage.events()
      const heard: string[] = []
      const kinds = ['added', 'waiting', 'active', 'progress', 'completed', 'failed', 'delayed', 'removed'] as const
      for (const kind of kinds) events.on(kind, ({ jobId }: { jobId: string }) => heard.push(`${kind} ${jobId}`))
      const drained = new Promise((resolve) => events.once('drained', resolve))
      const worker = stage.worker(async (job) => {
        await job.updateProgress(50)
        if (job.name === 'bad') throw new Error('bad')
      })
      await queue.pause()
      await queue.add('good', {}, { jobId: 'good' })
      await queue.add('bad', {}, { jobId: 'bad' })
      await queue.add('gone', {}, { jobId: 'gone', delay: 1e6 })
      await queue.remove('gone')
      await queue.resume()
      await ended(worker, 2)
      await drained
      const of = (id: string) => heard.filter((line) => line.endsWith(` ${id}`)).map((line) => line.split(' ')[0])
      expect(of('good')).toEqual(['added', 'waiting', 'active', 'progress', 'completed'])
      expect(of('bad')).toEqual(['added', 'waiting', 'active', 'progress', 'failed'])
      expect(of('gone')).toEqual(['added', 'delayed', 'removed'])
    })

    it('let the one who added a job wait for its result', async () => {
      const queue = stage.queue()
      const events = await stage.events()
      stage.worker(async (job) => {
        if (job.name === 'bad') throw new Error('no flour')
        return job.data.grain * 2
      })
      const good = await queue.add('good', { grain: 21 })
      expect(await good.waitUntilFinished(events, 10_000)).toBe(42)
      const bad = await queue.add('bad', {})
      await expect(bad.waitUntilFinished(events, 10_000)).rejects.toThrow('no flour')
    })

    it('hear events of our own making', async () => {
      const events = await stage.events()
      const heard = new Promise<unknown>((resolve) => {
        // The type of a listener names BullMQ's own events only.
        ;(events as { on(kind: string, listener: (told: unknown) => void): unknown }).on('grain', resolve)
      })
      const producer = new QueueEventsProducer('mill', { connection: stage.connection })
      await producer.publishEvent({ eventName: 'grain', kind: 'rye' })
      expect(await heard).toEqual({ kind: 'rye' })
      await producer.close()
    })
  })
})
