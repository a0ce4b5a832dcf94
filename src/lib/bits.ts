/** Bits of byte ranges, numbered from the first byte's highest bit. Long ranges are read a word of 32 bits at a time. */

/** Ranges of fewer bytes are not worth a view of words. */
const wordBytesMin = 64

/** How many bits are set in `[start, end)`. */
export function countBits(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  let at = start
  if (end - start >= wordBytesMin) {
    for (; (bytes.byteOffset + at) % 4 !== 0; at++) count += bitsOfWord(bytes[at]!)
    const words = wordsFrom(bytes, at, end)
    for (let i = 0; i < words.length; i++) count += bitsOfWord(words[i]!)
    at += words.length * 4
  }
  for (; at < end; at++) count += bitsOfWord(bytes[at]!)
  return count
}

/** The number of the first bit of that value (0 or 1) in the bytes `[start, end)`, counted from the first byte of
 *  `bytes`; -1 when there is none. */
export function findBit(bytes: Uint8Array, start: number, end: number, bit: number): number {
  const without = bit === 1 ? 0 : 0xff
  let at = start
  if (end - start >= wordBytesMin) {
    for (; (bytes.byteOffset + at) % 4 !== 0; at++) if (bytes[at] !== without) return firstBit(bytes[at]!, at, bit)
    const words = wordsFrom(bytes, at, end)
    const wordWithout = bit === 1 ? 0 : 0xffffffff
    let i = 0
    while (i < words.length && words[i] === wordWithout) i++
    at += i * 4
  }
  for (; at < end; at++) if (bytes[at] !== without) return firstBit(bytes[at]!, at, bit)
  return -1
}

/** The unsigned number of at most 32 bits that begins with bit `offset` of the range `[start, end)`; what lies behind
 *  the range counts as zero. */
export function readBits(bytes: Uint8Array, start: number, end: number, offset: number, bits: number): number {
  const first = start + Math.floor(offset / 8)
  const last = start + Math.floor((offset + bits - 1) / 8)
  // Up to five bytes: more than 32 bits, which a double holds exactly.
  let value = 0
  for (let at = first; at <= last; at++) value = value * 256 + (at < end ? bytes[at]! : 0)
  return Math.floor(value / 2 ** (7 - ((offset + bits - 1) % 8))) % 2 ** bits
}

/** Writes an unsigned number of at most 32 bits where `readBits` reads it; all of its bytes must be there. */
export function writeBits(bytes: Uint8Array, start: number, offset: number, bits: number, value: number): void {
  let at = start + Math.floor((offset + bits - 1) / 8)
  // How many bits of the last byte lie behind the number.
  let shift = 7 - ((offset + bits - 1) % 8)
  let left = bits
  let rest = value
  while (left > 0) {
    const size = Math.min(left, 8 - shift)
    const mask = ((1 << size) - 1) << shift
    bytes[at] = (bytes[at]! & ~mask) | (((rest % 2 ** size) << shift) & mask)
    rest = Math.floor(rest / 2 ** size)
    left -= size
    shift = 0
    at--
  }
}

function wordsFrom(bytes: Uint8Array, at: number, end: number): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset + at, (end - at) >>> 2)
}

/** How many bits of a 32-bit word are set: sums of pairs, of fours, of bytes. */
function bitsOfWord(word: number): number {
  word -= (word >>> 1) & 0x55555555
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333)
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** The first bit of that value in a byte that has one. */
function firstBit(byte: number, at: number, bit: number): number {
  return at * 8 + Math.clz32(bit === 1 ? byte : ~byte & 0xff) - 24
}
