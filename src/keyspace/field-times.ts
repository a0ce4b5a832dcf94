/** When the fields of a hash expire: a point in time for each entry of its table, and the entries by that time.
 *
 *  The heap forgets lazily (see `TimerHeap`): a pair counts only while its time is the entry's time still. */
import { TimerHeap } from '../lib/timer-heap.ts'

/** Stale pairs the heap may hold beyond as many as it has current ones, before they are thrown away. */
const stalePairsMax = 64

export class FieldTimes {
  /** 0 for fields that never expire. */
  #atMs = new Float64Array(16)
  readonly #heap = new TimerHeap()
  #count = 0

  get memoryBytes(): number {
    return this.#atMs.byteLength + this.#heap.size * 12
  }

  /** When the next field expires, Infinity for never. */
  get nextAtMs(): number {
    const heap = this.#heap
    while (heap.size > 0 && this.atMs(heap.nextValue) !== heap.nextAtMs) heap.pop()
    return heap.nextAtMs
  }

  /** The field that expires next; only when there is one. */
  get nextEntry(): number {
    return this.#heap.nextValue
  }

  /** When the entry expires, 0 for never. */
  atMs(entry: number): number {
    return this.#atMs[entry] ?? 0
  }

  set(entry: number, atMs: number): void {
    const before = this.atMs(entry)
    if (before === atMs) return
    if (before === 0) this.#count++
    if (entry >= this.#atMs.length) this.#reserve(entry + 1)
    this.#atMs[entry] = atMs
    if (this.#heap.size > 2 * this.#count + stalePairsMax) this.#compact()
    this.#heap.push(atMs, entry)
  }

  /** Lets the entry live for ever; whether it did not. */
  clear(entry: number): boolean {
    if (this.atMs(entry) === 0) return false
    this.#atMs[entry] = 0
    this.#count--
    return true
  }

  #reserve(size: number): void {
    const larger = new Float64Array(Math.max(size, this.#atMs.length * 2))
    larger.set(this.#atMs)
    this.#atMs = larger
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
