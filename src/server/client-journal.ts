/** What the program's log is told of connections: with `loglevel verbose` who comes and goes, and at any level whom a limit cuts off. */
import type { Broker } from './broker.ts'
import { logLevel } from './host.ts'
import type { Session } from './session.ts'

/** Directives whose limit ends a connection, and what its client did. */
const limits = {
  'client-output-buffer-limit': { level: logLevel.warning, deed: 'does not read what it is sent' },
  'client-query-buffer-limit': { level: logLevel.warning, deed: 'sends too long a request' },
  timeout: { level: logLevel.verbose, deed: 'has been silent for too long' },
} as const

export type ClientLimit = keyof typeof limits

export class ClientJournal {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  accepted({ connection }: Session): void {
    if (this.#isVerbose) this.#log(logLevel.verbose, `Accepted ${connection.remoteAddress}`)
  }

  /** `answer` is what it was told: an error of RESP. */
  refused({ connection }: Session, answer: string): void {
    const reason = answer.slice(1).split(/[.\r]/, 1)[0]
    if (this.#isVerbose) this.#log(logLevel.verbose, `Refused ${connection.remoteAddress}: ${reason}`)
  }

  /** The connection is closed, by whomever; the session still has all that it had. */
  closed(session: Session): void {
    if (this.#isVerbose) this.#log(logLevel.verbose, `Closed ${this.#describe(session)}`)
  }

  /** The connection is about to be closed because of a limit. */
  limited(session: Session, limit: ClientLimit): void {
    const { level, deed } = limits[limit]
    if (level > logLevel.verbose || this.#isVerbose) {
      this.#log(level, `Closing a client that ${deed} (${limit}): ${this.#describe(session)}`)
    }
  }

  /** A line takes longer to make than to drop. */
  get #isVerbose(): boolean {
    return logLevel[this.#broker.config.settings.logLevel] <= logLevel.verbose
  }

  #describe(session: Session): string {
    return this.#broker.clients.describe(session)
  }

  #log(level: number, text: string): void {
    this.#broker.administration.host.log(level, text)
  }
}
