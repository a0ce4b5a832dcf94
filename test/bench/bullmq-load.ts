/**
 * What BullMQ makes of a server, as a process of its own: `node bullmq-load.js '{"item":…}'` prints one line of JSON.
 *
 * Most of the time goes into BullMQ itself, in this process, so these figures say what an application gets rather than
 * what the server could do; both servers pay the same for it.
 */
import { Queue, Worker } from 'bullmq'
import { type Measured, summary } from './load-summary.ts'

/** What one run is asked to do; `requests` counts jobs. */
export interface BullOrder {
  readonly item: 'bullmq-add' | 'bullmq-bulk' | 'bullmq-process'
  readonly port: number
  readonly size: number
  readonly requests: number
}

const addersCount = 50
const jobsPerBulk = 100
const bulkAddersCount = 5
const workerConcurrency = 50
const queueName = 'bench'

const order: BullOrder = JSON.parse(process.argv[2]!)
const connection = { port: order.port, host: '127.0.0.1' }
const job = { name: 'job', data: { value: 'x'.repeat(order.size) } }
const bulk = Array<typeof job>(jobsPerBulk).fill(job)

const queue = new Queue(queueName, { connection })
await queue.waitUntilReady()
const measured = await measure()
await queue.close()
console.log(JSON.stringify(measured))

function measure(): Promise<Measured> {
  switch (order.item) {
    case 'bullmq-add':
      return inTurns(order.requests, addersCount, 1, () => queue.add(job.name, job.data))
    case 'bullmq-bulk':
      return inTurns(Math.ceil(order.requests / jobsPerBulk), bulkAddersCount, jobsPerBulk, () => queue.addBulk(bulk))
    case 'bullmq-process':
      return processAll()
  }
}

/** So many turns, divided among callers that each wait for their answer before they ask again. */
async function inTurns(
  turns: number,
  callers: number,
  jobsPerTurn: number,
  take: () => Promise<unknown>,
): Promise<Measured> {
  let left = turns
  const turnMs: number[] = []
  const call = async () => {
    while (left-- > 0) {
      const sentAtMs = performance.now()
      await take()
      turnMs.push(performance.now() - sentAtMs)
    }
  }
  const startedAtMs = performance.now()
  await Promise.all(Array.from({ length: callers }, call))
  return summary((turns * jobsPerTurn) / ((performance.now() - startedAtMs) / 1000), turnMs)
}

/** One worker with fifty jobs at a time, which have nothing to do; a job's time is from its start until the server knows of its end. */
async function processAll(): Promise<Measured> {
  for (let added = 0; added < order.requests; added += jobsPerBulk) {
    await queue.addBulk(bulk.slice(0, order.requests - added))
  }
  const startedAtMs = new Map<string, number>()
  const jobMs: number[] = []
  const worker = new Worker(
    queueName,
    async ({ id }) => {
      startedAtMs.set(id!, performance.now())
    },
    { connection, concurrency: workerConcurrency, autorun: false },
  )
  await worker.waitUntilReady()
  const beganAtMs = performance.now()
  await new Promise<void>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('failed', (_job, error) => reject(error))
    worker.on('completed', ({ id }) => {
      jobMs.push(performance.now() - startedAtMs.get(id!)!)
      startedAtMs.delete(id!)
      if (jobMs.length === order.requests) resolve()
    })
    worker.run().catch(reject)
  })
  const seconds = (performance.now() - beganAtMs) / 1000
  await worker.close()
  return summary(order.requests / seconds, jobMs)
}
