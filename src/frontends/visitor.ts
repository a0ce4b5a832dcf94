/** A connection that a doorman took: through the doorman's pipe at first, then on the socket that was handed over. */
import { Socket } from 'node:net'
import type { Broker } from '../server/broker.ts'
import type { Connection, Session } from '../server/session.ts'
import { endsOf } from './addresses.ts'
import { type Arrival, frameKind } from './doorman-frames.ts'
import { attachSocket, SocketConnection } from './resp.ts'

/** Who carries a visitor's bytes. */
export interface VisitorDesk {
  send(kind: number, visitor: number, bytes?: Uint8Array): void
}

export class VisitorConnection implements Connection {
  readonly remoteAddress: string
  readonly localAddress: string
  readonly #broker: Broker
  readonly #desk: VisitorDesk
  readonly #number: number
  readonly #path: string | undefined
  readonly #session: Session
  /** What the doorman told and the session has not read. */
  #arrived: Buffer[] = []
  /** Whether the doorman still sends for it. */
  #isRelayed: boolean
  /** Whether the event loop runs, so that what arrives is received at once. */
  #isOnItsOwn: boolean
  /** The socket has come; the doorman has told everything that it read. */
  #socket: Socket | undefined
  #isHanded = false
  /** The connection on the socket, when both are so. */
  #inner: SocketConnection | undefined
  #isPaused = false
  #isGone = false
  /** What is to be done when the socket is there. */
  #unwritten: Buffer[] = []
  #closesThen: 'end' | 'destroy' | undefined
  #onGone: () => void = () => {}

  /** `path` is that of the unix socket it came through, if it did. Who comes when the script has ended is not relayed. */
  constructor(
    broker: Broker,
    desk: VisitorDesk,
    number: number,
    arrival: Arrival,
    path: string | undefined,
    isRelayed: boolean,
  ) {
    const { remoteAddress, localAddress } = endsOf(arrival, path)
    this.remoteAddress = remoteAddress
    this.localAddress = localAddress
    this.#path = path
    this.#broker = broker
    this.#desk = desk
    this.#number = number
    this.#isRelayed = isRelayed
    this.#isOnItsOwn = !isRelayed
    this.#session = broker.connect(this)
  }

  // What the doorman brings.

  arrive(bytes: Buffer): void {
    this.#arrived.push(bytes)
    if (this.#isOnItsOwn) this.#receive()
  }

  noteHanded(): void {
    this.#isHanded = true
    this.#settle()
  }

  takeSocket(socket: Socket | undefined): void {
    if (!(socket instanceof Socket)) return this.leave()
    this.#socket = socket
    socket.allowHalfOpen = true
    socket.on('error', () => socket.destroy())
    this.#settle()
  }

  /** The client is gone. */
  leave(): void {
    if (this.#isGone || this.#inner !== undefined) return
    this.#isGone = true
    this.#onGone()
    // Sessions end in the event loop, never amid a script.
    setImmediate(() => this.#broker.disconnect(this.#session))
  }

  /** The doorman is gone: its socket came before that or never will. */
  leaveUnlessHere(): void {
    if (this.#socket === undefined) this.leave()
  }

  /** The script has ended: what is written from here on waits for the socket. */
  keepWrites(): void {
    this.#isRelayed = false
  }

  /** And the event loop has gone on. */
  runOnItsOwn(): void {
    this.#isOnItsOwn = true
    this.#receive()
    this.#settle()
  }

  // Connection.

  get isDrained(): boolean {
    return this.#inner?.isDrained ?? this.#unwritten.length === 0
  }

  get pendingBytes(): number {
    return this.#inner?.pendingBytes ?? this.#unwritten.reduce((sum, each) => sum + each.length, 0)
  }

  write(bytes: Buffer): void {
    if (this.#inner !== undefined) return this.#inner.write(bytes)
    if (this.#isRelayed) return this.#desk.send(frameKind.data, this.#number, bytes)
    this.#unwritten.push(Buffer.from(bytes))
  }

  cork(): void {
    this.#inner?.cork()
  }

  uncork(): void {
    this.#inner?.uncork()
  }

  readNow(scratch: Uint8Array): Uint8Array {
    if (this.#inner !== undefined) return this.#inner.readNow(scratch)
    return this.#isPaused ? Buffer.alloc(0) : Buffer.concat(this.#arrived.splice(0))
  }

  pause(): void {
    this.#isPaused = true
    this.#inner?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#inner?.resume()
    if (this.#isOnItsOwn) this.#receive()
  }

  end(): void {
    this.#closeBy('end')
  }

  finish(): Promise<void> {
    if (this.#inner !== undefined) return this.#inner.finish()
    if (this.#isGone) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onGone = resolve
      this.end()
    })
  }

  destroy(): void {
    this.#closeBy('destroy')
  }

  #closeBy(way: 'end' | 'destroy'): void {
    if (this.#inner !== undefined) return this.#inner[way]()
    if (this.#isRelayed) this.#desk.send(frameKind.close, this.#number)
    else this.#closesThen = way
  }

  #receive(): void {
    if (this.#isPaused || this.#isGone) return
    for (const bytes of this.#arrived.splice(0)) this.#broker.receive(this.#session, bytes)
  }

  /** Goes on with the socket, when it is there and everything before it is done. */
  #settle(): void {
    const socket = this.#socket
    if (socket === undefined || !this.#isHanded || !this.#isOnItsOwn || this.#inner !== undefined) return
    this.#receive()
    const inner = new SocketConnection(this.#broker, socket, { path: this.#path })
    this.#inner = inner
    attachSocket(this.#broker, this.#session, socket)
    socket.on('close', () => this.#onGone())
    for (const bytes of this.#unwritten.splice(0)) inner.write(bytes)
    if (this.#closesThen !== undefined) return inner[this.#closesThen]()
    socket.on('data', (chunk: Buffer) => this.#broker.receive(this.#session, chunk))
    if (this.#isPaused) inner.pause()
  }
}
