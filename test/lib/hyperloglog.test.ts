import fc from 'fast-check'
import { expect, test } from 'vitest'
import { denseRegister, setDenseRegister } from '../../src/lib/hyperloglog/dense.ts'
import { estimateCardinality } from '../../src/lib/hyperloglog/estimate.ts'
import { denseBytes, Element, registerCount, registerMax } from '../../src/lib/hyperloglog/format.ts'
import { SparseRegisters } from '../../src/lib/hyperloglog/sparse.ts'
import { Murmur64 } from '../../src/lib/murmur64.ts'

/** MurmurHash64A as its author wrote it down, in BigInt. */
function naiveMurmur(bytes: Uint8Array, seed: bigint): bigint {
  const m = 0xc6a4a7935bd1e995n
  const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)
  const littleEndian = (part: Uint8Array): bigint => part.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n)
  let hash = seed ^ wrap(BigInt(bytes.length) * m)
  const whole = bytes.length - (bytes.length % 8)
  for (let i = 0; i < whole; i += 8) {
    let block = wrap(littleEndian(bytes.subarray(i, i + 8)) * m)
    block = wrap((block ^ (block >> 47n)) * m)
    hash = wrap((hash ^ block) * m)
  }
  if (whole < bytes.length) hash = wrap((hash ^ littleEndian(bytes.subarray(whole))) * m)
  hash = wrap((hash ^ (hash >> 47n)) * m)
  return hash ^ (hash >> 47n)
}

test('the hash in halves is the hash in 64 bits', () => {
  const hash = new Murmur64()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(3), fc.nat(2 ** 32 - 1), (bytes, from, seed) => {
      const start = Math.min(from, bytes.length)
      const { high, low } = hash.of(bytes, start, bytes.length, seed)
      expect((BigInt(high) << 32n) | BigInt(low)).toBe(naiveMurmur(bytes.subarray(start), BigInt(seed)))
    }),
    { numRuns: 1000 },
  )
})

test('an element is a register and a run of zeros', () => {
  const element = new Element()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      const hash = naiveMurmur(bytes, 0xadc83b19n)
      let value = 1
      for (let rest = (hash >> 14n) | (1n << 50n); rest % 2n === 0n; rest /= 2n) value++
      const { register, value: found } = element.take(bytes, 0, bytes.length)
      expect([register, found]).toEqual([Number(hash % 16384n), value])
    }),
  )
})

/** Registers near each other, so that runs meet, and at both ends. */
const raises = fc.array(
  fc.tuple(fc.oneof(fc.nat(12), fc.integer({ min: 16370, max: 16383 }), fc.nat(16383)), fc.integer({ min: 1, max: 4 })),
  { maxLength: 120 },
)

test('sparse registers hold what was put into them, and so do dense ones', () => {
  fc.assert(
    fc.property(raises, (all) => {
      const sparse = new SparseRegisters()
      sparse.clear()
      const dense = new Uint8Array(denseBytes)
      const expected = new Uint8Array(registerCount)
      for (const [register, value] of all) {
        const isRaised = value > expected[register]!
        expect(sparse.raise(register, value, denseBytes)).toBe(isRaised ? 'raised' : 'same')
        if (!isRaised) continue
        expected[register] = value
        setDenseRegister(dense, 0, register, value)
      }
      const merged = new Uint8Array(registerCount)
      expect(sparse.merge(merged)).toBe(true)
      expect(merged).toEqual(expected)
      const made = sparse.toDense()!
      for (const i of [0, 1, 2, 3, 8, 9, 12, 16380, 16382, 16383, ...all.map(([register]) => register)]) {
        expect([denseRegister(made, 0, i), denseRegister(dense, 0, i)]).toEqual([expected[i], expected[i]])
      }
    }),
  )
})

test('what a sparse encoding cannot hold, or no longer may, it refuses unchanged', () => {
  const sparse = new SparseRegisters()
  sparse.clear()
  expect(sparse.raise(5, 33, denseBytes)).toBe('full')
  expect(sparse.raise(5, 32, 19)).toBe('full')
  expect(sparse.describe()).toBe('Z:16384')
  expect(sparse.raise(5, 32, 20)).toBe('raised')
  expect(sparse.describe()).toBe('z:5 v:32,1 Z:16378')
  sparse.size -= 2
  expect(sparse.raise(5000, 1, denseBytes)).toBe('corrupt')
  expect(sparse.toDense()).toBeUndefined()
})

test('estimates stay within a few times the standard error', () => {
  const element = new Element()
  const registers = new Uint8Array(registerCount)
  const words = new Uint32Array(2)
  const bytes = new Uint8Array(words.buffer)
  for (let count = 1; count <= 300_000; count++) {
    words[0] = count
    const { register, value } = element.take(bytes, 0, 8)
    registers[register] = Math.max(registers[register]!, value)
    if (![10, 100, 1000, 10_000, 50_000, 300_000].includes(count)) continue
    const histogram = new Uint32Array(registerMax + 1)
    for (const each of registers) histogram[each]!++
    expect(Math.abs(estimateCardinality(histogram) - count)).toBeLessThanOrEqual(Math.ceil(count * 0.0325))
  }
  expect(estimateCardinality(Uint32Array.of(registerCount, ...Array<number>(63).fill(0)))).toBe(0)
})
