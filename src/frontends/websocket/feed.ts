/** What subscriptions and their socket know of each other. */
import type { NotificationMethod } from '../../../protocol/websocket/messages.ts'
import type { ReplyFault } from '../json/reply-json.ts'

/** A subscription that reads by itself. */
export interface Feed {
  readonly name: string
  /** The socket takes something again. */
  drained(): void
  close(): void
}

export interface FeedSocket {
  /** Whether more waits for the socket than streams may add to. */
  readonly isBehind: boolean
  /** Sends a frame, which must stay as it is. */
  send(frame: Buffer): void
  notify(method: NotificationMethod, params: object): void
  /** The broker has ended the subscription. */
  feedEnded(feed: Feed, fault: ReplyFault): void
}
