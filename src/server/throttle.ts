/** Reads less from clients while the log can't keep up: with `everysec` and `no` nobody waits for it, and what it has
 *  not written lies in memory. Above `pendingBytesHigh` no connection is read, below half of it all are again.
 *
 *  A log that can't be written at all is no reason: writes are refused then, so what waits does not grow, and who only
 *  reads is served. */
import type { Log } from '../log/log.ts'
import { pendingBytesHigh } from '../log/log-limits.ts'
import { type ServerState, serverFlag } from './server-state.ts'
import type { Session } from './session.ts'

export class Throttle {
  readonly #log: () => Log
  readonly #sessions: ReadonlyMap<number, Session>
  readonly #state: ServerState
  #isClosed = false

  constructor(log: () => Log, sessions: ReadonlyMap<number, Session>, state: ServerState) {
    this.#log = log
    this.#sessions = sessions
    this.#state = state
  }

  /** Whether clients are not read at the moment. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Called when a record was appended, when records were committed, and when the log begins or ceases to refuse them. */
  check(): void {
    const { pendingBytes } = this.#log()
    const isRefusing = this.#state.has(serverFlag.refusing)
    if (!this.#isClosed && pendingBytes > pendingBytesHigh && !isRefusing) {
      this.#isClosed = true
      for (const session of this.#sessions.values()) session.connection.pause()
    } else if (this.#isClosed && (isRefusing || pendingBytes < pendingBytesHigh / 2)) {
      this.#isClosed = false
      for (const session of this.#sessions.values()) session.connection.resume()
    }
  }

  /** A connection that comes while nobody is read is not read either. */
  admit(session: Session): void {
    if (this.#isClosed) session.connection.pause()
  }
}
