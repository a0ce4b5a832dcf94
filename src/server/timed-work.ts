/** What the broker does because time has passed, though nobody sent anything: keys expire, waits and pauses end, idle
 *  clients go, room is made. The rim asks when the next is due and calls `run` then. */
import type { Broker } from './broker.ts'
import type { ClientLimits } from './clients-limits.ts'
import { serverFlag } from './server-state.ts'

/** Keys the sweep looks at in one go, so that a million keys that expire together stop nobody for long. */
const expiriesMax = 2000

export class TimedWork {
  readonly #broker: Broker
  readonly #clientLimits: ClientLimits

  constructor(broker: Broker, clientLimits: ClientLimits) {
    this.#broker = broker
    this.#clientLimits = clientLimits
  }

  /** When `run` has something to do next. */
  get dueAtMs(): number {
    const { eviction, keyspace, pause, state, waiters } = this.#broker
    if (state.has(serverFlag.loading)) return Number.POSITIVE_INFINITY
    let atMs = Math.min(waiters.nextDueAtMs(pause.isActive), pause.endsAtMs, this.#clientLimits.nextDueAtMs)
    if (!pause.isActive) atMs = Math.min(atMs, eviction.dueAtMs)
    if (!this.#sweepsExpired) return atMs
    for (const db of keyspace.databases) atMs = Math.min(atMs, db.nextExpiryAtMs)
    return atMs
  }

  /** Does what is due; a turn is under way. */
  run(nowMs: number): void {
    const { dispatcher, eviction, outbox, pause, waiters } = this.#broker
    if (pause.endsAtMs <= nowMs) pause.end()
    if (this.#sweepsExpired) this.#expireDue(nowMs)
    eviction.continue()
    if (!pause.isActive) dispatcher.serveDue(nowMs)
    for (let due = waiters.nextDue(nowMs); due !== undefined; due = waiters.nextDue(nowMs)) {
      const { wait } = due
      dispatcher.unblock(due, () => wait.timeOut(outbox.replies))
    }
    if (waiters.hasReady) dispatcher.serveWaiters(undefined)
    this.#clientLimits.tick(nowMs)
  }

  #expireDue(nowMs: number): void {
    const { administration, keyspace, state } = this.#broker
    const startedUs = state.clockUs()
    for (const db of keyspace.databases) db.expireDue(nowMs, expiriesMax)
    const durationMs = (state.clockUs() - startedUs) / 1000
    administration.statistics.expireCycleMs += durationMs
    administration.latency.note('expire-cycle', durationMs)
  }

  get #sweepsExpired(): boolean {
    return this.#broker.state.activeExpiry && !this.#broker.keyspace.expiryFrozen
  }
}
