/** One WebSocket as a session's connection sees it: frames go straight to its socket, so that one made once can be sent
 *  to many; what the protocol itself needs (ping, close, cut messages) stays with `ws`. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { closeCode } from '../../../protocol/websocket/messages.ts'
import type { Connection } from '../../server/session.ts'
import { endsOf } from '../addresses.ts'
import { directOf, writeNow } from '../direct-io.ts'
import type { WebSocketLimits } from './limits.ts'

/** `WebSocket.OPEN`. */
const openState = 1

/** Makes frames of what the broker writes. */
export interface BrokerBytes {
  take(bytes: Buffer): void
}

export class Link implements Connection {
  readonly remoteAddress: string
  readonly localAddress: string
  /** Who hears what the broker writes; set before the broker knows of it. */
  receiver: BrokerBytes | undefined
  /** Whether messages are kept back: what comes next must not overtake them. */
  isHolding = false
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  readonly #handle: object | undefined
  readonly #descriptor: number
  readonly #limits: WebSocketLimits
  /** Reasons for which nothing is read. */
  #isPausedByBroker = false
  #isPausedByBacklog = false
  /** Messages of the second that began at this time. */
  #second = 0
  #messages = 0
  /** Whether the broker has taken its session. */
  isAdmitted = false
  /** Whether something came since the last ping. */
  isAlive = true
  /** Everything that was written has left the process, after some of it had waited. */
  onDrain: () => void = () => {}

  constructor(webSocket: WebSocket, socket: Socket, limits: WebSocketLimits) {
    this.#webSocket = webSocket
    this.#socket = socket
    const direct = directOf(socket)
    this.#handle = direct?.handle
    this.#descriptor = direct?.descriptor ?? -1
    this.#limits = limits
    const { remoteAddress, localAddress } = endsOf(socket)
    this.remoteAddress = remoteAddress
    this.localAddress = localAddress
    // The event comes when as much was waiting as Node's own limit says; somebody may wait for less to leave.
    socket.on('drain', () => this.#drained())
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === openState && !this.#socket.destroyed
  }

  get isDrained(): boolean {
    return this.#socket.writableLength === 0
  }

  get pendingBytes(): number {
    return this.#socket.writableLength
  }

  write(bytes: Buffer): void {
    this.receiver?.take(bytes)
  }

  /** Sends a frame, or several in one buffer, which must stay as they are. */
  send(frames: Buffer): void {
    if (this.#webSocket.readyState !== openState) return
    writeNow(this.#socket, this.#handle, this.#descriptor, frames, this.#onLeft)
    if (this.#isPausedByBacklog || this.#socket.writableLength <= this.#limits.answerBytesHigh) return
    this.#isPausedByBacklog = true
    this.#pauseOrResume()
  }

  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  pause(): void {
    this.#isPausedByBroker = true
    this.#pauseOrResume()
  }

  resume(): void {
    this.#isPausedByBroker = false
    this.#pauseOrResume()
  }

  end(): void {
    if (this.isAdmitted) this.close(closeCode.normal, '')
    else this.close(closeCode.full, 'the broker takes no more clients')
  }

  /** Sends a close frame behind everything; the peer has some seconds to answer. */
  close(code: number, reason: string): void {
    if (this.isOpen) this.#webSocket.close(code, reason)
  }

  finish(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#webSocket.readyState === this.#webSocket.CLOSED) return resolve()
      this.#webSocket.once('close', () => resolve())
      this.close(closeCode.goingAway, 'the server stops')
    })
  }

  destroy(): void {
    this.#webSocket.terminate()
  }

  ping(): void {
    if (this.isOpen) this.#webSocket.ping()
  }

  /** Counts a message; closes the socket and returns false when it is one too many in this second. */
  admitsMessage(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#messages = 0
    }
    const { messagesPerSecondMax } = this.#limits
    if (++this.#messages <= messagesPerSecondMax || messagesPerSecondMax === 0) return true
    this.close(closeCode.tooMany, 'too many messages a second')
    return false
  }

  readonly #onLeft = (): void => {
    if (this.#socket.writableLength === 0) this.#drained()
  }

  #drained(): void {
    if (this.#isPausedByBacklog) {
      this.#isPausedByBacklog = false
      this.#pauseOrResume()
    }
    this.onDrain()
  }

  #pauseOrResume(): void {
    if (!this.isOpen) return
    if (this.#isPausedByBroker || this.#isPausedByBacklog) this.#webSocket.pause()
    else this.#webSocket.resume()
  }
}
