/** What keeps clients from harming the server: how many may connect and from where, how long they may be silent, and
 *  how much may wait for them. */
import type { Clients } from './clients.ts'
import { connectionRefusal, isIdleTooLong } from './clients-admission.ts'
import type { Settings } from './config/settings.ts'
import { OutputLimits } from './output-limits.ts'
import { type Session, special } from './session.ts'

/** How often idle clients are looked for, where there is a `timeout`. */
const idleSweepMs = 1000

export class ClientLimits {
  readonly #settings: Settings
  readonly #sessions: ReadonlyMap<number, Session>
  readonly #clients: Clients
  readonly #output: OutputLimits
  #idleSweepAtMs = 0

  /** `sessions` are those that are connected. */
  constructor(settings: Settings, sessions: ReadonlyMap<number, Session>, clients: Clients) {
    this.#settings = settings
    this.#sessions = sessions
    this.#clients = clients
    this.#output = new OutputLimits(settings, (session) => clients.cut(session, 'client-output-buffer-limit'))
  }

  /** Whether a new session may stay. If not it has been told why and its connection is closing. */
  admits(session: Session): boolean {
    const { journal, needsPassword } = this.#clients
    const refusal = connectionRefusal(session, this.#sessions.size, this.#settings, needsPassword)
    if (refusal === undefined) {
      journal.accepted(session)
      return true
    }
    journal.refused(session, refusal)
    session.isClosed = true
    session.set(special.closing, true)
    session.connection.write(Buffer.from(refusal))
    session.connection.end()
    return false
  }

  /** Something waits for the session, on its connection or for the log: closes it if that is too much. */
  checkOutput(session: Session, nowMs: number): void {
    this.#output.check(session, nowMs)
  }

  forget(session: Session): void {
    this.#output.forget(session)
  }

  /** When `tick` has something to do next. */
  get nextDueAtMs(): number {
    const idleAtMs = this.#settings.idleTimeoutSeconds > 0 ? this.#idleSweepAtMs : Number.POSITIVE_INFINITY
    return Math.min(idleAtMs, this.#output.nextDueAtMs)
  }

  tick(nowMs: number): void {
    this.#output.checkSoft(nowMs)
    if (this.#settings.idleTimeoutSeconds === 0 || this.#idleSweepAtMs > nowMs) return
    this.#idleSweepAtMs = nowMs + idleSweepMs
    for (const session of [...this.#sessions.values()]) {
      if (isIdleTooLong(session, this.#settings, nowMs)) this.#clients.cut(session, 'timeout')
    }
  }
}
