/** A channel, or all that match a pattern. As in Redis a message is for those who are there: what is published while the
 *  connection is broken is not heard. */
import type { Bytes, ChannelSubscribe, Member, SlowPolicy } from '../../protocol/websocket/messages.ts'
import { TooMuchWaits } from './errors.ts'
import { type Source, Subscription, type Subscriptions } from './subscription.ts'

export interface PatternOptions {
  /** When more is published than is taken: `cut` (the default) ends the iteration with TooMuchWaits, `conflate` keeps the newest
   *  message of each channel. */
  readonly slow?: SlowPolicy
  /** How many messages may wait to be taken. */
  readonly waitingMax?: number
  readonly signal?: AbortSignal
}

export interface ChannelOptions extends PatternOptions {
  /** Is told who is on the channel, whenever the connection is there (again), then who joins and who leaves. */
  readonly onPresence?: (presence: Presence) => void
}

export type Presence =
  | { readonly event: 'here'; readonly members: readonly Member[]; readonly memberCount: number }
  | { readonly event: 'join' | 'leave'; readonly member: Member }

export interface ChannelMessage {
  readonly channel: Bytes
  readonly message: Bytes
}

const defaultWaitingMax = 1000

export class Channel implements AsyncIterable<ChannelMessage> {
  readonly #subscription: Subscription<ChannelMessage, ChannelMessage>

  constructor(subscriptions: Subscriptions, name: ChannelSubscribe, options: ChannelOptions) {
    this.#subscription = new Subscription(subscriptions, new ChannelSource(name, options), options.signal)
  }

  /** Resolves once it hears what is published, rejects when it may not. Iterating does it, too. */
  async open(): Promise<this> {
    await this.#subscription.open()
    return this
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ChannelMessage, undefined> {
    return this.#subscription
  }
}

class ChannelSource implements Source<ChannelMessage, ChannelMessage> {
  readonly method = 'channel.subscribe'
  readonly comesAgain = false
  readonly #name: ChannelSubscribe
  readonly #options: ChannelOptions
  readonly #waitingMax: number

  constructor(name: ChannelSubscribe, options: ChannelOptions) {
    this.#name = name
    this.#options = options
    this.#waitingMax = options.waitingMax ?? defaultWaitingMax
  }

  params(): ChannelSubscribe {
    const { slow, onPresence } = this.#options
    return { ...this.#name, ...(slow && { slow }), ...(onPresence && { presence: true }) }
  }

  placed({ members, memberCount }: { members?: readonly Member[]; memberCount?: number }): void {
    if (members === undefined || memberCount === undefined) return
    this.#options.onPresence?.({ event: 'here', members, memberCount })
  }

  read(method: string, params: object, waiting: ChannelMessage[]): void {
    if (method === 'channel.presence') {
      const { event, member } = params as Presence & { event: 'join' | 'leave' }
      return this.#options.onPresence?.({ event, member })
    }
    const { channel, message } = params as ChannelMessage
    if (waiting.length >= this.#waitingMax) this.#makeRoom(waiting)
    waiting.push({ channel, message })
  }

  take(message: ChannelMessage): ChannelMessage {
    return message
  }

  /** Forgets all but the newest message of each channel. Throws where that may not be done or does not help. */
  #makeRoom(waiting: ChannelMessage[]): void {
    const newest = new Map<string, ChannelMessage>()
    if (this.#options.slow === 'conflate') {
      for (const message of waiting) {
        const name = JSON.stringify(message.channel)
        newest.delete(name)
        newest.set(name, message)
      }
      waiting.splice(0, waiting.length, ...newest.values())
    }
    if (waiting.length >= this.#waitingMax) {
      throw new TooMuchWaits(`${waiting.length} messages wait to be taken, and more are published`)
    }
  }
}
