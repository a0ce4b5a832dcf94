import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OrderedSequence } from '../../src/lib/ordered-sequence.ts'

/** All values, by `read`. */
function valuesOf(sequence: OrderedSequence): number[] {
  const values: number[] = []
  const part = new Int32Array(7)
  while (values.length < sequence.length) values.push(...part.subarray(0, sequence.read(values.length, part)))
  return values
}

test('it does what an array does, wherever values come and go', () => {
  const change = fc.record({
    place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    count: fc.integer({ min: 1, max: 400 }),
    kind: fc.constantFrom('ascending', 'descending', 'scattered', 'remove', 'remove scattered'),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 25 }), (changes) => {
      const sequence = new OrderedSequence()
      const twin: number[] = []
      let next = 0
      for (const { place, count, kind } of changes) {
        const start = Math.floor(place * (twin.length + 1))
        for (let i = 0; i < count; i++) {
          const scattered = Math.floor(((place + i * 0.618) % 1) * twin.length)
          if (kind.startsWith('remove')) {
            if (twin.length === 0) break
            const at = kind === 'remove' ? Math.min(start, twin.length - 1) : scattered
            sequence.remove(at)
            twin.splice(at, 1)
            continue
          }
          const at = kind === 'ascending' ? start + i : kind === 'descending' ? start : scattered
          sequence.insert(at, 0, next)
          twin.splice(at, 0, next++)
        }
        expect(sequence.length).toBe(twin.length)
      }
      expect(valuesOf(sequence)).toEqual(twin)
      for (let i = 0; i < twin.length; i += 13) expect(sequence.at(i)).toBe(twin[i])
    }),
  )
})

test('a search finds where a key belongs, and among equal keys a value, while values come and go', () => {
  const change = fc.record({
    key: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.double({ noNaN: true })),
    count: fc.integer({ min: 1, max: 200 }),
    step: fc.constantFrom(0, 1, -0.5, 1e9),
    isRemoval: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const sequence = new OrderedSequence()
      const keys: number[] = []
      const twin: number[] = []
      let next = 0
      for (const { key, count, step, isRemoval } of changes) {
        for (let i = 0; i < count; i++) {
          const sought = key + i * step
          // No two are the same, and they do not come in order.
          const value = (next * 7919) % 10007
          const before = (other: number): boolean => other < value
          const index = sequence.search(sought, before)
          const expected = twin.filter((other, k) => keys[k]! < sought || (keys[k] === sought && before(other)))
          expect(index).toBe(expected.length)
          if (isRemoval && index === twin.length) continue
          if (isRemoval) {
            sequence.remove(index)
            twin.splice(index, 1)
            keys.splice(index, 1)
          } else {
            sequence.insert(index, sought, value)
            twin.splice(index, 0, value)
            keys.splice(index, 0, sought)
            next++
          }
        }
      }
      expect(valuesOf(sequence)).toEqual(twin)
    }),
    { numRuns: 40 },
  )
})

test('a search for no key asks for values alone', () => {
  const sequence = new OrderedSequence()
  for (let i = 0; i < 3000; i++) sequence.insert(i, i % 7, i)
  for (const value of [0, 1, 63, 64, 65, 2047, 2999, 3000]) {
    expect(sequence.search(Number.NaN, (other) => other < value)).toBe(value)
  }
})

test('appending leaves full leaves behind, and what was removed is used again', () => {
  const sequence = new OrderedSequence()
  for (let i = 0; i < 100_000; i++) sequence.insert(i, i, i)
  const { bytes } = sequence
  expect(bytes).toBeLessThan(100_000 * 12 * 2.1)
  while (sequence.length > 0) sequence.remove(0)
  for (let i = 0; i < 100_000; i++) sequence.insert(i, i, i)
  expect(sequence.bytes).toBe(bytes)
})
