/** Ids of stream entries: two unsigned 64-bit numbers, kept as four 32-bit halves so that every id Redis allows is
 *  exact. An id object is mutable scratch: whoever keeps one copies it. */
import { latin1Text, parseSmallInteger, writeDecimal } from '../lib/bytes.ts'

const two32 = 0x100000000
/** Below this high half the whole number is a safe integer. */
const safeHighMax = 0x200000
/** Longest id text Redis parses. */
const idTextMax = 127
/** Digits of `18446744073709551615-18446744073709551615`. */
export const idBytesMax = 41

export class StreamId {
  msHigh = 0
  msLow = 0
  seqHigh = 0
  seqLow = 0

  static of(ms: number, seq = 0): StreamId {
    const id = new StreamId()
    id.setMs(ms)
    id.seqHigh = Math.floor(seq / two32)
    id.seqLow = seq % two32
    return id
  }

  copy(): StreamId {
    return new StreamId().set(this)
  }

  set(other: StreamId): this {
    this.msHigh = other.msHigh
    this.msLow = other.msLow
    this.seqHigh = other.seqHigh
    this.seqLow = other.seqLow
    return this
  }

  /** Becomes the other if that is higher. */
  raiseTo(other: StreamId): void {
    if (this.compare(other) < 0) this.set(other)
  }

  /** Sets the first half to a safe integer. */
  setMs(ms: number): void {
    this.msHigh = Math.floor(ms / two32)
    this.msLow = ms % two32
  }

  get isZero(): boolean {
    return this.msHigh === 0 && this.msLow === 0 && this.seqHigh === 0 && this.seqLow === 0
  }

  /** Negative, zero or positive as this sorts before, with or after the other. */
  compare(other: StreamId): number {
    return (
      this.msHigh - other.msHigh ||
      this.msLow - other.msLow ||
      this.seqHigh - other.seqHigh ||
      this.seqLow - other.seqLow
    )
  }

  /** The next id; false (and unchanged) when this is the last there is. */
  increment(): boolean {
    if (this.isLargest) return false
    if (this.seqLow < two32 - 1) this.seqLow++
    else {
      this.seqLow = 0
      if (this.seqHigh < two32 - 1) this.seqHigh++
      else {
        this.seqHigh = 0
        this.#incrementMs()
      }
    }
    return true
  }

  /** The id before; false (and unchanged) when this is 0-0. */
  decrement(): boolean {
    if (this.isZero) return false
    if (this.seqLow > 0) this.seqLow--
    else {
      this.seqLow = two32 - 1
      if (this.seqHigh > 0) this.seqHigh--
      else {
        this.seqHigh = two32 - 1
        this.#decrementMs()
      }
    }
    return true
  }

  get isLargest(): boolean {
    return (
      this.seqLow === two32 - 1 && this.seqHigh === two32 - 1 && this.msLow === two32 - 1 && this.msHigh === two32 - 1
    )
  }

  /** Whether no id with the same first half comes after this. */
  get isLastSequence(): boolean {
    return this.seqLow === two32 - 1 && this.seqHigh === two32 - 1
  }

  hasSameMs(other: StreamId): boolean {
    return this.msHigh === other.msHigh && this.msLow === other.msLow
  }

  /** The first half as a number (inexact above 2^53). */
  get ms(): number {
    return this.msHigh * two32 + this.msLow
  }

  /** Writes `ms-seq`; returns the offset behind it. */
  write(target: Uint8Array, at: number): number {
    if (this.msLow !== lastMsLow || this.msHigh !== lastMsHigh) noteMs(this.msHigh, this.msLow)
    for (let i = 0; i < lastMsSize; i++) target[at++] = lastMsText[i]!
    return writeHalf(this.seqHigh, this.seqLow, target, at)
  }

  toString(): string {
    const bytes = new Uint8Array(idBytesMax)
    return latin1Text(bytes, 0, this.write(bytes, 0))
  }

  #incrementMs(): void {
    if (this.msLow < two32 - 1) this.msLow++
    else {
      this.msLow = 0
      this.msHigh++
    }
  }

  #decrementMs(): void {
    if (this.msLow > 0) this.msLow--
    else {
      this.msLow = two32 - 1
      this.msHigh--
    }
  }
}

// Ids written one after the other mostly share their first half: its text, with the dash, is kept.
const lastMsText = new Uint8Array(idBytesMax)
let lastMsHigh = -1
let lastMsLow = -1
let lastMsSize = 0

function noteMs(high: number, low: number): void {
  lastMsHigh = high
  lastMsLow = low
  lastMsSize = writeHalf(high, low, lastMsText, 0)
  lastMsText[lastMsSize++] = 45
}

/** 0-0 and the last id there is; not to be changed. */
export const smallestId = new StreamId()
export const largestId = (() => {
  const id = new StreamId()
  id.msHigh = id.msLow = id.seqHigh = id.seqLow = two32 - 1
  return id
})()

/** What an id's text left open. */
export type IdForm = 'full' | 'ms' | 'ms-*' | 'invalid'

/** Reads `ms-seq` or `ms` (and `ms-*` when `allowAnySequence`) into `id`, with a sequence of zero where none is given.
 *  Accepts what Redis' `string2ull` accepts: leading zeros, a plus sign and white space too; a NUL ends the text. */
export function parseId(bytes: Uint8Array, start: number, end: number, id: StreamId, allowAnySequence = false): IdForm {
  if (end - start > idTextMax) return 'invalid'
  let dash = -1
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte === 45 && dash < 0) dash = at
    else if (byte === 0) end = at
  }
  if (dash < 0) dash = end
  if (!parseHalf(bytes, start, dash, id, true)) return 'invalid'
  if (dash === end) {
    id.seqHigh = 0
    id.seqLow = 0
    return 'ms'
  }
  if (allowAnySequence && end - dash === 2 && bytes[dash + 1] === 42) {
    id.seqHigh = 0
    id.seqLow = 0
    return 'ms-*'
  }
  return parseHalf(bytes, dash + 1, end, id, false) ? 'full' : 'invalid'
}

/** Reads the id at the beginning of an entry in wire form that we wrote ourselves. */
export function readEntryId(bytes: Uint8Array, idStart: number, id: StreamId): void {
  let at = idStart
  let value = 0
  for (; bytes[at] !== 45; at++) {
    if (at - idStart === 15) return readLongEntryId(bytes, idStart, id)
    value = value * 10 + bytes[at]! - 48
  }
  id.msHigh = Math.floor(value / two32)
  id.msLow = value % two32
  const seqStart = ++at
  value = 0
  for (; bytes[at] !== 13; at++) {
    if (at - seqStart === 15) return readLongEntryId(bytes, idStart, id)
    value = value * 10 + bytes[at]! - 48
  }
  id.seqHigh = Math.floor(value / two32)
  id.seqLow = value % two32
}

function readLongEntryId(bytes: Uint8Array, idStart: number, id: StreamId): void {
  let end = idStart
  while (bytes[end] !== 13) end++
  parseId(bytes, idStart, end, id)
}

function writeHalf(high: number, low: number, target: Uint8Array, at: number): number {
  if (high < safeHighMax) return writeDecimal(high * two32 + low, target, at)
  const text = String((BigInt(high) << 32n) | BigInt(low))
  for (let i = 0; i < text.length; i++) target[at++] = text.charCodeAt(i)
  return at
}

function parseHalf(bytes: Uint8Array, start: number, end: number, id: StreamId, isMs: boolean): boolean {
  const small = parseSmallInteger(bytes, start, end)
  let high: number
  let low: number
  if (small >= 0) {
    high = Math.floor(small / two32)
    low = small % two32
  } else {
    if (small < 0) return false
    const value = parseUnsigned(latin1Text(bytes, start, end))
    if (value === undefined) return false
    high = Number(value >> 32n)
    low = Number(value & 0xffffffffn)
  }
  if (isMs) {
    id.msHigh = high
    id.msLow = low
  } else {
    id.seqHigh = high
    id.seqLow = low
  }
  return true
}

/** What `strtoull` makes of a text that `string2ll` refused; undefined where Redis calls it invalid. */
function parseUnsigned(text: string): bigint | undefined {
  const match = /^[\t-\r ]*([+-]?)(\d+)$/.exec(text)
  if (match === null) return undefined
  const value = BigInt(match[2]!)
  // A negative number in the plain form is read as such by `string2ll`, and that is refused.
  if (/^-[1-9]/.test(text) && value <= 0x8000000000000000n) return undefined
  if (value > 0xffffffffffffffffn) return undefined
  return match[1] === '-' ? BigInt.asUintN(64, -value) : value
}
