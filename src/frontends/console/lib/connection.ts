/** A session with the broker: plain RESP in the frames of a WebSocket to the server the page came from. It opens when it
 *  is first used; when it breaks, what was asked fails, and it opens again by itself. */
import { type Bytes, fromText } from './bytes.ts'
import { ErrorReply } from './read-reply.ts'
import { encodeRequest, type Reply, ReplyParser } from './resp.ts'

/** What a command is given: bytes, words within ASCII, numbers. What people type is made bytes by `fromText` or `fromTyped`. */
export type Argument = Bytes | string | number

export interface Credentials {
  readonly user: string
  readonly password: string
}

export interface ConnectionOptions {
  readonly url: string
  /** How CLIENT LIST calls it. */
  readonly name: string
  readonly protocol: 2 | 3
  readonly credentials: () => Credentials | undefined
  readonly database: () => number
  /** Commands that are sent whenever it has opened. */
  readonly greeting?: () => readonly (readonly Argument[])[]
  /** What came without being asked for: pushes, and messages in RESP2. */
  readonly onPush?: (reply: Reply) => void
  readonly onState?: (state: ConnectionState) => void
}

export type ConnectionState =
  | { readonly name: 'opening' | 'open' | 'closed' }
  /** The server wants to know who asks; `message` says why what was shown was not enough. */
  | { readonly name: 'login'; readonly message: string }
  | { readonly name: 'lost'; readonly message: string; readonly retryMs: number }

/** The connection broke before the answer came. Whether the command was run is not known. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
}

const retryMsMin = 250
const retryMsMax = 5000

export class Connection {
  state: ConnectionState = { name: 'closed' }
  readonly #options: ConnectionOptions
  #socket: WebSocket | undefined
  #parser = new ReplyParser()
  #waiting: Waiting[] = []
  /** Who wants to ask while it opens. */
  #openers: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []
  readonly #openListeners = new Set<() => void>()
  #retryMs = retryMsMin
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /** Calls whenever it has opened; returns what ends that. */
  onOpen(listener: () => void): () => void {
    this.#openListeners.add(listener)
    return () => this.#openListeners.delete(listener)
  }

  /** The reply as it is, errors too. */
  async ask(args: readonly Argument[]): Promise<Reply> {
    if (this.state.name !== 'open') await this.#opened()
    return this.#send(args)
  }

  /** The reply; throws ErrorReply when the server refuses. */
  async call(...args: readonly Argument[]): Promise<Reply> {
    return unlessError(await this.ask(args))
  }

  /** Replies of many commands that are sent at once, errors among them. */
  async batch(commands: readonly (readonly Argument[])[]): Promise<Reply[]> {
    if (this.state.name !== 'open') await this.#opened()
    return Promise.all(commands.map((args) => this.#send(args)))
  }

  /** Sends a command whose answers come as pushes, like SUBSCRIBE in RESP3. */
  send(args: readonly Argument[]): void {
    this.#write(args)
  }

  open(): void {
    if (this.#socket !== undefined) return
    clearTimeout(this.#retry)
    this.#become({ name: 'opening' })
    const socket = new WebSocket(this.#options.url, 'resp')
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    this.#parser = new ReplyParser()
    socket.onopen = () => void this.#greet(socket)
    socket.onmessage = ({ data }) => this.#receive(new Uint8Array(data as ArrayBuffer))
    socket.onclose = ({ reason }) => {
      if (this.#socket === socket) this.#lose(reason === '' ? 'The server can’t be reached.' : reason)
    }
  }

  /** Ends it for good, unless it is opened again. */
  close(): void {
    clearTimeout(this.#retry)
    const socket = this.#socket
    this.#socket = undefined
    // Browsers complain of a socket that is given up before it has opened.
    if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close()
    else socket?.close()
    this.#become({ name: 'closed' })
    this.#fail(new ConnectionLost('The connection was closed.'))
  }

  /** Begins anew: after a login, for another database. */
  reopen(): void {
    this.close()
    this.#retryMs = retryMsMin
    this.open()
  }

  #opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#openers.push({ resolve, reject })
      if (this.state.name === 'closed') this.open()
    })
  }

  #send(args: readonly Argument[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#socket?.readyState !== WebSocket.OPEN) return reject(new ConnectionLost('Not connected.'))
      this.#waiting.push({ resolve, reject })
      this.#write(args)
    })
  }

  #write(args: readonly Argument[]): void {
    this.#socket?.send(encodeRequest(args.map((arg) => String(arg) as Bytes)))
  }

  async #greet(socket: WebSocket): Promise<void> {
    const { protocol, name, database, greeting } = this.#options
    const credentials = this.#options.credentials()
    const auth = credentials === undefined ? [] : ['AUTH', fromText(credentials.user), fromText(credentials.password)]
    try {
      const hello = await this.#send(['HELLO', protocol, ...auth, 'SETNAME', name])
      if (this.#socket !== socket) return
      if (hello.kind === 'error') return this.#refused(hello.bytes)
      const commands = [...(database() === 0 ? [] : [['SELECT', database()]]), ...(greeting?.() ?? [])]
      const replies = await Promise.all(commands.map((args) => this.#send(args)))
      if (this.#socket !== socket) return
      const refusal = replies.find((reply) => reply.kind === 'error')
      if (refusal?.kind === 'error') return this.#lose(refusal.bytes)
    } catch {
      // The socket closed meanwhile, and `onclose` deals with that.
      return
    }
    this.#retryMs = retryMsMin
    this.#become({ name: 'open' })
    for (const opener of this.#openers.splice(0)) opener.resolve()
    for (const listener of [...this.#openListeners]) listener()
  }

  #refused(message: string): void {
    if (!/^(NOAUTH|WRONGPASS)\b/.test(message)) return this.#lose(message)
    const socket = this.#socket
    this.#socket = undefined
    socket?.close()
    this.#become({ name: 'login', message: this.#options.credentials() === undefined ? '' : message })
  }

  #receive(piece: Uint8Array): void {
    for (const reply of this.#parser.take(piece)) {
      const waiting = reply.kind === 'push' ? undefined : this.#waiting.shift()
      if (waiting === undefined) this.#options.onPush?.(reply)
      else waiting.resolve(reply)
    }
  }

  #lose(message: string): void {
    const socket = this.#socket
    this.#socket = undefined
    socket?.close()
    this.#fail(new ConnectionLost('The connection was lost.'))
    const retryMs = this.#retryMs
    this.#retryMs = Math.min(retryMs * 2, retryMsMax)
    this.#retry = setTimeout(() => this.open(), retryMs)
    this.#become({ name: 'lost', message, retryMs })
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
    for (const { reject } of this.#openers.splice(0)) reject(error)
  }

  #become(state: ConnectionState): void {
    this.state = state
    this.#options.onState?.(state)
  }
}

/** The reply, unless it is an error: that is thrown. */
export function unlessError(reply: Reply): Reply {
  if (reply.kind === 'error') throw new ErrorReply(reply.bytes)
  return reply
}
