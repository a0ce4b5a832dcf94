/** Bytes without `Buffer` objects: everything here works on ranges, because one native call per small argument
 *  (`subarray`, `toString`, `copy`) costs more than the work it does. A plain loop wins below `loopCopyBytesMax`. */

/** Ranges shorter than this are copied by a loop; longer ones by one native call. */
const loopCopyBytesMax = 56

/** Copies `source[start, end)` to `target` at `at`; returns the offset behind the copy. */
export function copyBytes(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  if (end - start < loopCopyBytesMax) {
    let i = start
    // Four at a time: the loop's own cost is most of a short copy.
    for (const last = end - 3; i < last; i += 4) {
      target[at] = source[i]!
      target[at + 1] = source[i + 1]!
      target[at + 2] = source[i + 2]!
      target[at + 3] = source[i + 3]!
      at += 4
    }
    while (i < end) target[at++] = source[i++]!
    return at
  }
  target.set(source.subarray(start, end), at)
  return at + end - start
}

/** The bytes of a Latin-1 (so also ASCII) string; characters above U+00FF are a bug of the caller. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** The range as a string with one character a byte. */
export function latin1Text(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (end - start > 64) return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!)
  return text
}

export function equalRanges(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, size: number): boolean {
  let i = 0
  for (const last = size - 3; i < last; i += 4) {
    const difference =
      (a[aStart + i]! ^ b[bStart + i]!) |
      (a[aStart + i + 1]! ^ b[bStart + i + 1]!) |
      (a[aStart + i + 2]! ^ b[bStart + i + 2]!) |
      (a[aStart + i + 3]! ^ b[bStart + i + 3]!)
    if (difference !== 0) return false
  }
  for (; i < size; i++) if (a[aStart + i] !== b[bStart + i]) return false
  return true
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && equalRanges(a, 0, b, 0, a.length)
}

/** Negative, zero or positive as `a` sorts before, with or after `b`; bytes as unsigned numbers, shorter first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const size = Math.min(a.length, b.length)
  for (let i = 0; i < size; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** A 32-bit hash of the range: multiplies and mixes four bytes at a time, so that keys that differ in any bit differ in
 *  the high bits as well as in the low ones. */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed ^ (end - start)
  let i = start
  for (const last = end - 3; i < last; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    hash = Math.imul(hash ^ word, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

const billion = 1_000_000_000

/** How many decimal digits a non-negative safe integer has. */
export function digitCount(value: number): number {
  if (value >= billion) return 9 + digitCount(Math.floor(value / billion))
  const small = value | 0
  if (small < 10000) return small < 100 ? (small < 10 ? 1 : 2) : small < 1000 ? 3 : 4
  if (small < 1_000_000) return small < 100_000 ? 5 : 6
  return small < 10_000_000 ? 7 : small < 100_000_000 ? 8 : 9
}

/** Writes a non-negative safe integer in decimal at `at`; returns the offset behind it. Works on 32 bits at a time:
 *  dividing larger numbers digit by digit costs ten times as much. */
export function writeDecimal(value: number, target: Uint8Array, at: number): number {
  if (value < 10) {
    target[at] = 48 + value
    return at + 1
  }
  let width = 1
  if (value >= billion) {
    const high = Math.floor(value / billion)
    at = writeDecimal(high, target, at)
    value -= high * billion
    width = 9
  }
  let small = value | 0
  if (width === 1) width = digitCount(small)
  const end = at + width
  for (let i = end - 1; i >= at; i--) {
    const rest = (small / 10) | 0
    target[i] = 48 + (small - rest * 10)
    small = rest
  }
  return end
}

const safeDigitsMax = 15

/** The integer in the range when it is written as Redis' `string2ll` accepts it (no `+`, no leading zero, no `-0`)
 *  and lies within ±(10^15 - 1); otherwise NaN. Callers that need all of 64 bits fall back to `parseInt64`. */
export function parseSmallInteger(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  const negative = i < end && bytes[i] === 45
  if (negative) i++
  const digits = end - i
  if (digits === 0 || digits > safeDigitsMax) return Number.NaN
  const first = bytes[i]! - 48
  if (first < 0 || first > 9) return Number.NaN
  if (first === 0) return digits === 1 && !negative ? 0 : Number.NaN
  let value = first
  for (i++; i < end; i++) {
    const digit = bytes[i]! - 48
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return negative ? -value : value
}

const int64Max = 0x7fffffffffffffffn
const int64Min = -0x8000000000000000n

/** The signed 64-bit integer in the range by the rules of Redis' `string2ll`; undefined when there is none. */
export function parseInt64(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const small = parseSmallInteger(bytes, start, end)
  if (!Number.isNaN(small)) return BigInt(small)
  if (end - start > 20) return undefined
  const text = latin1Text(bytes, start, end)
  if (!/^-?[1-9][0-9]*$/.test(text)) return undefined
  const value = BigInt(text)
  return value >= int64Min && value <= int64Max ? value : undefined
}

/** The range's bytes as an array of their own. */
export function sliceBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start)
  copyBytes(bytes, start, end, copy, 0)
  return copy
}

/** The text as C reads it, which ends at the first NUL. */
export function untilNul(text: string): string {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}
