/** One subscription as its consumer sees it: an iterator over what came and was not taken, which outlives connections.
 *
 *  It is idle until somebody asks for the first item. From then on it is *placed*, which means that the server knows it by a
 *  name, or waits to be, as connections come and go; until it ends, because the consumer left, the server refused it or
 *  the client was closed. */
import { ClientClosed } from './errors.ts'

/** What is subscribed to: what the server is asked for, and what becomes of what it sends. */
export interface Source<Event extends object, Item extends object> {
  readonly method: string
  /** Whether what was not taken comes again on the next connection, and so is forgotten. */
  readonly comesAgain: boolean
  /** From where the consumer is. */
  params(): object
  /** The server has taken it. May throw what ends the subscription. */
  placed(result: object): void
  /** What a notification brings is put behind what is waiting. May throw what ends the subscription. */
  read(method: string, params: object, waiting: Event[]): void
  /** An event as the consumer gets it; undefined when there is nothing to hand out. May throw what ends the subscription.
   *  `name` is that of the subscription while the server knows it. */
  take(event: Event, name: string | undefined): Item | undefined
}

/** What a subscription needs of its client. */
export interface Subscriptions {
  add(subscription: Placeable): void
  remove(subscription: Placeable): void
}

/** What a client knows of a subscription. */
export interface Placeable {
  /** How the server calls it; undefined while it does not know it. */
  readonly name: string | undefined
  readonly method: string
  params(): object
  placed(name: string, result: object): void
  notified(method: string, params: object): void
  /** The connection is gone. */
  displaced(): void
  /** It ends behind what has come, with an error, or at once without. */
  end(error?: Error): void
}

interface Taker<Item> {
  readonly resolve: (result: IteratorResult<Item, undefined>) => void
  readonly reject: (error: unknown) => void
}

export class Subscription<Event extends object, Item extends object>
  implements AsyncIterableIterator<Item, undefined>, Placeable
{
  readonly #subscriptions: Subscriptions
  readonly #source: Source<Event, Item>
  readonly #signal: AbortSignal | undefined
  readonly #events: Event[] = []
  readonly #takers: Taker<Item>[] = []
  /** Who waits for it to be placed. */
  readonly #openers: { readonly resolve: (name: string) => void; readonly reject: (error: unknown) => void }[] = []
  #isStarted = false
  #name: string | undefined
  #isEnded = false
  /** Told once, behind everything that came. */
  #error: unknown

  constructor(subscriptions: Subscriptions, source: Source<Event, Item>, signal: AbortSignal | undefined) {
    this.#subscriptions = subscriptions
    this.#source = source
    this.#signal = signal
  }

  // For the consumer.

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    return new Promise((resolve, reject) => {
      this.#start()
      this.#takers.push({ resolve, reject })
      this.#serve()
    })
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.#stop()
    return { done: true, value: undefined }
  }

  /** Resolves with its name once it is placed; rejects when it has ended. */
  open(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#start()
      if (this.#isEnded) reject(this.#error ?? new ClientClosed('the subscription has ended'))
      else if (this.#name !== undefined) resolve(this.#name)
      else this.#openers.push({ resolve, reject })
    })
  }

  // For the client.

  get name(): string | undefined {
    return this.#name
  }

  get method(): string {
    return this.#source.method
  }

  params(): object {
    return this.#source.params()
  }

  placed(name: string, result: object): void {
    this.#name = name
    this.#guard(() => this.#source.placed(result))
    for (const { resolve } of this.#openers.splice(0)) resolve(name)
  }

  notified(method: string, params: object): void {
    this.#guard(() => this.#source.read(method, params, this.#events))
  }

  displaced(): void {
    this.#name = undefined
    if (this.#source.comesAgain) this.#events.length = 0
  }

  end(error?: Error): void {
    if (error === undefined) return this.#stop()
    this.#end(error)
    this.#serve()
  }

  #start(): void {
    if (this.#isStarted || this.#isEnded) return
    this.#isStarted = true
    if (this.#signal?.aborted) return this.#abort()
    this.#signal?.addEventListener('abort', this.#abort)
    this.#subscriptions.add(this)
  }

  readonly #abort = (): void => this.#stop(this.#signal?.reason)

  /** Lets the source act. What it throws ends the subscription behind what has come. */
  #guard(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#end(error)
    }
    this.#serve()
  }

  /** Hands out what there is to those who ask. */
  #serve(): void {
    while (this.#takers.length > 0) {
      const event = this.#events.shift()
      if (event === undefined && !this.#isEnded) return
      if (event !== undefined) this.#take(event)
      else this.#finish(this.#takers.shift()!)
    }
  }

  #take(event: Event): void {
    let value: Item | undefined
    try {
      value = this.#source.take(event, this.#name)
    } catch (error) {
      return this.#stop(error)
    }
    if (value !== undefined) this.#takers.shift()?.resolve({ done: false, value })
  }

  #finish({ resolve, reject }: Taker<Item>): void {
    const error = this.#error
    this.#error = undefined
    if (error === undefined) resolve({ done: true, value: undefined })
    else reject(error)
  }

  /** Ends it at once, with this error rather than one that lay further behind. */
  #stop(error?: unknown): void {
    this.#events.length = 0
    this.#end(error)
    this.#error = error
    this.#serve()
  }

  #end(error: unknown): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#error = error
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#subscriptions.remove(this)
    this.#name = undefined
    for (const { reject } of this.#openers.splice(0)) reject(error ?? new ClientClosed('the subscription has ended'))
  }
}
