/** Writes the primitives of RDB into bytes that grow. Strings are written as Redis writes them: numbers of 32 bits as
 *  numbers, longer strings compressed where that saves something. */
import { copyBytes, parseSmallInteger } from '../../src/lib/bytes.ts'
import { compressLzf } from './lzf.ts'
import { stringEncoding } from './rdb-reader.ts'

/** The version that Redis 7.0 writes, and the highest that it reads. */
export const rdbVersion = 10

const initialBytes = 256
/** Strings of more bytes are worth compressing. */
const plainBytesMax = 20
/** Digits and sign of a number of 32 bits. */
const integerTextMax = 11

export class RdbWriter {
  #bytes = new Uint8Array(initialBytes)
  #view = new DataView(this.#bytes.buffer)
  #size = 0
  /** The version of the format that a reader must know; higher when a newer form was written. */
  version: number = rdbVersion

  get size(): number {
    return this.#size
  }

  byte(value: number): void {
    const at = this.#claim(1)
    this.#view.setUint8(at, value)
  }

  length(value: number | bigint): void {
    if (value < 64) this.byte(Number(value))
    else if (value < 1 << 14) {
      const at = this.#claim(2)
      this.#view.setUint16(at, 0x4000 | Number(value))
    } else if (value < 2 ** 32) {
      this.byte(0x80)
      const at = this.#claim(4)
      this.#view.setUint32(at, Number(value))
    } else {
      this.byte(0x81)
      const at = this.#claim(8)
      this.#view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)))
    }
  }

  string(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const size = end - start
    if (size <= integerTextMax && this.#integerString(bytes, start, end)) return
    const compressed = size > plainBytesMax ? compressLzf(bytes, start, end) : undefined
    if (compressed === undefined) {
      this.length(size)
      this.raw(bytes, start, end)
      return
    }
    this.byte(0xc0 | stringEncoding.lzf)
    this.length(compressed.length)
    this.length(size)
    this.raw(compressed)
  }

  raw(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const at = this.#claim(end - start)
    copyBytes(bytes, start, end, this.#bytes, at)
  }

  uint16(value: number): void {
    const at = this.#claim(2)
    this.#view.setUint16(at, value, true)
  }

  uint32(value: number): void {
    const at = this.#claim(4)
    this.#view.setUint32(at, value, true)
  }

  /** A number of 64 bits, low byte first. */
  int64(value: bigint): void {
    const at = this.#claim(8)
    this.#view.setBigInt64(at, BigInt.asIntN(64, value), true)
  }

  double(value: number): void {
    const at = this.#claim(8)
    this.#view.setFloat64(at, value, true)
  }

  /** All that was written: a view that is valid until more is written. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size)
  }

  #integerString(bytes: Uint8Array, start: number, end: number): boolean {
    const value = parseSmallInteger(bytes, start, end)
    if (Number.isNaN(value) || value !== (value | 0)) return false
    if (value === (value << 24) >> 24) {
      this.byte(0xc0 | stringEncoding.int8)
      const at = this.#claim(1)
      this.#view.setInt8(at, value)
    } else if (value === (value << 16) >> 16) {
      this.byte(0xc0 | stringEncoding.int16)
      const at = this.#claim(2)
      this.#view.setInt16(at, value, true)
    } else {
      this.byte(0xc0 | stringEncoding.int32)
      const at = this.#claim(4)
      this.#view.setInt32(at, value, true)
    }
    return true
  }

  #claim(size: number): number {
    const at = this.#size
    this.#size += size
    if (this.#size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#size))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }
}
