/** Byte strings that are about to be looked up: ranges of one buffer, and room for what is found. */
export class KeyBatch {
  bytes: Uint8Array = new Uint8Array(0)
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** For whoever looks them up: an entry of each. */
  readonly entries: Int32Array
  count = 0

  constructor(countMax: number) {
    this.starts = new Int32Array(countMax)
    this.ends = new Int32Array(countMax)
    this.entries = new Int32Array(countMax)
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
