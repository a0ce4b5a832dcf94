import { connect, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Frame, type Reply, ReplyReader } from './resp-reply.ts'

/** One command: its words. A string is a byte string (one character for each byte); pass a Buffer for anything else. */
export type Command = readonly (string | Buffer)[]

const replyTimeoutMs = 5_000

/** The bytes of one command as an array of bulk strings. */
export function encodeCommand(command: Command): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${command.length}\r\n`)]
  for (const word of command) {
    const bytes = typeof word === 'string' ? Buffer.from(word, 'latin1') : word
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat(parts)
}

/**
 * A bare connection that hides nothing: it sends the bytes it is given and hands out every reply with its type and its
 * bytes. Replies are kept in the order of arrival until somebody asks for them.
 */
export class RespClient {
  readonly #socket: Socket | Duplex
  readonly #reader = new ReplyReader()
  readonly #arrived: Frame[] = []
  #onFrame: ((frame: Frame) => void) | undefined
  #onClose: (() => void) | undefined
  readonly #waiting = new Set<() => void>()
  #closed = false
  #isEnding = false
  #failure: Error | undefined

  private constructor(socket: Socket | Duplex) {
    this.#socket = socket
    if (socket instanceof Socket) socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('end', () => {
      this.#isEnding = true
    })
    socket.on('error', () => this.#socket.destroy())
    socket.on('close', () => this.#close())
  }

  /** Connects to a TCP port or, by `path`, to a unix socket. */
  static open(to: { port: number; host?: string } | { path: string }): Promise<RespClient> {
    return new Promise((resolve, reject) => {
      const socket = 'path' in to ? connect(to.path) : connect(to.port, to.host ?? '127.0.0.1')
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new RespClient(socket))
      })
    })
  }

  /** Speaks over a stream that something else has opened. */
  static over(stream: Duplex): RespClient {
    return new RespClient(stream)
  }

  /** Sends the commands in one write. */
  send(...commands: Command[]): void {
    this.write(Buffer.concat(commands.map(encodeCommand)))
  }

  /** Sends bytes as they are; a string is a byte string. */
  write(bytes: Buffer | string): void {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  /** Sends one command and returns its reply; pushes that arrive before it stay for `nextPush`. */
  async call(...words: (string | Buffer)[]): Promise<Reply> {
    this.send(words)
    return (await this.#take((frame) => frame.reply.type !== 'push', replyTimeoutMs)).reply
  }

  /** Sends the commands in one write and returns their replies, pushes aside. */
  async pipeline(...commands: Command[]): Promise<Reply[]> {
    this.send(...commands)
    const replies: Reply[] = []
    for (let left = commands.length; left > 0; left--) {
      replies.push((await this.#take((frame) => frame.reply.type !== 'push', replyTimeoutMs)).reply)
    }
    return replies
  }

  /** The next reply of any kind. Rejects when none comes in time, the connection closes, or the bytes are no RESP. */
  next(timeoutMs: number = replyTimeoutMs): Promise<Frame> {
    return this.#take(() => true, timeoutMs)
  }

  /** The next RESP3 push; replies that arrive before it stay for `next`. */
  nextPush(timeoutMs: number = replyTimeoutMs): Promise<Frame> {
    return this.#take((frame) => frame.reply.type === 'push', timeoutMs)
  }

  /** What has arrived and nobody has asked for yet, without waiting. */
  takeArrived(): Frame[] {
    return this.#arrived.splice(0)
  }

  /** From now on every frame, those waiting included, goes to `onFrame`, and `next` and `call` must not be used. */
  listen(onFrame: (frame: Frame) => void, onClose: () => void): void {
    this.#onFrame = onFrame
    this.#onClose = onClose
    for (const frame of this.takeArrived()) onFrame(frame)
    if (this.#closed) onClose()
  }

  /** Whether the connection has ended, from either side. */
  get closed(): boolean {
    return this.#closed
  }

  /** Resolves when the server has closed the connection; rejects when it does not in time. */
  async waitForClose(timeoutMs: number = replyTimeoutMs): Promise<void> {
    const deadline = Date.now() + timeoutMs
    while (!this.#closed) await this.#waitForNews(deadline, 'the connection stayed open')
  }

  /** Sends FIN and lets the server answer what it has. */
  end(): void {
    this.#isEnding = true
    this.#socket.end()
  }

  /** Vanishes at once (RST), which also leaves no port in TIME_WAIT. */
  reset(): void {
    // Once a shutdown is under way the kernel refuses the reset, and Node 20 is left spinning on the socket.
    if (this.#isEnding || !(this.#socket instanceof Socket)) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  async #take(wanted: (frame: Frame) => boolean, timeoutMs: number): Promise<Frame> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const at = this.#arrived.findIndex(wanted)
      if (at >= 0) return this.#arrived.splice(at, 1)[0]!
      if (this.#failure !== undefined) throw this.#failure
      if (this.#closed) throw new Error('the connection was closed before the reply came')
      await this.#waitForNews(deadline, 'no reply in time')
    }
  }

  #waitForNews(deadline: number, complaint: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve()
      }
      const giveUp = (): void => {
        this.#waiting.delete(wake)
        reject(new Error(complaint))
      }
      const timer = setTimeout(giveUp, Math.max(0, deadline - Date.now()))
      this.#waiting.add(wake)
    })
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.push(chunk)) {
        if (this.#onFrame === undefined) this.#arrived.push(frame)
        else this.#onFrame(frame)
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error))
      this.#socket.destroy()
    }
    this.#wakeAll()
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  #close(): void {
    this.#closed = true
    this.#wakeAll()
    this.#onClose?.()
  }
}
