/** When the keys of a database expire: a point in time for each entry, and the entries by that time.
 *
 *  The heap forgets lazily (see `TimerHeap`): a pair counts only while its time is the entry's time still. */
import { TimerHeap } from '../lib/timer-heap.ts'

/** Stale pairs the heap may hold beyond as many as it has current ones, before they are thrown away. */
const stalePairsMax = 1024

export class Expiries {
  /** By entry, in milliseconds since 1970; 0 for keys that never expire. */
  #atMs: Float64Array
  #heap = new TimerHeap()
  #count = 0

  constructor(capacity: number) {
    this.#atMs = new Float64Array(capacity)
  }

  /** How many entries expire. */
  get count(): number {
    return this.#count
  }

  /** When the entry expires, 0 for never. */
  atMs(entry: number): number {
    return this.#atMs[entry]!
  }

  set(entry: number, atMs: number): void {
    const before = this.#atMs[entry]!
    if (before === atMs) return
    if (before === 0) this.#count++
    this.#atMs[entry] = atMs
    if (this.#heap.size > 2 * this.#count + stalePairsMax) this.#compact()
    this.#heap.push(atMs, entry)
  }

  /** Lets the entry live for ever. */
  clear(entry: number): void {
    if (this.#atMs[entry] === 0) return
    this.#atMs[entry] = 0
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
    const entry = this.#atMs[heap.nextValue] === heap.nextAtMs ? heap.nextValue : -1
    heap.pop()
    return entry
  }

  /** Makes room for entries below `capacity`. */
  grow(capacity: number): void {
    const grown = new Float64Array(capacity)
    grown.set(this.#atMs)
    this.#atMs = grown
  }

  /** Keeps one pair for each entry that expires. */
  #compact(): void {
    const kept = new Set<number>()
    this.#heap.compact((entry, atMs) => {
      if (this.#atMs[entry] !== atMs || kept.has(entry)) return false
      kept.add(entry)
      return true
    })
  }
}
