/** The operations of BITFIELD, read one after the other. */
import type { Args } from '../../../protocol/resp/args.ts'
import { invalidBitfieldType, invalidOverflow, notInteger, syntaxError } from '../../broker/errors.ts'
import { parseSmallInteger } from '../../lib/bytes.ts'
import type { Call } from '../call.ts'
import { bitOffset } from './bit-offset.ts'

export type Overflow = 'WRAP' | 'SAT' | 'FAIL'

const overflows = ['WRAP', 'SAT', 'FAIL'] as const
const signedLetter = 105
const unsignedLetter = 117

/** The operation at hand: one object for all, filled by `next`. */
export class BitfieldOperation {
  kind: 'GET' | 'SET' | 'INCRBY' = 'GET'
  isSigned = false
  bits = 0
  offset = 0
  /** What SET stores and INCRBY adds: a number where it is small. */
  value: number | bigint = 0
  /** As the last OVERFLOW said. */
  overflow: Overflow = 'WRAP'

  /** Begins with the first operation. */
  begin(args: Args): void {
    args.position = 2
    this.overflow = 'WRAP'
  }

  /** Reads the next operation; false when there is none. */
  next(call: Call): boolean {
    const { args } = call
    while (args.left > 1 && args.token('OVERFLOW')) {
      const overflow = overflows.find((each) => args.token(each))
      if (overflow === undefined) throw invalidOverflow()
      this.overflow = overflow
    }
    if (args.left === 0) return false
    if (args.left > 2 && args.token('GET')) this.kind = 'GET'
    else if (args.left > 3 && args.token('SET')) this.kind = 'SET'
    else if (args.left > 3 && args.token('INCRBY')) this.kind = 'INCRBY'
    else throw syntaxError()
    this.#readType(args, args.next())
    this.offset = bitOffset(call, args.next(), this.bits)
    if (this.kind !== 'GET') this.#readValue(args, args.next())
    return true
  }

  /** `i8`, `u16`: Redis reads as far as the first NUL. */
  #readType(args: Args, i: number): void {
    const { bytes } = args
    const start = args.starts[i]!
    let end = start
    while (end < args.ends[i]! && bytes[end] !== 0) end++
    const letter = bytes[start]
    this.isSigned = letter === signedLetter
    this.bits = parseSmallInteger(bytes, Math.min(start + 1, end), end)
    const isType = end > start && (this.isSigned || letter === unsignedLetter)
    if (!isType || !(this.bits >= 1 && this.bits <= (this.isSigned ? 64 : 63))) throw invalidBitfieldType()
  }

  #readValue(args: Args, i: number): void {
    const small = args.smallInteger(i)
    const value = Number.isNaN(small) ? args.int64(i) : small
    if (value === undefined) throw notInteger()
    this.value = value
  }
}
