/** The client for browsers and Node: commands, streams, groups and channels over one WebSocket that comes back by itself.
 *
 *  Subscriptions outlive connections. Commands do not: one that was sent and not answered when the connection broke is rejected
 *  with ConnectionLost, since nobody knows whether it ran, and one that was not sent yet waits for the next connection. So what
 *  belongs together (MULTI, its commands, EXEC) is called in one breath, with no await in between. A command that waits
 *  (BLPOP) holds up those behind it, but no subscription. */
import type { Json } from '../../protocol/websocket/messages.ts'
import { type Argument, encode, type Name } from './bytes.ts'
import { Channel, type ChannelOptions, type PatternOptions } from './channel.ts'
import type { WebSocketClass } from './connection.ts'
import { ClientClosed } from './errors.ts'
import { Group, type GroupOptions } from './group.ts'
import { type ConnectionState, Session } from './session.ts'
import { Stream, type StreamOptions } from './stream.ts'

export type { Bytes, Entry, Json, Member, NackMode, SlowPolicy } from '../../protocol/websocket/messages.ts'
export { type Argument, bytesOf, type Name } from './bytes.ts'
export type { Channel, ChannelMessage, ChannelOptions, PatternOptions, Presence } from './channel.ts'
export type { WebSocketClass, WebSocketEvent, WebSocketLike } from './connection.ts'
export { ClientClosed, CommandRefused, ConnectionLost, EntriesLost, TooMuchWaits } from './errors.ts'
export type { Delivery, Group, GroupOptions } from './group.ts'
export type { ConnectionState } from './session.ts'
export type { Gap, Stream, StreamOptions } from './stream.ts'

export interface ClientOptions {
  readonly user?: string
  readonly password?: string
  /** A JSON Web Token, or what fetches one; it is asked anew for each connection, since tokens expire. */
  readonly token?: string | (() => string | Promise<string>)
  /** The database of commands and subscriptions. */
  readonly db?: number
  /** Where the language brings none, as in Node 20: the class of the package `ws`, or one like it. */
  readonly WebSocket?: WebSocketClass
  /** How long it waits before it opens another connection, at first and at most; each time twice as long, and by chance up to half
   *  of that less. */
  readonly retryMsMin?: number
  readonly retryMsMax?: number
  /** After how much silence the server is asked for a sign of life, and after how much more it is taken for dead. */
  readonly silenceMsMax?: number
  /** How many calls may wait for their answers. */
  readonly callsMax?: number
  /** Hears what the server says of its own accord, such as `['invalidate', ['key']]` after CLIENT TRACKING. */
  readonly onPush?: (push: readonly Json[]) => void
}

export class Client {
  readonly #session: Session

  /** Opens nothing: that is for the first who asks for something. Throws where there is no WebSocket. */
  constructor(url: string, options: ClientOptions = {}) {
    const WebSocket = options.WebSocket ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket
    if (WebSocket === undefined) throw new TypeError('there is no WebSocket here: give one in the options')
    const { retryMsMin = 100, retryMsMax = 5000, silenceMsMax = 15_000, callsMax = 10_000 } = options
    this.#session = new Session({ ...options, url, WebSocket, retryMsMin, retryMsMax, silenceMsMax, callsMax })
  }

  get state(): ConnectionState {
    return this.#session.state
  }

  /** Tells of each state that follows; returns what ends that. */
  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#session.onState(listener)
  }

  /** Resolves once there is a server that answers; rejects when it will not have this client. */
  async connect(): Promise<void> {
    await this.request('alive', {})
  }

  /** Runs a command. Rejects with CommandRefused, ConnectionLost, ClientClosed or TooMuchWaits. */
  call<T = Json>(command: string, ...args: readonly Argument[]): Promise<T> {
    return this.request(command, args.map(encode))
  }

  /** Any method of `millrace.v1`, with params as they go into the message. When the signal aborts nobody waits any more, and what
   *  was not sent is not. */
  request<T = Json>(method: string, params: object, signal?: AbortSignal): Promise<T> {
    return this.#session.request(method, params, signal)
  }

  /** The entries of a stream, from now on or `after` one. A client has each stream, channel, pattern and consumer once at a time. */
  stream(key: Name, options: StreamOptions = {}): Stream {
    return new Stream(this.#session, key, options)
  }

  /** A member of a consumer group, which must exist. */
  group(key: Name, group: Name, consumer: Name, options: GroupOptions = {}): Group {
    return new Group(this.#session, { key: encode(key), group: encode(group), consumer: encode(consumer) }, options)
  }

  channel(name: Name, options: ChannelOptions = {}): Channel {
    return new Channel(this.#session, { channel: encode(name) }, options)
  }

  /** All channels that match. */
  pattern(pattern: Name, options: PatternOptions = {}): Channel {
    return new Channel(this.#session, { pattern: encode(pattern) }, options)
  }

  /** For good. Iterations end; calls that wait are rejected with ClientClosed. */
  close(): void {
    this.#session.close(new ClientClosed('the client was closed'), false)
  }
}
