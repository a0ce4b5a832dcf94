/** `maxmemory-clients`: when all clients together take more than they may, the largest are closed until the rest does not
 *  (Redis 7.0, `networking.c: evictClients`). CLIENT NO-EVICT spares a client; it counts all the same.
 *
 *  A client is counted anew at the end of a turn in which it did something or was sent something, so a sum is at hand. It
 *  may be too high, because clients read what they were sent without the broker's help: only where it reaches the limit all
 *  are looked at, and then some go if it was right. Without a limit nobody is counted. */
import type { Broker } from './broker.ts'
import { clientBytes } from './client-memory.ts'
import { clientLine } from './clients-line.ts'
import type { Settings } from './config/settings.ts'
import { logLevel } from './host.ts'
import type { Session } from './session.ts'

/** A lower limit would keep everybody out, so it counts as this (Redis 7.0). */
const limitBytesMin = 128 * 1024

export class ClientEviction {
  readonly #broker: Broker
  /** Infinity for none. */
  #limitBytes = Number.POSITIVE_INFINITY
  /** What each was last counted for; empty without a limit. */
  readonly #bytes = new Map<Session, number>()
  #totalBytes = 0
  readonly #touched = new Set<Session>()
  /** Nobody was left to close when it was too much: that is said once. */
  #isHelpless = false
  evictedCount = 0

  constructor(broker: Broker) {
    this.#broker = broker
    const follow = (settings: Settings): void => this.#follow(limitBytes(settings))
    follow(broker.config.settings)
    broker.config.onChange(['maxmemory-clients', 'maxmemory'], follow)
  }

  /** The session did something. */
  note(session: Session): void {
    if (this.#isOn) this.#touched.add(session)
  }

  /** Something is sent to them. */
  noteAll(sessions: readonly Session[]): void {
    if (this.#isOn) for (const session of sessions) this.#touched.add(session)
  }

  /** The turn's answers are on their way: closes clients if there is too much. */
  endTurn(): void {
    if (!this.#isOn) return
    for (const session of this.#touched) if (!session.isClosed) this.#count(session)
    this.#touched.clear()
    if (this.#totalBytes >= this.#limitBytes) this.#evict()
  }

  forget(session: Session): void {
    this.#totalBytes -= this.#bytes.get(session) ?? 0
    this.#bytes.delete(session)
    this.#touched.delete(session)
  }

  get #isOn(): boolean {
    return this.#limitBytes !== Number.POSITIVE_INFINITY
  }

  #follow(limitBytes: number): void {
    this.#limitBytes = limitBytes
    this.#bytes.clear()
    this.#touched.clear()
    this.#totalBytes = 0
    if (this.#isOn) this.#countAll()
  }

  #count(session: Session): void {
    const bytes = clientBytes(session)
    this.#totalBytes += bytes - (this.#bytes.get(session) ?? 0)
    this.#bytes.set(session, bytes)
  }

  #countAll(): void {
    for (const session of this.#broker.sessions.values()) this.#count(session)
  }

  #evict(): void {
    this.#countAll()
    const { administration, clients, keyspace } = this.#broker
    const candidates = [...this.#bytes].sort(([, one], [, other]) => other - one).map(([session]) => session)
    for (const session of candidates) {
      if (this.#totalBytes < this.#limitBytes) break
      if (session.isEvictionExempt) continue
      administration.host.log(logLevel.notice, `Evicting client: ${clientLine(session, keyspace.nowMs)}`)
      clients.kill(session)
      this.evictedCount++
    }
    const isHelpless = this.#totalBytes >= this.#limitBytes
    if (isHelpless && !this.#isHelpless) {
      administration.host.log(logLevel.warning, 'Over client maxmemory after evicting all evictable clients')
    }
    this.#isHelpless = isHelpless
  }
}

/** The limit, in bytes; a percentage is one of `maxmemory`. Infinity for none. */
function limitBytes({ clientBytesMax, dataBytesMax }: Settings): number {
  const bytes = 'percent' in clientBytesMax ? (dataBytesMax * clientBytesMax.percent) / 100 : clientBytesMax.bytes
  return bytes === 0 ? Number.POSITIVE_INFINITY : Math.max(Math.floor(bytes), limitBytesMin)
}
