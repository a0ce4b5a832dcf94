/** The network as a test plays it: WebSockets whose other end is the test. */
import type { WebSocketClass, WebSocketEvent, WebSocketLike } from '../../src/client/client.ts'

export interface Asked {
  readonly id?: number
  readonly method: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was asked.
  readonly params: any
}

/** One socket, from the server's end. */
export class ScriptedSocket implements WebSocketLike {
  readonly url: string
  readonly subprotocols: readonly string[]
  /** What the client has sent and no test has taken. */
  readonly asked: Asked[] = []
  isClosed = false
  readonly #listeners: [type: string, listener: (event: WebSocketEvent) => void][] = []
  #wake: () => void = () => {}

  constructor(url: string, subprotocols: readonly string[]) {
    this.url = url
    this.subprotocols = subprotocols
  }

  send(text: string): void {
    const { jsonrpc, ...asked } = JSON.parse(text)
    if (jsonrpc !== '2.0') throw new Error(`not JSON-RPC: ${text}`)
    this.asked.push(asked)
    this.#wake()
  }

  close(): void {
    this.isClosed = true
  }

  addEventListener(type: string, listener: (event: WebSocketEvent) => void): void {
    this.#listeners.push([type, listener])
  }

  open(): this {
    this.#tell({ type: 'open' })
    return this
  }

  /** The next thing that the client asks or tells. */
  async next(): Promise<Asked> {
    while (this.asked.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.asked.shift()!
  }

  /** Answers the next request, which must be of this method; resolves with its params. */
  async answer(method: string, result: unknown): Promise<Asked['params']> {
    const { id, params } = await this.#nextOf(method)
    this.say({ id, result })
    return params
  }

  async refuse(method: string, code: string, message = `${code} refused`): Promise<void> {
    const { id } = await this.#nextOf(method)
    this.say({ id, error: { code: -32000, message, data: { code, message } } })
  }

  notify(method: string, params: object): void {
    this.say({ method, params })
  }

  say(message: object): void {
    this.#tell({ type: 'message', data: JSON.stringify({ jsonrpc: '2.0', ...message }) })
  }

  break(code = 1006): void {
    this.#tell({ type: 'error' })
    this.#tell({ type: 'close', code, reason: '' })
  }

  async #nextOf(method: string): Promise<Asked> {
    const asked = await this.next()
    if (asked.method !== method) throw new Error(`${asked.method} was asked instead of ${method}`)
    return asked
  }

  #tell(event: WebSocketEvent): void {
    for (const [type, listener] of this.#listeners) if (type === event.type) listener(event)
  }
}

export class ScriptedNetwork {
  /** Sockets that were opened and that no test has taken. */
  readonly sockets: ScriptedSocket[] = []
  #wake: () => void = () => {}

  get WebSocket(): WebSocketClass {
    const { sockets } = this
    const wake = (): void => this.#wake()
    return class extends ScriptedSocket {
      constructor(url: string, subprotocols: string[]) {
        super(url, subprotocols)
        sockets.push(this)
        wake()
      }
    }
  }

  /** The next socket that the client opens. */
  async socket(): Promise<ScriptedSocket> {
    while (this.sockets.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.sockets.shift()!
  }

  /** The same, once it is open. */
  async opened(): Promise<ScriptedSocket> {
    return (await this.socket()).open()
  }
}
