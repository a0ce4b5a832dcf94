/**
 * Two producers push jobs, three workers take them with LMOVE or BLMOVE into lists of their own and finish them in a
 * transaction that removes the job and counts it. Rules that must hold after a crash:
 *
 * - no job is in two places; an acknowledged job that nobody began to finish is in one;
 * - a job that a worker was handed is in that worker's list until it begins to finish it;
 * - a job whose end was answered is gone, and the counter says exactly how many are gone;
 * - jobs of one producer lie in the queue in the order in which they were sent.
 */
import type { RespClient } from '../support/resp-client.ts'
import { Conversation, type Step, Violation } from './conversation.ts'
import { itemsOf, textOf, textsOf } from './model.ts'
import type { Random } from './random.ts'
import type { Workload } from './workload.ts'

const queue = 'shared:queue'
const doneCounter = 'shared:done'
const producers = ['p0', 'p1']
const workers = ['anna', 'bert', 'carl']
const heldBy = (worker: string): string => `shared:held:${worker}`

export class SharedQueue implements Workload {
  readonly name = 'shared queue'
  readonly #random: Random
  readonly #serials = new Map(producers.map((name) => [name, 0]))
  /** Jobs that are known to have been pushed, because the push was answered or a worker was handed them. */
  readonly #known = new Set<string>()
  /** Which worker was handed a job that it has not begun to finish. */
  readonly #takenBy = new Map<string, string>()
  readonly #finishSent = new Set<string>()
  readonly #finishAnswered = new Set<string>()
  #acknowledged = 0

  constructor(random: Random) {
    this.#random = random
  }

  get acknowledgedCount(): number {
    return this.#acknowledged
  }

  async prepare(): Promise<void> {}

  start(port: number): Promise<Conversation[]> {
    const depth = this.#random.pick([1, 6])
    return Promise.all([
      ...producers.map((name) => Conversation.start(port, depth, () => this.#produce(name))),
      ...workers.map((name) => {
        const random = this.#random.fork()
        const held: string[] = []
        return Conversation.start(port, 1, () => this.#work(name, held, random))
      }),
    ])
  }

  async verify(client: RespClient): Promise<void> {
    const queued = textsOf(await client.call('LRANGE', queue, '0', '-1'))
    const places = new Map(queued.map((job) => [job, queue]))
    demand(places.size === queued.length, 'a job is in the queue twice')
    for (const worker of workers) {
      for (const job of textsOf(await client.call('LRANGE', heldBy(worker), '0', '-1'))) {
        demand(!places.has(job), `${job} is in ${places.get(job)} and in ${heldBy(worker)}`)
        places.set(job, heldBy(worker))
      }
    }
    this.#checkJobs(places)
    this.#checkOrder(queued)
    const done = await client.call('GET', doneCounter)
    const gone = [...this.#known].filter((job) => !places.has(job)).length
    const counted = done.type === 'null' ? 0 : Number(textOf(done))
    demand(counted === gone, `${counted} jobs were counted as done and ${gone} are gone`)
    await this.#startAnew(client)
  }

  #produce(name: string): Step {
    const number = this.#serials.get(name)! + 1
    this.#serials.set(name, number)
    const job = `${name}:${number}`
    const answered = () => {
      this.#known.add(job)
      this.#acknowledged++
    }
    return { commands: [['LPUSH', queue, job]], answered }
  }

  #work(name: string, held: string[], random: Random): Step {
    if (held.length > 0 && random.percent(60)) {
      const job = held.shift()!
      this.#takenBy.delete(job)
      this.#finishSent.add(job)
      return {
        commands: [['MULTI'], ['LREM', heldBy(name), '1', job], ['INCR', doneCounter], ['EXEC']],
        answered: ([, , , results]) => {
          demand(textOf(itemsOf(results!)[0]!) === '1', `${name} could not finish ${job}, which it had been handed`)
          this.#finishAnswered.add(job)
          this.#acknowledged++
        },
      }
    }
    const move = [queue, heldBy(name), 'RIGHT', 'LEFT']
    return {
      commands: [random.percent(50) ? ['LMOVE', ...move] : ['BLMOVE', ...move, '0.02']],
      answered: ([reply]) => {
        this.#acknowledged++
        if (reply!.type === 'null') return
        const job = textOf(reply!)
        demand(!this.#takenBy.has(job) && !this.#finishSent.has(job), `${job} was handed out twice`)
        this.#known.add(job)
        this.#takenBy.set(job, name)
        held.push(job)
      },
    }
  }

  #checkJobs(places: ReadonlyMap<string, string>): void {
    for (const job of this.#known) {
      const place = places.get(job)
      if (!this.#finishSent.has(job)) demand(place !== undefined, `the acknowledged job ${job} is lost`)
      if (this.#finishAnswered.has(job)) demand(place === undefined, `the finished job ${job} is in ${place} again`)
      const worker = this.#takenBy.get(job)
      if (worker !== undefined) demand(place === heldBy(worker), `${job} is in ${place} and ${worker} was handed it`)
    }
    for (const job of places.keys()) {
      const [name, number] = job.split(':')
      const sent = this.#serials.get(name!)
      demand(sent !== undefined && Number(number) <= sent, `${job} was never pushed`)
    }
  }

  /** Pushed on the left, so the youngest comes first. */
  #checkOrder(queued: readonly string[]): void {
    for (const name of producers) {
      const numbers = queued.filter((job) => job.startsWith(`${name}:`)).map((job) => Number(job.split(':')[1]))
      const ordered = numbers.every((number, index) => index === 0 || number === numbers[index - 1]! - 1)
      demand(ordered, `the jobs of ${name} lie in the queue as ${numbers}`)
    }
  }

  async #startAnew(client: RespClient): Promise<void> {
    await client.call('DEL', queue, doneCounter, ...workers.map(heldBy))
    for (const facts of [this.#known, this.#takenBy, this.#finishSent, this.#finishAnswered]) facts.clear()
  }
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Violation(`shared queue: ${otherwise}`)
}
