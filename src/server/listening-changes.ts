/** CONFIG SET of `port`, `tls-port` and `bind`. New addresses can only be tried asynchronously, so the client waits: first they are
 *  opened, then the directives are set, then the old ones are closed. When anything fails the old ones stay. */
import type { Call } from '../commands/call.ts'
import type { Broker } from './broker.ts'
import { type ChangeContext, changeRefusal } from './config/config.ts'
import type { Relisten } from './host.ts'
import { park } from './parking.ts'

/** What Redis says when the new addresses can't be listened on, by directive. */
const failures: Readonly<Record<string, string>> = {
  port: 'Unable to listen on this port. Check server logs.',
  'tls-port': 'Unable to listen on this port. Check server logs.',
  bind: 'Failed to bind to specified addresses.',
}

const tlsFailure = 'Unable to update TLS configuration. Check server logs.'

const inTransaction = "can't be changed while the data is being read, nor inside a transaction"

export class ListeningChanges {
  readonly #broker: Broker
  readonly #relisten: Relisten | undefined
  /** One change after the other. */
  #last: Promise<void> = Promise.resolve()

  /** Without `relisten` nothing listens that could move. */
  constructor(broker: Broker, relisten: Relisten | undefined) {
    this.#broker = broker
    this.#relisten = relisten
  }

  /** Whether the words of a CONFIG SET move where the server listens. If so the call is taken care of: it waits for its
   *  answer, or is refused by the text that is returned. */
  take(words: readonly string[], context: ChangeContext, call: Call): boolean | string {
    if (this.#relisten === undefined) return false
    const name = this.#movedBy(words, context)
    if (name === undefined) return false
    if (!call.mayBlock) return changeRefusal(name, inTransaction)
    const answer = park(this.#broker, call)
    this.#last = this.#last.then(async () => {
      const refusal = await this.#set(words, context)
      answer((reply) => (refusal === undefined ? reply.ok() : reply.error(refusal)))
    })
    return true
  }

  /** The first directive of the words that would move it. */
  #movedBy(words: readonly string[], context: ChangeContext): string | undefined {
    if (!words.some((word) => failures[word.toLowerCase()] !== undefined)) return undefined
    const preview = this.#broker.config.preview(words, context)
    return 'refusal' in preview ? undefined : preview.changed.find((name) => failures[name] !== undefined)
  }

  async #set(words: readonly string[], context: ChangeContext): Promise<string | undefined> {
    const { config } = this.#broker
    // Looked at anew: another client's change may have come first.
    const name = this.#movedBy(words, context)
    const preview = config.preview(words, context)
    if (name === undefined || 'refusal' in preview) return config.set(words, context)
    const move = await this.#relisten!(preview.settings)
    if (typeof move === 'string') return changeRefusal(name, move === 'tls' ? tlsFailure : failures[name]!)
    const refusal = config.set(words, context)
    if (refusal === undefined) move.commit()
    else await move.abandon()
    return refusal
  }
}
