/**
 * Several connections book in transactions on the same keys: a counter for all, a counter for each, and an entry in the
 * ledger. Whatever survives, the counters add up and the ledger has as many entries as they say. Beside it runs what
 * expires soon, keys and fields: after its time none of it may be seen again, however the log is read.
 */
import type { RespClient } from '../support/resp-client.ts'
import { Conversation, type Step, Violation } from './conversation.ts'
import { textOf } from './model.ts'
import type { Random } from './random.ts'
import type { Workload } from './workload.ts'

const bookers = ['b0', 'b1', 'b2']
const total = 'ledger:total'
const ledger = 'ledger:entries'
const countOf = (name: string): string => `ledger:count:${name}`
const fleeting = Array.from({ length: 6 }, (_, index) => `ledger:fleeting:${index}`)
/** A hash all of whose fields go, and it with them. */
const fleetingFields = 'ledger:fleeting:fields'
const fleetingMsMax = 40

export class SharedLedger implements Workload {
  readonly name = 'shared ledger'
  readonly #random: Random
  readonly #fieldsExpire: boolean
  readonly #sent = new Map(bookers.map((name) => [name, 0]))
  readonly #answered = new Map(bookers.map((name) => [name, 0]))
  /** The server was dead or quiet from the moment of this less the longest time to live. */
  #fleetingUntilMs = 0
  #acknowledged = 0

  constructor(random: Random, fieldsExpire: boolean) {
    this.#random = random
    this.#fieldsExpire = fieldsExpire
  }

  get acknowledgedCount(): number {
    return this.#acknowledged
  }

  async prepare(): Promise<void> {}

  async start(port: number): Promise<Conversation[]> {
    const random = this.#random.fork()
    const setter = await Conversation.start(port, 4, () => this.#setFleeting(random))
    const noteEnd = () => {
      this.#fleetingUntilMs = Date.now() + fleetingMsMax
    }
    setter.ended.then(noteEnd, noteEnd)
    const depth = this.#random.pick([1, 5, 20])
    return [
      setter,
      ...(await Promise.all(bookers.map((name) => Conversation.start(port, depth, () => this.#book(name))))),
    ]
  }

  async verify(client: RespClient): Promise<void> {
    const counts = await numbersAt(client, bookers.map(countOf))
    for (const [index, name] of bookers.entries()) {
      const [answered, sent] = [this.#answered.get(name)!, this.#sent.get(name)!]
      const count = counts[index]!
      if (count < answered || count > sent) {
        throw new Violation(`${name} has booked ${count} times, with ${answered} acknowledged and ${sent} sent`)
      }
      this.#answered.set(name, count)
      this.#sent.set(name, count)
    }
    const sum = counts.reduce((all, count) => all + count, 0)
    const [booked] = await numbersAt(client, [total])
    const entries = Number(textOf(await client.call('XLEN', ledger)))
    if (booked !== sum || entries !== sum) {
      throw new Violation(`a transaction is torn: counters ${counts} (${sum}), total ${booked}, ledger ${entries}`)
    }
    // Their time has passed when this loop ends, which is nearly always before the server was up again.
    while (Date.now() <= this.#fleetingUntilMs) await client.call('PING')
    const seen = await client.call('EXISTS', ...fleeting, fleetingFields)
    if (textOf(seen) !== '0') throw new Violation(`${textOf(seen)} keys are there after their time`)
  }

  #book(name: string): Step {
    const number = this.#sent.get(name)! + 1
    this.#sent.set(name, number)
    const entry = ['XADD', ledger, '*', 'by', name, 'number', String(number)]
    return {
      commands: [['MULTI'], ['INCR', countOf(name)], entry, ['INCR', total], ['EXEC']],
      answered: () => {
        this.#answered.set(name, number)
        this.#acknowledged++
      },
    }
  }

  #setFleeting(random: Random): Step {
    const key = random.pick(fleeting)
    const ttlMs = random.between(1, fleetingMsMax)
    const answered = () => {
      this.#acknowledged++
    }
    const command =
      this.#fieldsExpire && random.percent(30)
        ? ['HSETEX', fleetingFields, 'PX', String(ttlMs), 'FIELDS', '1', key, 'soon gone']
        : ['SET', key, 'soon gone', 'PX', String(ttlMs)]
    return { commands: [command], answered }
  }
}

async function numbersAt(client: RespClient, keys: readonly string[]): Promise<number[]> {
  const replies = await client.pipeline(...keys.map((key) => ['GET', key]))
  return replies.map((reply) => (reply.type === 'null' ? 0 : Number(textOf(reply))))
}
