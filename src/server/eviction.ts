/** `maxmemory`: what becomes of keys when they would take more than they may (Redis 7.0, `evict.c`).
 *
 *  Before each command room is made by deleting keys, the ones that the policy likes least among those that it draws. One
 *  turn spends only so long on it (`maxmemory-eviction-tenacity`), commands run meanwhile, and later turns go on. Where no
 *  key may go, commands that would take memory are refused.
 *
 *  What counts is what keys and values take, not the process: it falls at once when keys go. Replay evicts nothing, because
 *  the log says what went. */
import type { Database } from '../keyspace/database.ts'
import { evictKey } from '../keyspace/departures.ts'
import type { Broker } from './broker.ts'
import type { Settings } from './config/settings.ts'
import { EvictionPool } from './eviction-pool.ts'
import { serverFlag } from './server-state.ts'

/** Keys that go before the clock is looked at again. */
const keysPerLook = 16

/** How a policy scores a key: the higher, the sooner it goes. Policies that go by chance have no score. */
type Score = (db: Database, entry: number, nowMs: number) => number

const scores: Record<'lru' | 'lfu' | 'ttl', Score> = {
  lru: (db, entry, nowMs) => db.accesses.idleS(entry, nowMs),
  lfu: (db, entry, nowMs) => 255 - db.accesses.frequency(entry, nowMs),
  ttl: (db, entry) => -db.expiresAtMs(entry),
}

export class Eviction {
  readonly #broker: Broker
  readonly #settings: Settings
  readonly #draw: () => number
  readonly #pool = new EvictionPool()
  #score: Score | undefined
  #isVolatile = false
  /** The database from which chance takes the next key. */
  #nextDb = 0
  /** Room is still to be made, by this turn or a later one. */
  #isUnderWay = false
  /** Since when there is too much, Infinity when there is not. */
  #exceededSinceUs = Number.POSITIVE_INFINITY
  #exceededUs = 0

  constructor(broker: Broker, draw: () => number) {
    this.#broker = broker
    this.#settings = broker.config.settings
    this.#draw = draw
    broker.keyspace.accessRules.draw = draw
    broker.state.makeRoom = () => this.#makeRoom()
    const follow = (): void => this.#follow()
    follow()
    broker.config.onChange(
      ['maxmemory', 'maxmemory-policy', 'lfu-log-factor', 'lfu-decay-time', 'maxmemory-eviction-tenacity'],
      follow,
    )
  }

  /** When there is something to do though no command comes: at once or never. */
  get dueAtMs(): number {
    return this.#isUnderWay ? 0 : Number.POSITIVE_INFINITY
  }

  /** For how long there has been too much in all, and now. */
  get exceededTotalMs(): number {
    return Math.floor((this.#exceededUs + this.#exceedingUs) / 1000)
  }

  get exceededMs(): number {
    return Math.floor(this.#exceedingUs / 1000)
  }

  get #exceedingUs(): number {
    const sinceUs = this.#exceededSinceUs
    return sinceUs === Number.POSITIVE_INFINITY ? 0 : this.#broker.state.clockUs() - sinceUs
  }

  resetStatistics(): void {
    this.#exceededUs = 0
    this.#exceededSinceUs = Number.POSITIVE_INFINITY
  }

  /** Goes on making room. */
  continue(): void {
    if (this.#isUnderWay) this.#makeRoom()
  }

  #follow(): void {
    const { accessRules } = this.#broker.keyspace
    const { dataBytesMax, evictionPolicy, frequencyDecayMinutes, frequencyLogFactor } = this.#settings
    const [keys, order] = evictionPolicy.split('-') as [string, keyof typeof scores | 'random' | undefined]
    this.#isVolatile = keys === 'volatile'
    this.#score = order === undefined || order === 'random' ? undefined : scores[order]
    this.#pool.clear()
    accessRules.countsUses = order === 'lfu'
    accessRules.sharesIntegers = dataBytesMax === 0 || (order !== 'lru' && order !== 'lfu')
    accessRules.logFactor = frequencyLogFactor
    accessRules.decayMinutes = frequencyDecayMinutes
    this.#broker.state.set(serverFlag.limited, dataBytesMax > 0)
    this.#broker.state.isOutOfMemory = false
    // What is too much by now goes without waiting for a command.
    this.#isUnderWay = dataBytesMax > 0
    if (dataBytesMax === 0) this.#noteExceeded(false)
  }

  /** Whether a command that takes memory may run. */
  #makeRoom(): boolean {
    const { state, pause } = this.#broker
    if (state.has(serverFlag.loading) || pause.isActive) return true
    this.#isUnderWay = false
    const isDone = !this.#isExceeded || this.#evict()
    this.#noteExceeded(!isDone || this.#isUnderWay)
    state.isOutOfMemory = !isDone
    return isDone
  }

  get #isExceeded(): boolean {
    const { keyspace } = this.#broker
    return keyspace.dataBytes + keyspace.emptyBytes > this.#settings.dataBytesMax
  }

  /** Deletes keys until there is room or the turn's time is up; false when no more keys may go. */
  #evict(): boolean {
    if (this.#settings.evictionPolicy === 'noeviction') return false
    const { administration, state } = this.#broker
    const startedUs = state.clockUs()
    const limitUs = turnUs(this.#settings.evictionTenacity)
    let isDone = true
    for (let count = 1; ; count++) {
      const victim = this.#score === undefined ? this.#drawVictim() : this.#bestVictim(this.#score)
      if (victim === undefined) {
        isDone = false
        break
      }
      evictKey(victim.db, victim.entry)
      if (!this.#isExceeded) break
      if (count % keysPerLook !== 0 || state.clockUs() - startedUs <= limitUs) continue
      this.#isUnderWay = true
      break
    }
    administration.latency.note('eviction-cycle', (state.clockUs() - startedUs) / 1000)
    return isDone
  }

  #bestVictim(score: Score): { db: Database; entry: number } | undefined {
    const { databases, nowMs } = this.#broker.keyspace
    const scoreNow = (db: Database, entry: number): number | undefined =>
      this.#isVolatile && db.expiresAtMs(entry) < 0 ? undefined : score(db, entry, nowMs)
    while (true) {
      let drawn = 0
      for (const db of databases) {
        const samples = Math.min(this.#settings.evictionSamples, this.#isVolatile ? db.expiringCount : db.size)
        for (let i = 0; i < samples; i++, drawn++) {
          const entry = this.#random(db)
          this.#pool.offer(db, entry, score(db, entry, nowMs))
        }
      }
      if (drawn === 0) return undefined
      const victim = this.#pool.take(scoreNow)
      if (victim !== undefined) return victim
    }
  }

  /** Some key of the databases in turn. */
  #drawVictim(): { db: Database; entry: number } | undefined {
    const { databases } = this.#broker.keyspace
    for (let i = 0; i < databases.length; i++) {
      const db = databases[this.#nextDb++ % databases.length]!
      const entry = this.#random(db)
      if (entry >= 0) return { db, entry }
    }
    return undefined
  }

  #random(db: Database): number {
    return this.#isVolatile ? db.randomExpiring(this.#draw) : db.random(this.#draw)
  }

  #noteExceeded(isExceeded: boolean): void {
    const wasExceeded = this.#exceededSinceUs !== Number.POSITIVE_INFINITY
    if (isExceeded === wasExceeded) return
    this.#exceededUs += this.#exceedingUs
    this.#exceededSinceUs = isExceeded ? this.#broker.state.clockUs() : Number.POSITIVE_INFINITY
  }
}

/** How long a turn may make room, in microseconds: up to half a millisecond at the usual tenacity of 10, then ever longer,
 *  without end at 100. */
function turnUs(tenacity: number): number {
  if (tenacity <= 10) return 50 * tenacity
  return tenacity < 100 ? Math.floor(500 * 1.15 ** (tenacity - 10)) : Number.POSITIVE_INFINITY
}
