/** A stream from an entry on: nothing is lost and nothing comes twice, however often the connection breaks. */
import type { Bytes, Entry } from '../../protocol/websocket/messages.ts'
import { encode, type Name } from './bytes.ts'
import { EntriesLost } from './errors.ts'
import { type Source, Subscription, type Subscriptions } from './subscription.ts'

/** Entries behind `from` and before `to` were trimmed; where `to` is null nothing is left. Where `to` is not behind `from` the stream began
 *  anew, and comes from its beginning. */
export interface Gap {
  readonly from: string
  readonly to: string | null
}

export interface StreamOptions {
  /** How many entries may be on their way or wait to be taken. */
  readonly credit?: number
  readonly db?: number
  /** Is told of a gap where it lies between the entries, and may throw. Without it the iteration ends with EntriesLost. What was deleted
   *  by its id is no gap. */
  readonly onGap?: (gap: Gap) => void
  readonly signal?: AbortSignal
}

/** What a subscription tells the server without waiting for an answer. */
export interface Notifier extends Subscriptions {
  notify(method: string, params: object): void
}

const defaultCredit = 256

export class Stream implements AsyncIterable<Entry> {
  readonly #source: StreamSource
  readonly #subscription: Subscription<Entry | Gap, Entry>

  constructor(notifier: Notifier, key: Name, options: StreamOptions) {
    this.#source = new StreamSource(notifier, encode(key), options)
    this.#subscription = new Subscription(notifier, this.#source, options.signal)
  }

  /** Begins behind this entry, `0` for all there are. Without it: with what is added from now on. */
  after(id: string): this {
    this.#source.cursor = id
    return this
  }

  /** Resolves once the server has taken the subscription, rejects when it will not. Iterating does it, too. */
  async open(): Promise<this> {
    await this.#subscription.open()
    return this
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Entry, undefined> {
    return this.#subscription
  }
}

class StreamSource implements Source<Entry | Gap, Entry> {
  readonly method = 'stream.subscribe'
  readonly comesAgain = true
  /** The last entry that was taken. */
  cursor = '$'
  readonly #notifier: Notifier
  readonly #key: Bytes
  readonly #options: StreamOptions
  readonly #credit: number
  /** Whether the server has taken it before. */
  #wasPlaced = false
  /** Entries that were taken and for which no others have been let come. */
  #taken = 0

  constructor(notifier: Notifier, key: Bytes, options: StreamOptions) {
    this.#notifier = notifier
    this.#key = key
    this.#options = options
    this.#credit = options.credit ?? defaultCredit
  }

  params(): object {
    this.#taken = 0
    const resumes = this.#wasPlaced || undefined
    return { key: this.#key, after: this.cursor, resumes, credit: this.#credit, db: this.#options.db }
  }

  placed({ after }: { after: string }): void {
    this.cursor = after
    this.#wasPlaced = true
  }

  read(method: string, params: Gap | { entries: readonly Entry[] }, waiting: (Entry | Gap)[]): void {
    if ('entries' in params) waiting.push(...params.entries)
    else if (method === 'stream.gap') waiting.push(params)
  }

  take(event: Entry | Gap, name: string | undefined): Entry | undefined {
    if (!('id' in event)) {
      if (this.#options.onGap === undefined) throw new EntriesLost(event)
      this.#options.onGap({ from: event.from, to: event.to })
      return undefined
    }
    this.cursor = event.id
    // By halves, so that a message tells of many and the server never waits for one.
    if (++this.#taken >= this.#credit / 2 && name !== undefined) {
      this.#notifier.notify('stream.credit', { subscription: name, credit: this.#taken })
      this.#taken = 0
    }
    return event
  }
}
