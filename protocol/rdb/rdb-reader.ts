/** Reads the primitives of RDB from a range of bytes: lengths, strings in all their encodings, numbers.
 *
 *  Every method throws `RdbError` rather than read beyond the end; what it returns never depends on bytes outside of the
 *  range. A string is a range of the input, or of bytes of its own where the input holds it in another form. */
import { latin1Bytes } from '../../src/lib/bytes.ts'
import { decompressLzf } from './lzf.ts'
import { RdbError } from './rdb-error.ts'

/** The encodings of a string that is not simply its length and bytes. */
export const stringEncoding = { int8: 0, int16: 1, int32: 2, lzf: 3 } as const

export class RdbReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = start
    this.#end = end
  }

  get left(): number {
    return this.#end - this.#at
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!
  }

  /** A length or count that fits memory. */
  length(): number {
    const value = this.bigLength()
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RdbError('a length is beyond all memory')
    return Number(value)
  }

  /** A count of things each of which takes a byte at least, so that no count makes a loop longer than the input. */
  count(): number {
    const value = this.length()
    if (value > this.left) throw new RdbError('there is less than the count says')
    return value
  }

  /** A number of 64 bits without sign, as counters are kept. */
  bigLength(): bigint {
    const first = this.byte()
    if (first >>> 6 === 3) throw new RdbError('a length is none')
    return this.#lengthAfter(first)
  }

  /** The string's bytes; not to be written to. */
  string(): Uint8Array {
    const first = this.byte()
    if (first >>> 6 !== 3) return this.raw(Number(this.#lengthAfter(first)))
    switch (first & 0x3f) {
      case stringEncoding.int8:
        return latin1Bytes(String(this.#view.getInt8(this.#take(1))))
      case stringEncoding.int16:
        return latin1Bytes(String(this.#view.getInt16(this.#take(2), true)))
      case stringEncoding.int32:
        return latin1Bytes(String(this.#view.getInt32(this.#take(4), true)))
      case stringEncoding.lzf: {
        const compressedSize = this.length()
        const size = this.length()
        const compressed = this.raw(compressedSize)
        return decompressLzf(compressed, 0, compressedSize, size)
      }
      default:
        throw new RdbError('a string has an unknown encoding')
    }
  }

  /** The next `size` bytes as they are. */
  raw(size: number): Uint8Array {
    const at = this.#take(size)
    return this.#bytes.subarray(at, at + size)
  }

  /** A signed number of 64 bits, low byte first: a time in milliseconds. */
  int64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true)
  }

  /** A double in binary. */
  double(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  /** A double as text behind its length, as Redis before 4.0 wrote scores. */
  textDouble(): number {
    const size = this.byte()
    if (size === 253) return Number.NaN
    if (size === 254) return Number.POSITIVE_INFINITY
    if (size === 255) return Number.NEGATIVE_INFINITY
    const text = Buffer.from(this.raw(size)).toString('latin1')
    const value = Number(text)
    if (text.trim() === '' || Number.isNaN(value)) throw new RdbError('a score is no number')
    return value
  }

  #lengthAfter(first: number): bigint {
    if (first >>> 6 === 0) return BigInt(first)
    if (first >>> 6 === 1) return BigInt(((first & 0x3f) << 8) | this.byte())
    if (first === 0x80) return BigInt(this.#view.getUint32(this.#take(4)))
    if (first === 0x81) return this.#view.getBigUint64(this.#take(8))
    throw new RdbError('a length is none')
  }

  #take(size: number): number {
    if (size > this.left) throw new RdbError('the bytes are cut off')
    const at = this.#at
    this.#at += size
    return at
  }
}
