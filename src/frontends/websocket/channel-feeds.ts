/** A socket's channels, and what becomes of their messages while it does not take them: it is cut, or the newest message
 *  of each channel is kept for it. */
import type { SlowPolicy } from '../../../protocol/websocket/messages.ts'
import type { WebSocketLimits } from './limits.ts'
import type { Link } from './link.ts'
import type { ChannelMessage, ChannelMessages } from './shared-pushes.ts'

export class ChannelFeeds {
  readonly #link: Link
  readonly #limits: WebSocketLimits
  readonly #policies = new Map<string, SlowPolicy>()
  /** The newest messages, by subscription and channel, of the oldest channel first. */
  readonly #kept = new Map<string, Buffer>()

  constructor(link: Link, limits: WebSocketLimits) {
    this.#link = link
    this.#limits = limits
  }

  get count(): number {
    return this.#policies.size
  }

  has(subscription: string): boolean {
    return this.#policies.has(subscription)
  }

  add(subscription: string, policy: SlowPolicy): void {
    this.#policies.set(subscription, policy)
  }

  remove(subscription: string): void {
    this.#policies.delete(subscription)
    for (const name of [...this.#kept.keys()]) if (name.startsWith(`${subscription}\n`)) this.#kept.delete(name)
    this.#link.isHolding = this.#kept.size > 0
  }

  deliver({ messages, frames }: ChannelMessages): void {
    if (!this.#link.isHolding && this.#link.pendingBytes <= this.#limits.channelBytesHigh)
      return this.#link.send(frames)
    for (const message of messages) this.#deliverSlowly(message)
  }

  /** The socket takes something again. */
  drained(): void {
    if (this.#kept.size === 0) return
    const frames = [...this.#kept.values()]
    this.#kept.clear()
    this.#link.isHolding = false
    this.#link.send(Buffer.concat(frames))
  }

  #deliverSlowly({ subscription, channel, frame }: ChannelMessage): void {
    if (this.#policies.get(subscription) !== 'conflate') {
      if (this.#link.pendingBytes > this.#limits.channelBytesHigh) this.#link.destroy()
      else this.#link.send(frame)
      return
    }
    const name = `${subscription}\n${channel}`
    if (!this.#kept.has(name) && this.#kept.size >= this.#limits.conflatedChannelsMax) return this.#link.destroy()
    this.#kept.set(name, frame)
    this.#link.isHolding = true
  }
}
