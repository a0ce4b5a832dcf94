/** Listpacks: small sequences in one string, each element a string or an integer of up to 64 bits.
 *
 *      total bytes (4), number of elements (2; 65535: count them), elements, ff
 *
 *  Behind each element its size is written backwards, for walks from the end; nothing here walks that way, but Redis will. */
import { latin1Bytes, parseInt64 } from '../../src/lib/bytes.ts'
import { RdbError } from './rdb-error.ts'
import { RdbReader } from './rdb-reader.ts'
import { RdbWriter } from './rdb-writer.ts'

const headerBytes = 6
const uncounted = 65535

/** The elements of a packed sequence, in order. Throws RdbError when anything contradicts itself. */
export function readListpack(bytes: Uint8Array): Uint8Array[] {
  const reader = new RdbReader(bytes)
  const total = littleEndian(reader, 4)
  if (total !== bytes.length) throw new RdbError('a listpack has another size than it says')
  const count = littleEndian(reader, 2)
  const elements: Uint8Array[] = []
  while (true) {
    const left = reader.left
    const first = reader.byte()
    if (first === 0xff) break
    elements.push(readElement(reader, first))
    const size = left - reader.left
    for (let i = backwardSize(size) - 1; i >= 0; i--) {
      if (reader.byte() !== backwardByte(size, i)) throw new RdbError('a listpack has a wrong size behind an element')
    }
  }
  if (reader.left > 0) throw new RdbError('a listpack goes on behind its end')
  if (count !== uncounted && count !== elements.length) throw new RdbError('a listpack counts wrong')
  return elements
}

/** An element that begins with this byte, which was read. */
function readElement(reader: RdbReader, first: number): Uint8Array {
  if (first < 0x80) return decimal(first)
  if (first < 0xc0) return reader.raw(first & 0x3f)
  if (first < 0xe0) return decimal(((((first & 0x1f) << 8) | reader.byte()) << 19) >> 19)
  if (first < 0xf0) return reader.raw(((first & 0x0f) << 8) | reader.byte())
  if (first === 0xf0) return reader.raw(littleEndian(reader, 4))
  if (first === 0xf4) return latin1Bytes(String(reader.int64()))
  const sizes: Readonly<Record<number, number>> = { 241: 2, 242: 3, 243: 4 }
  const size = sizes[first]
  if (size === undefined) throw new RdbError('a listpack has an element of an unknown kind')
  return decimal(signed(littleEndian(reader, size), size))
}

/** A number without sign of up to four bytes, low byte first. */
export function littleEndian(reader: RdbReader, size: number): number {
  let value = 0
  for (let i = 0; i < size; i++) value += reader.byte() * 2 ** (8 * i)
  return value
}

/** The number as one with sign, of as many bytes. */
export function signed(value: number, size: number): number {
  return value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value
}

export function decimal(value: number): Uint8Array {
  return latin1Bytes(String(value))
}

/** How many bytes the size behind an element takes. */
function backwardSize(size: number): number {
  if (size < 1 << 7) return 1
  // Redis keeps off the last value of two and of three bytes.
  if (size < (1 << 14) - 1) return 2
  if (size < (1 << 21) - 1) return 3
  return size < (1 << 28) - 1 ? 4 : 5
}

/** Byte `i`, from the end, of the size behind an element: seven bits, and whether more come before it. */
function backwardByte(size: number, i: number): number {
  return ((size / 2 ** (7 * i)) & 0x7f) | (i === backwardSize(size) - 1 ? 0 : 0x80)
}

/** A listpack in the making. */
export class ListpackWriter {
  readonly #writer = new RdbWriter()
  #count = 0

  constructor() {
    this.#writer.uint32(0)
    this.#writer.uint16(0)
  }

  /** Bytes so far. */
  get size(): number {
    return this.#writer.size
  }

  get count(): number {
    return this.#count
  }

  /** Adds a string, or an integer when that is what the bytes say. */
  bytes(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const value = end - start > 20 ? undefined : parseInt64(bytes, start, end)
    if (value !== undefined) return this.integer(value)
    const writer = this.#writer
    const before = writer.size
    const size = end - start
    if (size < 64) writer.byte(0x80 | size)
    else if (size < 4096) {
      writer.byte(0xe0 | (size >>> 8))
      writer.byte(size & 0xff)
    } else {
      writer.byte(0xf0)
      writer.uint32(size)
    }
    writer.raw(bytes, start, end)
    this.#close(writer.size - before)
  }

  integer(value: number | bigint): void {
    const writer = this.#writer
    const before = writer.size
    if (value >= -(2 ** 31) && value < 2 ** 31) this.#smallInteger(Number(value))
    else {
      writer.byte(0xf4)
      writer.int64(BigInt(value))
    }
    this.#close(writer.size - before)
  }

  /** The finished listpack. */
  finish(): Uint8Array {
    this.#writer.byte(0xff)
    const bytes = this.#writer.bytes()
    const view = new DataView(bytes.buffer)
    view.setUint32(0, bytes.length, true)
    view.setUint16(headerBytes - 2, Math.min(this.#count, uncounted), true)
    return bytes
  }

  #smallInteger(value: number): void {
    const writer = this.#writer
    if (value >= 0 && value < 128) writer.byte(value)
    else if (value >= -4096 && value < 4096) {
      writer.byte(0xc0 | ((value >> 8) & 0x1f))
      writer.byte(value & 0xff)
    } else if (value >= -32768 && value < 32768) {
      writer.byte(0xf1)
      writer.uint16(value & 0xffff)
    } else if (value >= -8388608 && value < 8388608) {
      writer.byte(0xf2)
      writer.uint16(value & 0xffff)
      writer.byte((value >> 16) & 0xff)
    } else {
      writer.byte(0xf3)
      writer.uint32(value >>> 0)
    }
  }

  /** Writes the element's size backwards. */
  #close(size: number): void {
    for (let i = backwardSize(size) - 1; i >= 0; i--) this.#writer.byte(backwardByte(size, i))
    this.#count++
  }
}
