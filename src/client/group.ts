/** A member of a consumer group. It holds an entry until it acknowledges it or hands it back; when the connection breaks the
 *  server hands back what it held, and others may get an entry on which it still works. So the work has to bear being done
 *  twice. */
import type { Entry, NackMode } from '../../protocol/websocket/messages.ts'
import { type Source, Subscription, type Subscriptions } from './subscription.ts'

export interface GroupOptions {
  /** How many entries may be held without having been acknowledged. */
  readonly credit?: number
  readonly db?: number
  /** Entries that somebody has held for so long are taken over; without it only those that were handed back. A server that is
   *  killed hands nothing back, so it should be set: to longer than the work on an entry takes. */
  readonly claimAfterMs?: number
  readonly signal?: AbortSignal
}

export interface Delivery extends Entry {
  /** How often it has been delivered, this time included. */
  readonly deliveries: number | string
}

/** What a group asks the server for. */
export interface Requester extends Subscriptions {
  request<T>(method: string, params: object): Promise<T>
}

const defaultCredit = 16

export class Group implements AsyncIterable<Delivery> {
  readonly #requester: Requester
  readonly #subscription: Subscription<Delivery, Delivery>

  constructor(requester: Requester, names: object, { credit = defaultCredit, db, claimAfterMs, signal }: GroupOptions) {
    this.#requester = requester
    const source: Source<Delivery, Delivery> = {
      method: 'group.consume',
      comesAgain: true,
      params: () => ({ ...names, credit, db, claimAfterMs }),
      placed() {},
      read(_method, params, waiting) {
        waiting.push(...(params as { entries: readonly Delivery[] }).entries)
      },
      take: (entry) => entry,
    }
    this.#subscription = new Subscription(requester, source, signal)
  }

  /** These are done. Resolves with how many of them were pending. */
  ack(...ids: readonly string[]): Promise<number> {
    return this.#settle('group.ack', { ids })
  }

  /** Hands entries back, to whoever has room. `mode` says what becomes of their count of deliveries: `fail` (the default) keeps it,
   *  `silent` takes this one back, `fatal` sets it as high as it goes. Resolves with how many it still held. */
  nack(ids: string | readonly string[], mode: NackMode = 'fail'): Promise<number> {
    return this.#settle('group.nack', { ids: typeof ids === 'string' ? [ids] : ids, mode })
  }

  /** Resolves once the server has taken the consumer, rejects when it will not. Iterating does it, too. */
  async open(): Promise<this> {
    await this.#subscription.open()
    return this
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Delivery, undefined> {
    return this.#subscription
  }

  async #settle(method: string, params: object): Promise<number> {
    return this.#requester.request(method, { subscription: await this.#subscription.open(), ...params })
  }
}
