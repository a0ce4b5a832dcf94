/** Byte strings that are about to be looked up: ranges of one buffer, and room for what is found. */
export class KeyBatch {
  bytes: Uint8Array = new Uint8Array(0)
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** For the map that looks them up: of each its hash, the entry that it probably has or -1, an address. */
  readonly hashes: Int32Array
  readonly entries: Int32Array
  readonly addresses: Uint32Array
  count = 0
  /** Which of them was asked for last. */
  current = 0

  constructor(countMax: number) {
    this.starts = new Int32Array(countMax)
    this.ends = new Int32Array(countMax)
    this.hashes = new Int32Array(countMax)
    this.entries = new Int32Array(countMax)
    this.addresses = new Uint32Array(countMax)
  }

  /** Empties it, for ranges of these bytes. */
  begin(bytes: Uint8Array): void {
    this.bytes = bytes
    this.count = 0
  }

  add(start: number, end: number): void {
    this.starts[this.count] = start
    this.ends[this.count++] = end
  }

  /** The entry that the key which begins there probably has; -1 when it is neither the one that was asked for last nor the
   *  next. Who uses it must look whether it is right: the bytes or the map may be others by now. */
  entryAt(bytes: Uint8Array, start: number): number {
    if (this.bytes !== bytes) return -1
    let i = this.current
    if (this.starts[i] !== start) {
      i++
      if (i >= this.count || this.starts[i] !== start) return -1
      this.current = i
    }
    return i < this.count ? this.entries[i]! : -1
  }

  /** Whether all of them are the same. */
  get isUniform(): boolean {
    const { bytes, starts, ends } = this
    const size = ends[0]! - starts[0]!
    for (let i = 1; i < this.count; i++) {
      if (ends[i]! - starts[i]! !== size) return false
      for (let k = 0; k < size; k++) if (bytes[starts[i]! + k] !== bytes[starts[0]! + k]) return false
    }
    return true
  }
}
