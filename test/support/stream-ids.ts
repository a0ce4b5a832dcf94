/** Stream ids as numbers of 128 bits, for models: what is plain arithmetic here is what the real ones must agree with. */
import fc from 'fast-check'
import { StreamId } from '../../src/broker/stream-id.ts'

const word = 0xffffffffn

/** The id `ms * 2^64 + seq`. */
export function idOf(value: bigint): StreamId {
  const id = new StreamId()
  id.msHigh = Number((value >> 96n) & word)
  id.msLow = Number((value >> 64n) & word)
  id.seqHigh = Number((value >> 32n) & word)
  id.seqLow = Number(value & word)
  return id
}

export function numberOf(id: StreamId): bigint {
  return (BigInt(id.msHigh) << 96n) | (BigInt(id.msLow) << 64n) | (BigInt(id.seqHigh) << 32n) | BigInt(id.seqLow)
}

/** `ms-seq`. */
export function textOf(value: bigint): string {
  return `${value >> 64n}-${value & 0xffffffffffffffffn}`
}

export const largestValue = (1n << 128n) - 1n

const halves = [0n, 1n, 2n, 9n, 10n, 999_999_999_999_999n, 10n ** 15n, (1n << 32n) - 1n, 1n << 32n]
const wideHalves = [(1n << 53n) - 1n, (1n << 53n) + 1n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 2n, (1n << 64n) - 1n]

/** Ids of halves around the borders of 15 digits and of 32, 53, 63 and 64 bits; few enough to meet again. */
export const borderIds = fc
  .tuple(fc.constantFrom(...halves, ...wideHalves), fc.constantFrom(...halves, ...wideHalves))
  .map(([ms, seq]) => (ms << 64n) | seq)
