/**
 * A producer that numbers its messages and sends those again whose acknowledgement it never got, as every producer has to
 * that was cut off. It says who it is (IDMP), so each message must be in the stream once, whatever the kill came between.
 */
import type { RespClient } from '../support/resp-client.ts'
import { Conversation, type Step, Violation } from './conversation.ts'
import { itemsOf, textOf, textsOf } from './model.ts'
import type { Random } from './random.ts'
import type { Workload } from './workload.ts'

const key = 'resent:messages'
const producer = 'p'
/** More than are ever under way, so that what is sent again was not trimmed meanwhile. */
const lengthMax = 200

export class ResendingProducer implements Workload {
  readonly name = 'resending producer'
  readonly #random: Random
  /** The ids that were acknowledged: of message 1 and the following. */
  readonly #ids: string[] = []
  /** The last message that was ever sent. */
  #last = 0

  constructor(random: Random) {
    this.#random = random
  }

  get acknowledgedCount(): number {
    return this.#ids.length
  }

  async prepare(client: RespClient): Promise<void> {
    await client.call('XGROUP', 'CREATE', key, 'readers', '0', 'MKSTREAM')
    // Longer than any campaign takes.
    await client.call('XCFGSET', key, 'IDMP-DURATION', '86400')
  }

  async start(port: number): Promise<Conversation[]> {
    const depth = this.#random.pick([1, 8, 32])
    let next = this.#ids.length + 1
    return [await Conversation.start(port, depth, () => this.#send(next++))]
  }

  async verify(client: RespClient): Promise<void> {
    const entries = itemsOf(await client.call('XRANGE', key, '-', '+')).map((entry) => {
      const [id, fields] = itemsOf(entry)
      return { id: textOf(id!), number: Number(textsOf(fields!)[1]) }
    })
    const first = entries[0]?.number ?? 1
    for (const [i, { id, number }] of entries.entries()) {
      if (number !== first + i) throw new Violation(`message ${number} stands where ${first + i} is due`)
      const known = this.#ids[number - 1]
      if (known !== undefined && known !== id) throw new Violation(`message ${number} is ${id} and was ${known}`)
    }
    const newest = entries.at(-1)?.number ?? 0
    if (newest < this.#ids.length) throw new Violation(`message ${this.#ids.length} was acknowledged and is lost`)
    if (newest > this.#last) throw new Violation(`message ${newest} is there and was never sent`)
  }

  #send(number: number): Step {
    this.#last = Math.max(this.#last, number)
    const kept = ['MAXLEN', '=', String(lengthMax)]
    return {
      commands: [['XADD', key, 'IDMP', producer, String(number), ...kept, '*', 'number', String(number)]],
      answered: ([id]) => {
        this.#ids[number - 1] = textOf(id!)
      },
    }
  }
}
