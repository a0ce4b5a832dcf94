/** Reads less from clients while the log can't keep up: with `everysec` and `no` nobody waits for it, and what it has
 *  not written lies in memory. Above `pendingBytesHigh` no connection is read, below half of it all are again. */
import type { Log } from '../log/log.ts'
import { pendingBytesHigh } from '../log/log-limits.ts'
import type { Session } from './session.ts'

export class Throttle {
  readonly #log: () => Log
  readonly #sessions: ReadonlyMap<number, Session>
  #isClosed = false

  constructor(log: () => Log, sessions: ReadonlyMap<number, Session>) {
    this.#log = log
    this.#sessions = sessions
  }

  /** Whether clients are not read at the moment. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Called when a record was appended, and when records were committed. */
  check(): void {
    const { pendingBytes } = this.#log()
    if (!this.#isClosed && pendingBytes > pendingBytesHigh) {
      this.#isClosed = true
      for (const session of this.#sessions.values()) session.connection.pause()
    } else if (this.#isClosed && pendingBytes < pendingBytesHigh / 2) {
      this.#isClosed = false
      for (const session of this.#sessions.values()) session.connection.resume()
    }
  }

  /** A connection that comes while nobody is read is not read either. */
  admit(session: Session): void {
    if (this.#isClosed) session.connection.pause()
  }
}
