/** A client of `millrace.v1` for tests: it calls, and keeps every notification until somebody asks for it. */
import { type ClientOptions, WebSocket } from 'ws'
import { checkServerMessage } from '../../protocol/websocket/messages.ts'

const patienceMs = 10_000

export interface Notification {
  readonly method: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came.
  readonly params: any
}

export interface Failure {
  readonly code: number
  readonly message: string
  readonly data?: { readonly code: string; readonly message: string }
}

/** The server answered with an error. */
export class RpcFailed extends Error {
  readonly error: Failure

  constructor(error: Failure) {
    super(error.message)
    this.error = error
  }
}

export class RpcClient {
  readonly socket: WebSocket
  /** Everything that came, one text a message. */
  readonly texts: string[] = []
  readonly #answers = new Map<unknown, (message: { result?: unknown; error?: Failure }) => void>()
  readonly #notifications: Notification[] = []
  readonly #loose: unknown[] = []
  #wake: () => void = () => {}
  #nextId = 1
  closeCode: number | undefined

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data, isBinary) => this.#take(data as Buffer, isBinary))
    socket.on('close', (code) => {
      this.closeCode = code
      this.#wake()
    })
    socket.on('error', () => {})
  }

  static open(port: number, protocols: string[] = ['millrace.v1'], options: ClientOptions = {}): Promise<RpcClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, protocols, options)
    const client = new RpcClient(socket)
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(client))
      socket.once('unexpected-response', (_request, response) => reject(new Error(`status ${response.statusCode}`)))
      socket.once('error', reject)
    })
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came.
  call(method: string, params?: readonly unknown[] | object): Promise<any> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ result, error }) =>
        error === undefined ? resolve(result) : reject(new RpcFailed(error)),
      )
      this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, ...(params !== undefined && { params }) }))
    })
  }

  /** What the call is refused with. */
  async refusal(method: string, params?: readonly unknown[] | object): Promise<Failure> {
    const answer = await this.call(method, params).catch((error: unknown) => error)
    if (answer instanceof RpcFailed) return answer.error
    throw new Error(`${method} was not refused: ${JSON.stringify(answer)}`)
  }

  /** The next notification of the method. */
  async next(method: string): Promise<Notification['params']> {
    return (await this.#find(this.#notifications, (each) => each.method === method)).params
  }

  /** The ids of the next entries, until there are so many. */
  async ids(count: number, method = 'stream.entries'): Promise<string[]> {
    const ids: string[] = []
    while (ids.length < count) ids.push(...(await this.next(method)).entries.map((entry: { id: string }) => entry.id))
    return ids
  }

  /** Notifications that came and nobody asked for. */
  get waiting(): readonly Notification[] {
    return this.#notifications
  }

  /** The next message that answers no call: an error without an id, a batch. */
  loose(): Promise<unknown> {
    return this.#find(this.#loose, () => true)
  }

  closed(): Promise<number> {
    return this.#until(() => this.closeCode)
  }

  close(): void {
    this.socket.terminate()
  }

  #take(data: Buffer, isBinary: boolean): void {
    if (isBinary) throw new Error('a binary frame')
    const text = data.toString()
    this.texts.push(text)
    const message = JSON.parse(text)
    checkServerMessage(message)
    const answer = this.#answers.get(message.id)
    if (message.method !== undefined) this.#notifications.push(message)
    else if (answer === undefined) this.#loose.push(message)
    else {
      this.#answers.delete(message.id)
      answer(message)
    }
    this.#wake()
  }

  #find<T>(list: T[], wanted: (each: T) => boolean): Promise<T> {
    return this.#until(() => {
      const at = list.findIndex(wanted)
      return at < 0 ? undefined : list.splice(at, 1)[0]
    })
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      const leftMs = deadline - Date.now()
      if (leftMs <= 0) throw new Error('waited in vain')
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs)
        const wakeOthers = this.#wake
        this.#wake = () => {
          clearTimeout(timer)
          wakeOthers()
          resolve()
        }
      })
    }
  }
}
