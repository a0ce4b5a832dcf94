/** MurmurHash64A as Redis' HyperLogLog uses it, in halves of 32 bits: a BigInt for each step would cost ten times as
 *  much. */
import { highOfProduct } from './multiply.ts'

const multiplierHigh = 0xc6a4a793
const multiplierLow = 0x5bd1e995

/** The hash of the range `of` was last called with, in two unsigned halves. */
export class Murmur64 {
  high = 0
  low = 0

  /** `seed` has at most 32 bits. */
  of(bytes: Uint8Array, start: number, end: number, seed: number): this {
    const size = end - start
    this.high = Math.floor(size / 2 ** 32)
    this.low = size >>> 0
    this.#multiply()
    this.low = (this.low ^ seed) >>> 0
    let at = start
    for (; end - at >= 8; at += 8) this.#mixBlock(wordAt(bytes, at), wordAt(bytes, at + 4))
    if (at < end) {
      const rest = end - at
      this.low ^= partialWord(bytes, at, Math.min(4, rest))
      if (rest > 4) this.high ^= partialWord(bytes, at + 4, rest - 4)
      this.#multiply()
    }
    this.#fold()
    this.#multiply()
    this.#fold()
    this.high >>>= 0
    this.low >>>= 0
    return this
  }

  /** Mixes in eight bytes, the lower half first. */
  #mixBlock(low: number, high: number): void {
    const hashHigh = this.high
    const hashLow = this.low
    this.low = low
    this.high = high
    this.#multiply()
    this.#fold()
    this.#multiply()
    this.high ^= hashHigh
    this.low ^= hashLow
    this.#multiply()
  }

  /** Exclusive or with itself, 47 bits further right. */
  #fold(): void {
    this.low ^= this.high >>> 15
  }

  /** Times the multiplier, in 64 bits. */
  #multiply(): void {
    const high = Math.imul(this.high, multiplierLow) + Math.imul(this.low, multiplierHigh)
    this.high = (high + highOfProduct(this.low >>> 0, multiplierLow)) >>> 0
    this.low = Math.imul(this.low, multiplierLow) >>> 0
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function partialWord(bytes: Uint8Array, at: number, size: number): number {
  let word = 0
  for (let i = 0; i < size; i++) word |= bytes[at + i]! << (8 * i)
  return word
}
