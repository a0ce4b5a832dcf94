/** A set of nothing but integers, in ascending order: where Redis keeps an intset, and answers in that order.
 *
 *  A member is a signed 64-bit integer written as Redis writes it, kept as its two halves: no BigInt is made unless
 *  a number is larger than 2^53. */
import type { Reply } from '../../protocol/resp/reply.ts'
import { parseInt64, parseSmallInteger, writeDecimal } from '../lib/bytes.ts'
import type { ByteRange } from '../lib/wire-items.ts'
import { WireRun } from '../lib/wire-run.ts'
import { addition, type MemberVisitor, type SetMembers } from './set-members.ts'

const firstIntegers = 4
const word = 2 ** 32
const integerBytesMax = 20
const smallBytesMax = 15
const runBytesMax = 64 * 1024
const objectBytes = 120

/** The integer at hand, as halves, and its digits; only within one call. */
let high = 0
let low = 0
const digits = new Uint8Array(integerBytesMax)

/** Puts the integer in the range into `high` and `low`; false when there is none. */
function parse(bytes: Uint8Array, start: number, end: number): boolean {
  const size = end - start
  if (size > integerBytesMax) return false
  const small = parseSmallInteger(bytes, start, end)
  if (!Number.isNaN(small)) {
    high = Math.floor(small / word)
    low = small >>> 0
    return true
  }
  if (size <= smallBytesMax) return false
  const large = parseInt64(bytes, start, end)
  if (large === undefined) return false
  high = Number(large >> 32n)
  low = Number(large & 0xffffffffn)
  return true
}

/** Writes the integer of these halves into `digits`; returns how many bytes it takes. */
function print(highHalf: number, lowHalf: number): number {
  const value = highHalf * word + lowHalf
  if (Number.isSafeInteger(value)) {
    if (value >= 0) return writeDecimal(value, digits, 0)
    digits[0] = 45
    return writeDecimal(-value, digits, 1)
  }
  const text = String(BigInt(highHalf) * 0x100000000n + BigInt(lowHalf))
  for (let i = 0; i < text.length; i++) digits[i] = text.charCodeAt(i)
  return text.length
}

export class SetIntegers implements SetMembers {
  #highs: Int32Array
  #lows: Uint32Array
  #size: number

  constructor(highs = new Int32Array(firstIntegers), lows = new Uint32Array(firstIntegers), size = 0) {
    this.#highs = highs
    this.#lows = lows
    this.#size = size
  }

  get size(): number {
    return this.#size
  }

  get memoryBytes(): number {
    return objectBytes + this.#highs.length * 8
  }

  includes(bytes: Uint8Array, start: number, end: number): boolean {
    return parse(bytes, start, end) && this.#isAt(this.#search())
  }

  /** Refuses what is no integer. */
  add(bytes: Uint8Array, start: number, end: number): number {
    if (!parse(bytes, start, end)) return addition.refused
    const position = this.#search()
    if (this.#isAt(position)) return addition.present
    if (this.#size === this.#highs.length) this.#grow()
    this.#highs.copyWithin(position + 1, position, this.#size)
    this.#lows.copyWithin(position + 1, position, this.#size)
    this.#highs[position] = high
    this.#lows[position] = low
    this.#size++
    return addition.added
  }

  delete(bytes: Uint8Array, start: number, end: number): boolean {
    if (!parse(bytes, start, end)) return false
    const position = this.#search()
    if (!this.#isAt(position)) return false
    this.deleteAt(position)
    return true
  }

  at(position: number, member: ByteRange): void {
    member.set(digits, 0, this.#print(position))
  }

  deleteAt(position: number): void {
    this.#highs.copyWithin(position, position + 1, this.#size)
    this.#lows.copyWithin(position, position + 1, this.#size)
    this.#size--
  }

  visit(visit: MemberVisitor): boolean {
    for (let i = 0; i < this.#size; i++) if (!visit(digits, 0, this.#print(i))) return false
    return true
  }

  answer(reply: Reply): void {
    for (let i = 0; i < this.#size; i++) reply.bulk(digits, 0, this.#print(i))
  }

  scanMembers(
    _position: number,
    _count: number,
    visit: (bytes: Uint8Array, start: number, end: number) => void,
  ): number {
    for (let i = 0; i < this.#size; i++) visit(digits, 0, this.#print(i))
    return 0
  }

  freeze(): Iterable<Uint8Array> {
    return this.clone().#runs()
  }

  clone(): SetIntegers {
    const { length } = this.#highs
    return new SetIntegers(this.#highs.slice(0, length), this.#lows.slice(0, length), this.#size)
  }

  *#runs(): Generator<Uint8Array> {
    const run = new WireRun()
    for (let i = 0; i < this.#size; i++) {
      run.bulk(digits, 0, this.#print(i))
      if (run.size >= runBytesMax) yield run.take()
    }
    if (run.size > 0) yield run.take()
  }

  #print(position: number): number {
    return print(this.#highs[position]!, this.#lows[position]!)
  }

  /** The position of the integer at hand, or where it belongs. */
  #search(): number {
    let from = 0
    let to = this.#size
    while (from < to) {
      const middle = (from + to) >>> 1
      const other = this.#highs[middle]!
      if (other < high || (other === high && this.#lows[middle]! < low)) from = middle + 1
      else to = middle
    }
    return from
  }

  #isAt(position: number): boolean {
    return position < this.#size && this.#highs[position] === high && this.#lows[position] === low
  }

  #grow(): void {
    const highs = new Int32Array(this.#size * 2)
    const lows = new Uint32Array(this.#size * 2)
    highs.set(this.#highs)
    lows.set(this.#lows)
    this.#highs = highs
    this.#lows = lows
  }
}
