/** Points in time with what is due then, soonest first: a binary heap of (time, value) pairs; values are safe integers.
 *
 *  Nothing is ever taken out of the middle. Whoever changes or drops a due time lets the old pair stand and recognises
 *  it as stale when it comes up; `compact` throws stale ones away when they would outnumber the rest. */
export class TimerHeap {
  #times = new Float64Array(16)
  #values = new Float64Array(16)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** When the soonest is due, Infinity when there is none. */
  get nextAtMs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#times[0]!
  }

  /** Value of the soonest; meaningless when empty. */
  get nextValue(): number {
    return this.#values[0]!
  }

  /** The value of some pair by its place, below `size`, or -1 when another time than the pair's is the value's. */
  currentAt(place: number, atMs: (value: number) => number): number {
    const value = this.#values[place]!
    return atMs(value) === this.#times[place] ? value : -1
  }

  push(atMs: number, value: number): void {
    if (this.#size === this.#times.length) this.#reserve(this.#size * 2)
    let i = this.#size++
    while (i > 0) {
      const parent = (i - 1) >>> 1
      if (this.#times[parent]! <= atMs) break
      this.#move(parent, i)
      i = parent
    }
    this.#put(i, atMs, value)
  }

  /** Drops the soonest. */
  pop(): void {
    const last = --this.#size
    if (last <= 0) return
    this.#sink(0, this.#times[last]!, this.#values[last]!)
  }

  /** Keeps only what `isCurrent` says is not stale; it is asked once for each pair, in no order. */
  compact(isCurrent: (value: number, atMs: number) => boolean): void {
    let kept = 0
    for (let i = 0; i < this.#size; i++) if (isCurrent(this.#values[i]!, this.#times[i]!)) this.#move(i, kept++)
    this.#size = kept
    for (let i = (kept >>> 1) - 1; i >= 0; i--) this.#sink(i, this.#times[i]!, this.#values[i]!)
  }

  #sink(from: number, atMs: number, value: number): void {
    let i = from
    while (true) {
      let child = 2 * i + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && this.#times[child + 1]! < this.#times[child]!) child++
      if (this.#times[child]! >= atMs) break
      this.#move(child, i)
      i = child
    }
    this.#put(i, atMs, value)
  }

  #move(source: number, target: number): void {
    this.#put(target, this.#times[source]!, this.#values[source]!)
  }

  #put(i: number, atMs: number, value: number): void {
    this.#times[i] = atMs
    this.#values[i] = value
  }

  #reserve(capacity: number): void {
    const times = new Float64Array(capacity)
    times.set(this.#times)
    this.#times = times
    const values = new Float64Array(capacity)
    values.set(this.#values)
    this.#values = values
  }
}
