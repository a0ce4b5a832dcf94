/** What the programs of this folder agree on. */

/** Who brings messages to WebSockets: Millrace, redis-server with a gateway before it, or a relay that does nothing else. */
export const contenders = ['redis', 'relay', 'millrace'] as const
export type Contender = (typeof contenders)[number]

export interface SocketItem {
  readonly name: string
  readonly use: string
  readonly kind: 'channel' | 'stream'
}

export const socketItems: readonly SocketItem[] = [
  {
    name: 'ws-channel',
    use: 'one message of a channel to every WebSocket; each delivery counts as one',
    kind: 'channel',
  },
  { name: 'ws-stream', use: 'one entry of a stream to every WebSocket; each delivery counts as one', kind: 'stream' },
]

export const channelName = 'news'
export const streamName = 'orders'

/** What a load program is asked for. */
export interface SocketOrder {
  readonly contender: Contender
  readonly kind: SocketItem['kind']
  /** Where the WebSockets go to. */
  readonly socketPort: number
  /** Where RESP goes to; the relay's publisher is a WebSocket like the others. */
  readonly respPort: number
  readonly sockets: number
  readonly size: number
}
