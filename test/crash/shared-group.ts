/**
 * Two producers and three consumers on one stream and one group, each with a connection of its own. Here nobody knows
 * the order in which the server took the steps, so the judge is a list of rules over what each side was told:
 *
 * - every acknowledged entry is there, whole, each producer's in the order in which it sent them, without a gap;
 * - an entry that was handed out and that nobody began to acknowledge is pending, with one to whom it was handed out;
 * - an entry whose acknowledgement was answered is not pending;
 * - what the group has read and does not hold as pending was acknowledged by somebody;
 * - the group has read at least as far as any consumer was told, and counts its pending entries right.
 */
import type { RespClient } from '../support/resp-client.ts'
import { Conversation, type Step, Violation } from './conversation.ts'
import { compareIds, factsOf, itemsOf, textOf, textsOf } from './model.ts'
import type { Random } from './random.ts'
import type { Workload } from './workload.ts'

const key = 'shared:orders'
const group = 'shipping'
const producers = ['p0', 'p1']
const consumers = ['anna', 'bert', 'carl']
const entriesMax = 4000

interface Producer {
  /** The number of the last entry that was sent, and of the last one that was acknowledged. */
  sent: number
  acknowledged: number
}

export class SharedGroup implements Workload {
  readonly name = 'shared group'
  readonly #random: Random
  #producers = new Map<string, Producer>(producers.map((name) => [name, { sent: 0, acknowledged: 0 }]))
  readonly #addedIds = new Set<string>()
  /** Who was handed an entry, by id; several after claims. */
  readonly #holders = new Map<string, Set<string>>()
  /** Claims that were sent and not answered: they may or may not have happened. */
  readonly #claimsUnderWay = new Set<string>()
  readonly #ackSent = new Set<string>()
  readonly #ackAnswered = new Set<string>()
  #acknowledged = 0

  constructor(random: Random) {
    this.#random = random
  }

  get acknowledgedCount(): number {
    return this.#acknowledged
  }

  async prepare(client: RespClient): Promise<void> {
    await client.call('XGROUP', 'CREATE', key, group, '0', 'MKSTREAM')
  }

  start(port: number): Promise<Conversation[]> {
    const depth = this.#random.pick([1, 8])
    return Promise.all([
      ...producers.map((name) => Conversation.start(port, depth, () => this.#produce(name))),
      ...consumers.map((name) => {
        const held: string[] = []
        const random = this.#random.fork()
        return Conversation.start(port, 1, () => this.#consume(name, held, random))
      }),
    ])
  }

  async verify(client: RespClient): Promise<void> {
    const entries = itemsOf(await client.call('XRANGE', key, '-', '+')).map((entry) => {
      const [id, fields] = itemsOf(entry)
      return { id: textOf(id!), fields: textsOf(fields!) }
    })
    this.#checkEntries(entries)
    const pending = new Map(
      itemsOf(await client.call('XPENDING', key, group, '-', '+', '1000000')).map((each) => {
        const [id, owner] = textsOf(each)
        return [id!, owner!]
      }),
    )
    const facts = factsOf(itemsOf(await client.call('XINFO', 'GROUPS', key))[0]!)
    const lastDeliveredId = textOf(facts.get('last-delivered-id')!)
    demand(Number(textOf(facts.get('pending')!)) === pending.size, 'XINFO GROUPS miscounts the pending entries')
    const perConsumer = itemsOf(await client.call('XINFO', 'CONSUMERS', key, group)).map(factsOf)
    const held = perConsumer.reduce((sum, consumer) => sum + Number(textOf(consumer.get('pending')!)), 0)
    demand(held === pending.size, 'the consumers together do not hold the pending entries')
    this.#checkPending(entries, pending, lastDeliveredId)
    this.#adopt(entries, pending)
    if (entries.length > entriesMax) await this.#startAnew(client)
  }

  #produce(name: string): Step {
    const producer = this.#producers.get(name)!
    const number = ++producer.sent
    return {
      commands: [['XADD', key, '*', 'from', name, 'number', String(number), 'proof', proofOf(name, number)]],
      answered: ([id]) => {
        producer.acknowledged = number
        this.#addedIds.add(textOf(id!))
        this.#acknowledged++
      },
    }
  }

  /** Reads, acknowledges what it holds in parts, and sometimes takes over what others hold. */
  #consume(name: string, held: string[], random: Random): Step {
    if (held.length > 0 && random.percent(60)) {
      const ids = held.splice(0, random.between(1, held.length))
      for (const id of ids) this.#ackSent.add(id)
      const answered = () => {
        for (const id of ids) this.#ackAnswered.add(id)
        this.#acknowledged++
      }
      return { commands: [['XACK', key, group, ...ids]], answered }
    }
    if (random.percent(10)) {
      this.#claimsUnderWay.add(name)
      return {
        commands: [['XAUTOCLAIM', key, group, name, '0', '0-0', 'COUNT', '3']],
        answered: ([reply]) => {
          this.#claimsUnderWay.delete(name)
          this.#take(
            name,
            held,
            itemsOf(itemsOf(reply!)[1]!).map((entry) => textOf(itemsOf(entry)[0]!)),
          )
        },
      }
    }
    return {
      commands: [['XREADGROUP', 'GROUP', group, name, 'COUNT', '5', 'BLOCK', '20', 'STREAMS', key, '>']],
      answered: ([reply]) => {
        for (const stream of itemsOf(reply!)) {
          this.#take(
            name,
            held,
            itemsOf(itemsOf(stream)[1]!).map((entry) => textOf(itemsOf(entry)[0]!)),
          )
        }
      },
    }
  }

  #take(name: string, held: string[], ids: readonly string[]): void {
    this.#acknowledged++
    for (const id of ids) {
      held.push(id)
      const holders = this.#holders.get(id) ?? new Set()
      this.#holders.set(id, holders.add(name))
    }
  }

  #checkEntries(entries: readonly { id: string; fields: readonly string[] }[]): void {
    const present = new Set(entries.map(({ id }) => id))
    for (const id of this.#addedIds) demand(present.has(id), `the acknowledged entry ${id} is lost`)
    const numbers = new Map<string, number>()
    for (const [index, { id, fields }] of entries.entries()) {
      demand(index === 0 || compareIds(entries[index - 1]!.id, id) < 0, `the ids do not rise at ${id}`)
      const [, from, , text, , proof] = fields
      const number = Number(text)
      demand(fields.length === 6 && proof === proofOf(from!, number), `the entry ${id} is torn: ${fields}`)
      const before = numbers.get(from!)
      demand(before === undefined || number === before + 1, `${from} has ${number} behind ${before} at ${id}`)
      numbers.set(from!, number)
    }
    for (const [name, producer] of this.#producers) {
      const last = numbers.get(name) ?? 0
      const told = `${producer.acknowledged} acknowledged, ${producer.sent} sent`
      demand(last >= producer.acknowledged && last <= producer.sent, `${name} ends with ${last}: ${told}`)
      producer.sent = last
      producer.acknowledged = last
    }
  }

  #checkPending(
    entries: readonly { id: string }[],
    pending: ReadonlyMap<string, string>,
    lastDeliveredId: string,
  ): void {
    const present = new Set(entries.map(({ id }) => id))
    for (const [id, owner] of pending) {
      demand(present.has(id), `${id} is pending and not in the stream`)
      demand(compareIds(id, lastDeliveredId) <= 0, `${id} is pending and was never delivered`)
      demand(!this.#ackAnswered.has(id), `${id} is pending again after its acknowledgement`)
      const holders = this.#holders.get(id)
      const plausible = holders === undefined || holders.has(owner) || this.#claimsUnderWay.has(owner)
      demand(plausible, `${id} is pending with ${owner}, who was never handed it`)
    }
    for (const id of this.#holders.keys()) {
      demand(
        pending.has(id) || this.#ackSent.has(id),
        `${id} was handed out, is not pending, and nobody acknowledged it`,
      )
      demand(compareIds(id, lastDeliveredId) <= 0, `the group forgot that it has read ${id}`)
    }
    for (const { id } of entries) {
      if (compareIds(id, lastDeliveredId) > 0 || pending.has(id)) continue
      demand(this.#ackSent.has(id), `${id} is behind the group, not pending, and nobody acknowledged it`)
    }
  }

  /** What is there now is what everybody has been told. */
  #adopt(entries: readonly { id: string }[], pending: ReadonlyMap<string, string>): void {
    for (const { id } of entries) this.#addedIds.add(id)
    for (const [id, owner] of pending) this.#holders.set(id, new Set([owner]))
    for (const id of this.#ackSent) {
      if (pending.has(id)) this.#ackSent.delete(id)
      else this.#ackAnswered.add(id)
    }
    this.#claimsUnderWay.clear()
  }

  async #startAnew(client: RespClient): Promise<void> {
    await client.call('DEL', key)
    for (const known of [this.#addedIds, this.#holders, this.#ackSent, this.#ackAnswered]) known.clear()
    await this.prepare(client)
  }
}

function proofOf(name: string, number: number): string {
  return `${name}/${number}/${'#'.repeat((number * 7) % 90)}`
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Violation(`shared group: ${otherwise}`)
}
