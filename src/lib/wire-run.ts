/** A growing run of bulk strings in wire form: what a collection hands to a checkpoint. */
import { copyBytes, digitCount, writeDecimal } from './bytes.ts'

const firstBytes = 256
/** What a run gets to begin with, at most: one that was huge is followed by ordinary ones. */
const likelyBytesMax = 128 * 1024
const noBytes = new Uint8Array(0)
const frameBytesMax = 24
const dollar = 36

export class WireRun {
  #bytes = noBytes
  #size = 0
  /** What the run is likely to need: a little more than the one before. Where each began small, the arrays that it outgrew were three times
   *  what it had in the end. */
  #likelyBytes = firstBytes

  get size(): number {
    return this.#size
  }

  /** What was appended, in `[0, size)`: good until more is. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  clear(): void {
    this.#size = 0
  }

  /** Appends the range as a bulk string. */
  bulk(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start + frameBytesMax)
    const bytes = this.#bytes
    let at = this.#size
    bytes[at++] = dollar
    at = writeDecimal(end - start, bytes, at)
    bytes[at++] = 13
    bytes[at++] = 10
    at = copyBytes(source, start, end, bytes, at)
    bytes[at++] = 13
    bytes[at++] = 10
    this.#size = at
  }

  /** Appends a non-negative safe integer as a bulk string. */
  integer(value: number): void {
    this.#reserve(2 * frameBytesMax)
    const bytes = this.#bytes
    let at = this.#size
    bytes[at++] = dollar
    at = writeDecimal(digitCount(value), bytes, at)
    bytes[at++] = 13
    bytes[at++] = 10
    at = writeDecimal(value, bytes, at)
    bytes[at++] = 13
    bytes[at++] = 10
    this.#size = at
  }

  /** Appends what is in wire form already. */
  wire(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start)
    this.#size = copyBytes(source, start, end, this.#bytes, this.#size)
  }

  /** What was appended since the last `take`, as bytes of its own. */
  take(): Uint8Array {
    const run = this.#bytes.subarray(0, this.#size)
    this.#likelyBytes = Math.min(likelyBytesMax, Math.max(firstBytes, this.#size + (this.#size >> 3)))
    this.#bytes = noBytes
    this.#size = 0
    return run
  }

  #reserve(size: number): void {
    if (this.#size + size <= this.#bytes.length) return
    const bytes = this.#bytes.length === 0 ? this.#likelyBytes : this.#bytes.length * 2
    const larger = new Uint8Array(Math.max(bytes, this.#size + size))
    larger.set(this.#bytes.subarray(0, this.#size))
    this.#bytes = larger
  }
}
