/** A HyperLogLog as Redis keeps it in a string: 16 bytes of header, then registers in one of two encodings.
 *
 *  The header is `HYLL`, the encoding, three bytes of nothing and the cardinality as it was last computed, in eight bytes
 *  from the lowest on; the highest bit says that it is out of date. */
import { Murmur64 } from '../murmur64.ts'

export const headerBytes = 16
export const registerCount = 16384
export const denseEncoding = 0
export const sparseEncoding = 1
/** Six bits for each register. */
export const denseBytes = headerBytes + (registerCount * 6) / 8
/** The largest value that the sparse encoding has. */
export const sparseValueMax = 32
/** The largest value of all: a run of zeros in the 50 bits of a hash that do not choose the register, and one. */
export const registerMax = 63

const encodingAt = 4
const cardinalityAt = 8
const cardinalityEnd = 16
const staleBit = 0x80
const registerBits = 14
const registerMask = registerCount - 1
const runBits = 64 - registerBits
const hashSeed = 0xadc83b19
const magic = [72, 89, 76, 76] as const

/** Whether the range has the header, and the size where its encoding prescribes one. */
export function isHyperLogLog(bytes: Uint8Array, start: number, size: number): boolean {
  if (size < headerBytes || magic.some((byte, i) => bytes[start + i] !== byte)) return false
  const encoding = bytes[start + encodingAt]!
  return encoding === sparseEncoding || (encoding === denseEncoding && size === denseBytes)
}

export function isDense(bytes: Uint8Array, start: number): boolean {
  return bytes[start + encodingAt] === denseEncoding
}

/** Writes the header of an empty one. */
export function writeHeader(bytes: Uint8Array, encoding: number): void {
  bytes.fill(0, 0, headerBytes)
  bytes.set(magic)
  bytes[encodingAt] = encoding
}

/** The cardinality that the header holds, undefined when it is out of date. */
export function cachedCardinality(bytes: Uint8Array, start: number): bigint | undefined {
  if ((bytes[start + cardinalityEnd - 1]! & staleBit) !== 0) return undefined
  let value = 0n
  for (let at = start + cardinalityEnd - 1; at >= start + cardinalityAt; at--) value = value * 256n + BigInt(bytes[at]!)
  return value
}

export function cacheCardinality(bytes: Uint8Array, start: number, cardinality: number): void {
  let rest = cardinality
  for (let at = start + cardinalityAt; at < start + cardinalityEnd; at++) {
    bytes[at] = rest % 256
    rest = Math.floor(rest / 256)
  }
}

/** Says that the cardinality in the header is out of date. */
export function spoilCardinality(bytes: Uint8Array, start: number): void {
  bytes[start + cardinalityEnd - 1]! |= staleBit
}

/** What adding an element means: the register that its hash chooses, and the value that it must have at least. */
export class Element {
  register = 0
  value = 0
  readonly #hash = new Murmur64()

  /** Takes the range of bytes as the element. */
  take(bytes: Uint8Array, start: number, end: number): this {
    const { high, low } = this.#hash.of(bytes, start, end, hashSeed)
    this.register = low & registerMask
    // The run of zeros in what is left of the hash ends at the latest with a bit that is set behind it.
    const restLow = (low >>> registerBits) | (high << (32 - registerBits))
    const restHigh = (high >>> registerBits) | (1 << (runBits - 32))
    this.value = 1 + (restLow !== 0 ? trailingZeros(restLow) : 32 + trailingZeros(restHigh))
    return this
  }
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word)
}
