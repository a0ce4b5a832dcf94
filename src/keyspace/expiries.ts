/** When the keys of a database expire: a point in time for each entry, and the entries by that time.
 *
 *  The heap forgets lazily (see `TimerHeap`): a pair counts only while its time is the entry's time still. */
import { TimerHeap } from '../lib/timer-heap.ts'
import { type EntryTable, entryDoubles, expiresAtDouble } from './entry-table.ts'

/** Stale pairs the heap may hold beyond as many as it has current ones, before they are thrown away. */
const stalePairsMax = 1024

/** How often `random` draws again when it met a stale pair, before it throws all of them away. */
const drawsMax = 50

export class Expiries {
  /** Has the time of each entry, in milliseconds since 1970; 0 for keys that never expire. */
  readonly #table: EntryTable
  #heap = new TimerHeap()
  #count = 0

  constructor(table: EntryTable) {
    this.#table = table
  }

  /** How many entries expire. */
  get count(): number {
    return this.#count
  }

  /** When the entry expires, 0 for never. */
  atMs(entry: number): number {
    return this.#table.doubles[entry * entryDoubles + expiresAtDouble]!
  }

  set(entry: number, atMs: number): void {
    const before = this.atMs(entry)
    if (before === atMs) return
    if (before === 0) this.#count++
    this.#table.doubles[entry * entryDoubles + expiresAtDouble] = atMs
    if (this.#heap.size > 2 * this.#count + stalePairsMax) this.#compact()
    this.#heap.push(atMs, entry)
  }

  /** Lets the entry live for ever. */
  clear(entry: number): void {
    if (this.#count === 0 || this.atMs(entry) === 0) return
    this.#table.doubles[entry * entryDoubles + expiresAtDouble] = 0
    this.#count--
  }

  /** When the next entry expires (or a stale pair comes up), Infinity for never. */
  get nextAtMs(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#heap.nextAtMs
  }

  /** Takes the next pair that is due: its entry, -1 when the pair was stale, undefined when nothing is due. */
  takeDue(nowMs: number): number | undefined {
    const heap = this.#heap
    if (heap.size === 0 || heap.nextAtMs > nowMs) return undefined
    const entry = this.atMs(heap.nextValue) === heap.nextAtMs ? heap.nextValue : -1
    heap.pop()
    return entry
  }

  /** Some entry that expires, -1 when there is none. Nearly each is as likely as any other. */
  random(draw: () => number): number {
    if (this.#count === 0) return -1
    for (let i = 0; i < drawsMax; i++) {
      const entry = this.#heap.currentAt(Math.floor(draw() * this.#heap.size), (each) => this.atMs(each))
      if (entry >= 0) return entry
    }
    this.#compact()
    return this.#heap.nextValue
  }

  /** Keeps one pair for each entry that expires. */
  #compact(): void {
    const kept = new Set<number>()
    this.#heap.compact((entry, atMs) => {
      if (this.atMs(entry) !== atMs || kept.has(entry)) return false
      kept.add(entry)
      return true
    })
  }
}
