import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CountedSequence } from '../../src/lib/counted-sequence.ts'

/** All values, by `read`. */
function valuesOf(sequence: CountedSequence): number[] {
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
      const sequence = new CountedSequence()
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
          sequence.insert(at, next)
          twin.splice(at, 0, next++)
        }
        expect(sequence.length).toBe(twin.length)
      }
      expect(valuesOf(sequence)).toEqual(twin)
      for (let i = 0; i < twin.length; i += 13) expect(sequence.at(i)).toBe(twin[i])
    }),
  )
})

test('a search finds where values of an ordered sequence belong, while it grows and shrinks', () => {
  const sequence = new CountedSequence()
  const twin: number[] = []
  const put = (value: number): void => {
    const at = sequence.search((other) => other < value)
    expect(at).toBe(twin.filter((other) => other < value).length)
    sequence.insert(at, value)
    twin.splice(at, 0, value)
  }
  for (let i = 0; i < 3000; i++) put((i * 7919) % 3001)
  for (let i = 0; i < 2990; i++) {
    const at = sequence.search((other) => other < (i * 104729) % 3001)
    if (at === twin.length) continue
    sequence.remove(at)
    twin.splice(at, 1)
  }
  for (let i = 0; i < 500; i++) put(i)
  expect(valuesOf(sequence)).toEqual(twin)
})

test('appending leaves full leaves behind, and what was removed is used again', () => {
  const sequence = new CountedSequence()
  for (let i = 0; i < 100_000; i++) sequence.insert(i, i)
  const { bytes } = sequence
  expect(bytes).toBeLessThan(100_000 * 4 * 2.1)
  while (sequence.length > 0) sequence.remove(0)
  for (let i = 0; i < 100_000; i++) sequence.insert(i, i)
  expect(sequence.bytes).toBe(bytes)
})
