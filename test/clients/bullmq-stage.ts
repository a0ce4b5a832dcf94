/** Queues, workers and listeners of BullMQ on one server, all closed after a test. */
import { FlowProducer, type Processor, Queue, QueueEvents, Worker, type WorkerOptions } from 'bullmq'
import { Redis } from 'ioredis'

type Closable = { close(): Promise<unknown>; on(kind: 'error', listener: () => void): unknown }

/** Locks are held for half a minute unless the test says otherwise: on a busy machine a brief one is lost now and then. */
const briskly = { drainDelay: 1 } as const

export class BullStage {
  readonly #port: number
  readonly #open: Closable[] = []

  private constructor(port: number) {
    this.#port = port
  }

  /** Begins with a server that holds nothing, unless the test wants what is there. */
  static async open(port: number, { keep = false } = {}): Promise<BullStage> {
    const stage = new BullStage(port)
    if (keep) return stage
    await stage.#ask((redis) => redis.flushall())
    return stage
  }

  get connection() {
    return { port: this.#port, host: '127.0.0.1', retryStrategy: () => 20 }
  }

  queue(name = 'mill'): Queue {
    return this.#keep(new Queue(name, { connection: this.connection }))
  }

  /** A worker that has begun to take jobs, unless `autorun` says otherwise. */
  worker(processor: Processor | undefined, options: Partial<WorkerOptions> = {}, queue = 'mill'): Worker {
    return this.#keep(new Worker(queue, processor, { connection: this.connection, ...briskly, ...options }))
  }

  flows(): FlowProducer {
    return this.#keep(new FlowProducer({ connection: this.connection }))
  }

  /** A listener that hears everything from the queue's first event on: by itself it begins whenever it first reads. */
  async events(queue = 'mill'): Promise<QueueEvents> {
    const events = this.#keep(new QueueEvents(queue, { connection: this.connection, lastEventId: '0-0' }))
    await events.waitUntilReady()
    return events
  }

  /** The last opened is closed first: workers before the queue that they take from. */
  async close(): Promise<void> {
    for (const each of this.#open.splice(0).reverse()) await each.close()
  }

  /** All keys that are there. */
  keys(): Promise<string[]> {
    return this.#ask((redis) => redis.keys('*'))
  }

  async #ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.connection)
    const answer = await question(redis)
    redis.disconnect()
    return answer
  }

  #keep<T extends Closable>(closable: T): T {
    // Without a listener a lost connection, which some tests want, is printed.
    closable.on('error', () => {})
    this.#open.push(closable)
    return closable
  }
}

/** Resolves when the worker has brought so many jobs to an end, with what it said of each. */
export function ended(worker: Worker, count: number): Promise<Ended[]> {
  const heard: Ended[] = []
  return new Promise((resolve) => {
    const hear = (one: Ended) => {
      if (heard.push(one) === count) resolve(heard)
    }
    worker.on('completed', (job, value) => hear({ name: job.name, id: job.id, value }))
    worker.on('failed', (job, error) => hear({ name: job?.name, id: job?.id, failure: error.message }))
  })
}

export type Ended = { name: string | undefined; id: string | undefined; value?: unknown; failure?: string }
