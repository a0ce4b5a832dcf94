/** What a client carries over from one connection to the next: its calls, its subscriptions, and who it is.
 *
 *  A new connection is greeted first (authenticated, its database chosen); then everything that is subscribed to is placed again,
 *  and the calls that waited are sent. When a connection breaks, the calls that it was sent are rejected: nobody knows
 *  whether they ran. */
import type { Auth, Fault, Json, RpcError } from '../../protocol/websocket/messages.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { CommandRefused, ConnectionLost, TooMuchWaits } from './errors.ts'
import type { Placeable, Subscriptions } from './subscription.ts'

export interface SessionOptions extends ConnectionOptions {
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly token?: string | (() => string | Promise<string>) | undefined
  readonly db?: number | undefined
  readonly callsMax: number
  readonly onPush?: ((push: readonly Json[]) => void) | undefined
}

export type ConnectionState =
  /** Nothing has been asked for yet. */
  | { readonly name: 'idle' }
  | { readonly name: 'connecting' }
  | { readonly name: 'open' }
  | { readonly name: 'waiting'; readonly retryInMs: number; readonly reason: ConnectionLost }
  /** For good, because the user said so or the server would not have it. */
  | { readonly name: 'closed'; readonly reason: Error }

interface Call {
  readonly method: string
  readonly params: object
  settle(error: Error | undefined, result?: Json): void
}

/** What the server sends: a notification, or the answer to a call. */
interface Message {
  readonly method?: string
  readonly params: { readonly subscription: string; readonly push: readonly Json[]; readonly error: Fault }
  readonly id: number
  readonly result?: Json
  readonly error?: RpcError
}

/** A broker that is reading its log refuses everything, for a while. */
const loadingCode = 'LOADING'

export class Session implements Subscriptions {
  readonly #options: SessionOptions
  readonly #connection: Connection
  #state: ConnectionState = { name: 'idle' }
  readonly #listeners = new Set<(state: ConnectionState) => void>()
  #nextId = 1
  /** Sent and not answered, by id. */
  readonly #sent = new Map<number, Call>()
  readonly #unsent = new Set<Call>()
  /** All that have not ended. */
  readonly #subscriptions = new Set<Placeable>()
  /** Those that the server was asked for and has not answered. */
  readonly #placing = new Set<Placeable>()
  /** Those that it knows, by the names it gave them. */
  readonly #placed = new Map<string, Placeable>()

  constructor(options: SessionOptions) {
    this.#options = options
    this.#connection = new Connection(options, {
      opening: () => this.#become({ name: 'connecting' }),
      opened: () => void this.#greet(),
      received: (text) => this.#receive(JSON.parse(text)),
      silent: () => this.#send({ method: 'alive', params: {}, settle() {} }),
      lost: (reason, retryInMs) => this.#lost(reason, retryInMs),
    })
  }

  get state(): ConnectionState {
    return this.#state
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  request<T>(method: string, params: object, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      if (this.#state.name === 'closed') return reject(this.#state.reason)
      const { callsMax } = this.#options
      if (this.#sent.size + this.#unsent.size >= callsMax) {
        return reject(new TooMuchWaits(`${callsMax} calls wait for their answers`))
      }
      const abort = (): void => {
        this.#unsent.delete(call)
        reject(signal?.reason)
      }
      const settle: Call['settle'] = (error, result) => {
        signal?.removeEventListener('abort', abort)
        if (error === undefined) resolve(result as T)
        else reject(error)
      }
      const call: Call = { method, params, settle }
      signal?.addEventListener('abort', abort)
      if (this.#state.name === 'open') return this.#send(call)
      this.#unsent.add(call)
      this.#start()
    })
  }

  /** Tells the server what needs no answer, if it is there. */
  notify(method: string, params: object): void {
    this.#connection.send(JSON.stringify({ jsonrpc: '2.0', method, params }))
  }

  /** Places the subscription on this connection and on all that follow. */
  add(subscription: Placeable): void {
    if (this.#state.name === 'closed') return subscription.end(this.#state.reason)
    this.#subscriptions.add(subscription)
    this.#placeAll()
    this.#start()
  }

  /** Its consumer has left, or it has ended. */
  remove(subscription: Placeable): void {
    this.#subscriptions.delete(subscription)
    const { name } = subscription
    if (name === undefined || !this.#placed.delete(name)) return
    this.notify('unsubscribe', { subscription: name })
  }

  /** For good. Calls are rejected with `reason`; subscriptions end with it where `isFault`, otherwise as if all had been said. */
  close(reason: Error, isFault: boolean): void {
    if (this.#state.name === 'closed') return
    this.#connection.close()
    this.#become({ name: 'closed', reason })
    for (const call of [...this.#sent.values(), ...this.#unsent]) call.settle(reason)
    this.#sent.clear()
    this.#unsent.clear()
    for (const subscription of [...this.#subscriptions]) subscription.end(isFault ? reason : undefined)
  }

  #start(): void {
    if (this.#state.name === 'idle') this.#connection.open()
  }

  #become(state: ConnectionState): void {
    this.#state = state
    for (const listener of [...this.#listeners]) listener(state)
  }

  /** Says who it is. A refusal is final; what else goes wrong may go better on the next connection. */
  async #greet(): Promise<void> {
    const isCurrent = this.#connection.watch()
    try {
      const auth = await this.#credentials()
      if (auth !== undefined && isCurrent()) await this.#ask('auth', auth)
      if (this.#options.db !== undefined && isCurrent()) await this.#ask('SELECT', [this.#options.db])
      if (isCurrent()) this.#greeted()
    } catch (error) {
      if (!isCurrent()) return
      if (error instanceof CommandRefused && error.code !== loadingCode) this.close(error, true)
      else this.#connection.drop(`could not say who it is: ${error}`)
    }
  }

  async #credentials(): Promise<Auth | undefined> {
    const { user, password, token } = this.#options
    if (token !== undefined) return { token: typeof token === 'function' ? await token() : token }
    return password === undefined ? undefined : { password, ...(user !== undefined && { user }) }
  }

  #ask(method: string, params: object): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#send({ method, params, settle: (error) => (error === undefined ? resolve() : reject(error)) })
    })
  }

  #greeted(): void {
    this.#become({ name: 'open' })
    this.#placeAll()
    const calls = [...this.#unsent]
    this.#unsent.clear()
    for (const call of calls) this.#send(call)
  }

  #send(call: Call): void {
    const { method, params } = call
    const id = this.#nextId++
    this.#sent.set(id, call)
    this.#connection.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
  }

  /** Asks for those that the server does not know. Where one has ended before the server answered, all wait for that answer: they
   *  may be for the same. */
  #placeAll(): void {
    if (this.#state.name !== 'open') return
    for (const each of this.#placing) if (!this.#subscriptions.has(each)) return
    for (const each of this.#subscriptions) {
      if (each.name === undefined && !this.#placing.has(each)) this.#place(each)
    }
  }

  #place(subscription: Placeable): void {
    this.#placing.add(subscription)
    const settle: Call['settle'] = (error, result) => {
      this.#placing.delete(subscription)
      if (error === undefined) this.#know(subscription, result as { subscription: string })
      else if (error instanceof CommandRefused && error.code === loadingCode) this.#connection.drop(error.message)
      else if (!(error instanceof ConnectionLost || this.#state.name === 'closed')) subscription.end(error)
      this.#placeAll()
    }
    this.#send({ method: subscription.method, params: subscription.params(), settle })
  }

  /** The server has taken a subscription, which may have ended meanwhile. */
  #know(subscription: Placeable, result: { readonly subscription: string }): void {
    const { subscription: name } = result
    if (!this.#subscriptions.has(subscription)) return this.notify('unsubscribe', { subscription: name })
    this.#placed.set(name, subscription)
    subscription.placed(name, result)
  }

  #receive(message: Message): void {
    const { method, params, id, result, error } = message
    if (method === undefined) {
      const call = this.#sent.get(id)
      this.#sent.delete(id)
      call?.settle(error && new CommandRefused(error.data?.code ?? 'INVALID', error.message), result)
    } else if (method === 'push') {
      this.#options.onPush?.(params.push)
    } else if (method === 'subscription.closed') {
      const { code, message } = params.error
      const subscription = this.#placed.get(params.subscription)
      this.#placed.delete(params.subscription)
      subscription?.end(new CommandRefused(code, message))
    } else this.#placed.get(params.subscription)?.notified(method, params)
  }

  #lost(reason: ConnectionLost, retryInMs: number): void {
    this.#become({ name: 'waiting', retryInMs, reason })
    for (const each of this.#subscriptions) each.displaced()
    this.#placed.clear()
    const calls = [...this.#sent.values()]
    this.#sent.clear()
    for (const call of calls) call.settle(reason)
  }
}
