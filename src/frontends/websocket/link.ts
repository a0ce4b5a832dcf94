/** One WebSocket as a session's connection sees it: frames go straight to its socket, so that one made once can be sent
 *  to many; what the protocol itself needs (close, cut messages) stays with `ws`.
 *
 *  A message to thousands meets each link with nothing in the processor's caches, so the road of `send` touches few objects:
 *  everything that is sent goes by it, and the link knows by itself whether something waits. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { closeCode } from '../../../protocol/websocket/messages.ts'
import type { Connection } from '../../server/session.ts'
import { endsOf } from '../addresses.ts'
import { DirectConnection } from '../direct-connection.ts'
import type { FanOut } from '../fan-out.ts'
import { frameOf, pingFrame, pongFrame } from './frames.ts'
import type { WebSocketLimits } from './limits.ts'

/** `WebSocket.OPEN`. */
const openState = 1

/** Makes frames of what the broker writes. */
export interface BrokerBytes {
  take(bytes: Buffer): void
}

export class Link extends DirectConnection implements Connection {
  /** Who hears what the broker writes; set before the broker knows of it. */
  receiver: BrokerBytes | undefined
  readonly #webSocket: WebSocket
  /** Whether something waits in the socket's stream: what is sent then goes behind it. The close frame, which goes by another
   *  road, is the last. */
  #isWaiting = false
  /** Whether messages are kept back: what comes next must not overtake them. */
  isHolding = false
  readonly #limits: WebSocketLimits
  readonly remoteAddress: string
  readonly localAddress: string
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
  #owedPong: Buffer | undefined
  /** Everything that was written has left the process, after some of it had waited. */
  onDrain: () => void = () => {}

  constructor(webSocket: WebSocket, socket: Socket, limits: WebSocketLimits, fanOut: FanOut) {
    super(socket, fanOut)
    this.#webSocket = webSocket
    this.#limits = limits
    const { remoteAddress, localAddress } = endsOf(socket)
    this.remoteAddress = remoteAddress
    this.localAddress = localAddress
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === openState && !this.socket.destroyed
  }

  get isDrained(): boolean {
    return !this.#isWaiting
  }

  get pendingBytes(): number {
    return this.#isWaiting ? this.socket.writableLength : 0
  }

  /** Whether what is sent leaves at once, as far as is known. */
  get isFree(): boolean {
    return !this.#isWaiting && !this.isHolding
  }

  write(bytes: Buffer): void {
    this.receiver?.take(bytes)
  }

  /** Sends a frame, or several in one buffer, which must stay as they are; within a round of the broker's writes, at its
   *  end. */
  send(frames: Buffer): void {
    if (this.#webSocket.readyState !== openState) return
    this.flush()
    if (this.#isWaiting) this.sendRest(frames, 0)
    else if (!this.gather(frames)) this.sendNow(frames)
  }

  override sendRest(frames: Buffer, sent: number): void {
    if (this.#webSocket.readyState !== openState) return
    this.#isWaiting = true
    this.socket.write(sent === 0 ? frames : frames.subarray(sent), this.#onLeft)
    if (this.#isPausedByBacklog || this.socket.writableLength <= this.#limits.answerBytesHigh) return
    this.#isPausedByBacklog = true
    this.#pauseOrResume()
  }

  cork(): void {
    this.socket.cork()
  }

  uncork(): void {
    this.socket.uncork()
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
    if (!this.isOpen) return
    this.flush()
    this.#webSocket.close(code, reason)
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
    this.send(pingFrame)
  }

  /** Answers a ping, once what waits has left; of several the last, as RFC 6455 (5.5.3) allows. */
  pong(payload: Buffer): void {
    if (this.#isWaiting) this.#owedPong = payload
    else this.send(frameOf(pongFrame, payload))
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
    // Of several that leave at once each tells so.
    if (!this.#isWaiting || this.socket.writableLength > 0) return
    this.#isWaiting = false
    const payload = this.#owedPong
    this.#owedPong = undefined
    if (payload !== undefined) this.pong(payload)
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
