/** A member of a consumer group. An entry is its own from when it was taken until it is acknowledged or handed back; when the
 *  connection breaks, the server hands everything back that was not acknowledged. */
import type { Entry, NackMode } from '../../protocol/websocket/messages.ts'
import { type Source, Subscription, type Subscriptions } from './subscription.ts'

export interface GroupOptions {
  /** How many entries may be held without having been acknowledged. */
  readonly credit?: number
  readonly db?: number
  /** Others' entries are taken over when they have been held for so long; without it only those that were handed back. */
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
