/** One WebSocket at a time: when it breaks another is opened, ever later and never at the same moment as everybody else's.
 *
 *  It is *opening*, *open*, or *waiting* to open again, until it is closed. A socket on which nothing has come for a while is
 *  asked for a sign of life, and dropped without one: a network that went away says no goodbye. */
import type { rpcSubprotocol } from '../../protocol/websocket/messages.ts'
import { ConnectionLost } from './errors.ts'

/** What is used of a WebSocket: those of browsers, of Node from 22 on and of `ws` have it. */
export interface WebSocketLike {
  send(text: string): void
  close(): void
  addEventListener(type: string, listener: (event: WebSocketEvent) => void): void
}

export interface WebSocketEvent {
  readonly type: string
  readonly data?: unknown
  readonly code?: number
  readonly reason?: string
}

export type WebSocketClass = new (url: string, subprotocols: string[]) => WebSocketLike

export interface ConnectionOptions {
  readonly url: string
  readonly WebSocket: WebSocketClass
  readonly retryMsMin: number
  readonly retryMsMax: number
  readonly silenceMsMax: number
}

export interface ConnectionEvents {
  opening(): void
  opened(): void
  received(text: string): void
  /** Nothing has come for a while: something should be asked. */
  silent(): void
  lost(reason: ConnectionLost, retryInMs: number): void
}

const subprotocol: typeof rpcSubprotocol = 'millrace.v1'

export class Connection {
  readonly #options: ConnectionOptions
  readonly #events: ConnectionEvents
  #socket: WebSocketLike | undefined
  #isOpen = false
  /** Whether something has come since the last look, and whether it was asked for. */
  #hasHeard = false
  #hasAsked = false
  /** Sockets that broke since the server last said something. */
  #failures = 0
  /** Looks after the socket, or opens the next one. */
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options
    this.#events = events
  }

  open(): void {
    const { url, WebSocket, silenceMsMax } = this.#options
    const socket = new WebSocket(url, [subprotocol])
    this.#socket = socket
    this.#hasHeard = false
    this.#hasAsked = false
    this.#timer = setInterval(() => this.#look(), silenceMsMax)
    /** Nobody listens any more to a socket that was dropped. */
    const on = (type: string, act: (event: WebSocketEvent) => void): void =>
      socket.addEventListener(type, (event) => {
        if (this.#socket === socket) act(event)
      })
    on('open', () => {
      this.#isOpen = true
      this.#events.opened()
    })
    on('message', ({ data }) => {
      this.#hasHeard = true
      this.#failures = 0
      this.#events.received(String(data))
    })
    on('close', ({ code, reason }) => this.drop(`the connection broke (${code}${reason ? `, ${reason}` : ''})`))
    // A close follows; without a listener the sockets of `ws` would throw.
    on('error', () => {})
    this.#events.opening()
  }

  /** Sends it where the socket is open; otherwise there is nobody to hear it. */
  send(text: string): void {
    if (this.#isOpen) this.#socket?.send(text)
  }

  /** Tells, whenever it is asked, whether the socket of this moment still serves. */
  watch(): () => boolean {
    const socket = this.#socket
    return () => this.#socket === socket
  }

  /** Leaves the socket, if there is one, and opens another after a while. */
  drop(reason: string): void {
    if (this.#socket === undefined) return
    this.close()
    const { retryMsMin, retryMsMax } = this.#options
    const span = Math.min(retryMsMax, retryMsMin * 2 ** this.#failures++)
    const retryInMs = Math.round(span * (0.5 + Math.random() / 2))
    this.#timer = setTimeout(() => this.open(), retryInMs)
    this.#events.lost(new ConnectionLost(reason), retryInMs)
  }

  /** Leaves the socket and opens no other. */
  close(): void {
    clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = undefined
    this.#isOpen = false
    socket?.close()
  }

  #look(): void {
    const wasHeard = this.#hasHeard
    this.#hasHeard = false
    if (wasHeard) this.#hasAsked = false
    else if (this.#isOpen && !this.#hasAsked) {
      this.#hasAsked = true
      this.#events.silent()
    } else this.drop('the server is silent')
  }
}
