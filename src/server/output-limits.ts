/** `client-output-buffer-limit`: a client that does not read what it is sent is closed before it fills the memory.
 *
 *  What counts is what waits for it: answers held for the log and bytes its socket has not taken. The outbox asks for a
 *  check whenever something is left waiting; a client over its soft limit is looked at again when its time is up. */
import { typeOf } from './clients.ts'
import type { Settings } from './config/settings.ts'
import { type Session, special } from './session.ts'

/** A client that has not authenticated may leave no more than this unread (Redis 7.0.15). */
const unauthenticatedBytesMax = 1024

export class OutputLimits {
  readonly #settings: Settings
  readonly #cut: (session: Session) => void
  /** Since when sessions have been over their soft limit, in milliseconds since 1970. */
  readonly #overSoft = new Map<Session, number>()

  /** `cut` closes a session at once. */
  constructor(settings: Settings, cut: (session: Session) => void) {
    this.#settings = settings
    this.#cut = cut
  }

  /** When a session that is over its soft limit has to be looked at again. */
  get nextDueAtMs(): number {
    let atMs = Number.POSITIVE_INFINITY
    for (const [session, sinceMs] of this.#overSoft) atMs = Math.min(atMs, this.#softDueAtMs(session, sinceMs))
    return atMs
  }

  /** Closes the session if too much waits for it. */
  check(session: Session, nowMs: number): void {
    if (session.isClosed) return
    const bytes = session.heldBytes + session.connection.pendingBytes
    if (session.has(special.unauthenticated) && bytes > unauthenticatedBytesMax) return this.#cut(session)
    const { hardBytes, softBytes } = this.#settings.outputBufferLimits[typeOf(session)]
    if (hardBytes > 0 && bytes >= hardBytes) return this.#cut(session)
    if (softBytes === 0 || bytes < softBytes) {
      if (this.#overSoft.size > 0) this.#overSoft.delete(session)
      return
    }
    const sinceMs = this.#overSoft.get(session)
    if (sinceMs === undefined) this.#overSoft.set(session, nowMs)
    else if (nowMs >= this.#softDueAtMs(session, sinceMs)) this.#cut(session)
  }

  /** Looks again at those that were over their soft limit. */
  checkSoft(nowMs: number): void {
    for (const session of [...this.#overSoft.keys()]) this.check(session, nowMs)
  }

  forget(session: Session): void {
    this.#overSoft.delete(session)
  }

  #softDueAtMs(session: Session, sinceMs: number): number {
    // Redis counts whole seconds and cuts when more than the limit have gone by.
    return sinceMs + (this.#settings.outputBufferLimits[typeOf(session)].softSeconds + 1) * 1000
  }
}
