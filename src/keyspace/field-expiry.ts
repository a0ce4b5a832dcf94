/** Fields of hashes whose time has come: which hashes of a database have any, and how such fields go.
 *
 *  Whoever meets a hash with due fields, a command or the turn's sweep, removes them first, so that nobody else has to
 *  think of them. What went is logged as a fact. */
import { Args } from '../../protocol/resp/args.ts'
import { sliceBytes } from '../lib/bytes.ts'
import { TimerHeap } from '../lib/timer-heap.ts'
import { ByteRange } from '../lib/wire-items.ts'
import type { Database } from './database.ts'
import { Hash } from './hash.ts'
import { notifyClass } from './notify.ts'
import type { StoredObject } from './stored-object.ts'

/** A heap of fewer pairs is not worth tidying. */
const tidyPairsMin = 1024

/** Hashes by when their next field expires. A pair may be stale: then the hash says otherwise, or is gone. */
export class HashTimers {
  /** What the database holds, by entry. */
  readonly #objects: readonly (StoredObject | undefined)[]
  readonly #heap = new TimerHeap()
  #tidyAt = tidyPairsMin
  /** When the next field of all hashes expires (or a stale pair comes up), Infinity for never. */
  nextAtMs = Number.POSITIVE_INFINITY

  constructor(objects: readonly (StoredObject | undefined)[]) {
    this.#objects = objects
  }

  /** The hash at the entry is new there, or its fields got other times. */
  schedule(entry: number, hash: Hash, isNew = false): void {
    const atMs = hash.nextExpiryAtMs
    if (atMs >= (isNew ? Number.POSITIVE_INFINITY : hash.scheduledAtMs)) return
    hash.scheduledAtMs = atMs
    if (this.#heap.size >= this.#tidyAt) this.#tidy()
    this.#heap.push(atMs, entry)
    this.nextAtMs = this.#heap.nextAtMs
  }

  /** Removes due fields of hashes of the database, `countMax` at most; returns how many. */
  expireDue(db: Database, nowMs: number, countMax: number): number {
    let count = 0
    while (this.nextAtMs <= nowMs && count < countMax) {
      const entry = this.#heap.nextValue
      this.#heap.pop()
      this.nextAtMs = this.#heap.nextAtMs
      const hash = this.#objects[entry]
      if (!(hash instanceof Hash)) continue
      count += 1 + expireFields(db, entry, hash, countMax - count)
      hash.scheduledAtMs = Number.POSITIVE_INFINITY
      if (hash.length > 0) this.schedule(entry, hash)
    }
    return count
  }

  #tidy(): void {
    this.#heap.compact((entry, atMs) => {
      const hash = this.#objects[entry]
      return hash instanceof Hash && hash.scheduledAtMs === atMs
    })
    this.#tidyAt = Math.max(tidyPairsMin, 2 * this.#heap.size)
  }
}

const range = new ByteRange()

/** Removes fields whose time has come, `countMax` at most, and the key with the last field. Returns how many. */
export function expireFields(db: Database, entry: number, hash: Hash, countMax = Number.POSITIVE_INFINITY): number {
  const { keyspace } = db
  if (hash.nextExpiryAtMs > keyspace.nowMs || countMax < 1) return 0
  const key = Args.of(db.key(entry))
  const fields: Uint8Array[] = []
  db.beforeChange(entry)
  while (hash.nextExpiryAtMs <= keyspace.nowMs && fields.length < countMax) {
    const place = hash.nextExpiringPlace
    hash.readField(place, range)
    fields.push(sliceBytes(range.bytes, range.start, range.end))
    hash.remove(place)
  }
  keyspace.expiredFields += fields.length
  keyspace.effects.command(db.index, 'HDEL', key.copy(0), ...fields)
  keyspace.notify(db, notifyClass.hash, 'hexpired', key, 0)
  if (hash.length === 0) {
    db.remove(entry)
    keyspace.notify(db, notifyClass.generic, 'del', key, 0)
  }
  keyspace.changed(db, key, 0)
  return fields.length
}
