/** Fields of BITFIELD that need more than 32 bits, and numbers beyond those a double holds: by BigInt, with the very
 *  overflows of Redis' 64-bit arithmetic. */
import { readBits, writeBits } from '../../lib/bits.ts'
import type { BitfieldOperation } from './bitfield-args.ts'

/** Bits of a field that are read and written at once. */
const partBits = 32

export function readWide(
  bytes: Uint8Array,
  start: number,
  end: number,
  offset: number,
  bits: number,
  isSigned: boolean,
): bigint {
  const highBits = Math.max(0, bits - partBits)
  const high = highBits === 0 ? 0 : readBits(bytes, start, end, offset, highBits)
  const low = readBits(bytes, start, end, offset + highBits, bits - highBits)
  const value = (BigInt(high) << BigInt(bits - highBits)) | BigInt(low)
  return isSigned ? BigInt.asIntN(bits, value) : value
}

export function writeWide(bytes: Uint8Array, start: number, offset: number, bits: number, value: bigint): void {
  const highBits = Math.max(0, bits - partBits)
  const low = BigInt.asUintN(bits - highBits, value)
  if (highBits > 0) {
    writeBits(bytes, start, offset, highBits, Number(BigInt.asUintN(highBits, value >> BigInt(partBits))))
  }
  writeBits(bytes, start, offset + highBits, bits - highBits, Number(low))
}

/** The field's new value, undefined when it does not fit and must not be written. */
export function runWide(operation: BitfieldOperation, old: bigint): bigint | undefined {
  const { kind, bits, isSigned, overflow } = operation
  const given = BigInt(operation.value)
  const value = kind === 'SET' ? (isSigned ? given : BigInt.asUintN(64, given)) : old
  const increment = kind === 'SET' ? 0n : given
  const limit = isSigned ? signedLimit(value, increment, bits) : unsignedLimit(value, increment, bits)
  const sum = value + increment
  if (limit === undefined) return sum
  if (overflow === 'FAIL') return undefined
  if (overflow === 'SAT') return limit
  return isSigned ? BigInt.asIntN(bits, sum) : BigInt.asUintN(bits, sum)
}

/** The limit that the sum passes, undefined when it passes none. */
function signedLimit(value: bigint, increment: bigint, bits: number): bigint | undefined {
  const max = (1n << BigInt(bits - 1)) - 1n
  const min = -max - 1n
  // The distances wrap in 64 bits, so that SET of a number far below a narrow field's least meets its greatest.
  const upwards = BigInt.asIntN(64, max - value)
  const downwards = BigInt.asIntN(64, min - value)
  const mayPass = bits !== 64
  if (value > max || ((mayPass || (value >= 0n && increment > 0n)) && increment > upwards)) return max
  if (value < min || ((mayPass || (value < 0n && increment < 0n)) && increment < downwards)) return min
  return undefined
}

function unsignedLimit(value: bigint, increment: bigint, bits: number): bigint | undefined {
  const max = (1n << BigInt(bits)) - 1n
  if (value > max || (increment > 0n && increment > max - value)) return max
  if (increment < 0n && increment < -value) return 0n
  return undefined
}
